"""Write measurements as Markdown tables: median with smallest and largest, and ratios of medians."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from benchmarks.measure import Cost, Spread

MB = 1_000_000
HEADER = (
    "runner",
    "wall s [min-max]",
    "CPU s [min-max]",
    "peak MB",
    "x wall",
    "x CPU",
    "x raw CPU",
    "queries",
)


def costs(measured: Mapping[str, Sequence[Cost]], queries: Mapping[str, int | None]) -> list[str]:
    """One row per runner, in the order given; `x` is a ratio of medians, against `hand` where not said.

    Args:
        measured: the costs of every run of a runner; a runner without any is left out.
        queries: how many queries a runner sent; None or absent is shown as a dash.
    """
    of = {name: medians(runs) for name, runs in measured.items() if runs}
    rows = []
    for name, (wall, cpu, peak) in of.items():
        cells = [
            name,
            spread(wall),
            spread(cpu),
            f"{peak.median / MB:.0f}",
            ratio(wall, of.get("hand"), 0),
            ratio(cpu, of.get("hand"), 1),
            ratio(cpu, of.get("raw"), 1),
            or_dash(queries.get(name)),
        ]
        rows.append(cells)
    return lines(HEADER, rows)


def lines(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A Markdown table of cells that are already text."""
    return [_row(header), "|" + "---|" * len(header), *map(_row, rows)]


def startup(measured: Mapping[str, tuple[Sequence[Cost], int | None, Sequence[str]]]) -> list[str]:
    """One row per way of starting: time in ms, modules loaded, and heavy packages among them."""
    rows = []
    for name, (runs, modules, heavy) in measured.items():
        wall, cpu, _ = medians(runs)
        shown = f"{wall.median * 1000:.0f} [{wall.low * 1000:.0f}-{wall.high * 1000:.0f}]"
        rows.append([name, shown, f"{cpu.median * 1000:.0f}", or_dash(modules), ", ".join(heavy) or "none"])
    return lines(("start", "wall ms [min-max]", "CPU ms", "modules", "heavy packages"), rows)


def medians(runs: Sequence[Cost]) -> tuple[Spread, Spread, Spread]:
    """Wall, CPU and peak of several runs."""
    return (
        Spread.of([cost.wall for cost in runs]),
        Spread.of([cost.cpu for cost in runs]),
        Spread.of([cost.peak for cost in runs]),
    )


def spread(of: Spread) -> str:
    """Median, smallest and largest."""
    return f"{of.median:.2f} [{of.low:.2f}-{of.high:.2f}]"


def ratio(value: Spread, base: tuple[Spread, Spread, Spread] | None, place: int) -> str:
    """Ratio of medians; `place` says which part of `base`; a dash without a base."""
    return "-" if base is None else f"{value.median / base[place].median:.2f}"


def or_dash(number: int | None) -> str:
    """The number, if there is one."""
    return "-" if number is None else str(number)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
