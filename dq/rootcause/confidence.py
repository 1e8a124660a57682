"""How sure a cause is, by fixed rules, with the reason that the note prints."""

from __future__ import annotations

from dq.rootcause.model import Confidence, Count

_HIGH_COVERAGE = 0.9
_MEDIUM_COVERAGE = 0.5
_CONTRAST = 10.0


def judge(
    coverage: float,
    inside: Count,
    outside: Count,
    last_good: Count | None,
    has_baseline: bool,
    counted: str = "failing",
) -> tuple[Confidence, str]:
    """Confidence of a segment and the reason.

    High: it holds at least 90 % of the failing rows, fails at least 10 times as often as the rest, and the
    same segment was clean in the last validated partition. Medium: it holds at least half. Low: anything
    less.

    Args:
        coverage: share of the failing rows inside, 0..1.
        inside: rows of the segment.
        outside: the other rows.
        last_good: the segment in the last validated partition; no rows there counts as clean.
        has_baseline: whether there is a last validated partition at all.
        counted: what is counted, `failing` or `unusual` rows.
    """
    share = f"it holds {percent(coverage)} of the {counted} rows"
    contrast = (inside.rate or 0.0) >= _CONTRAST * (outside.rate or 0.0)
    clean = last_good is None or (last_good.rate or 0.0) <= (inside.rate or 0.0) / _CONTRAST
    if coverage >= _HIGH_COVERAGE and contrast and clean and has_baseline:
        others = "hardly any" if outside.failing else "no"
        before = "hardly any" if last_good is not None and last_good.failing else "none"
        return (
            Confidence.HIGH,
            f"{share}, {others} other rows are {counted}, and {before} were in the last good partition",
        )
    doubts = []
    if coverage < _HIGH_COVERAGE:
        doubts.append("the rest is elsewhere")
    if not contrast:
        doubts.append(f"other rows are {counted} too")
    if not has_baseline:
        doubts.append("there is no last good partition to compare with")
    elif not clean:
        doubts.append(f"there were {counted} rows in the last good partition too")
    level = Confidence.MEDIUM if coverage >= _MEDIUM_COVERAGE else Confidence.LOW
    return level, f"{share}, but {' and '.join(doubts)}"


def percent(share: float) -> str:
    """A share as the note writes it: `98.9 %`; never rounded up to 100 % or down to 0 %."""
    value = share * 100
    if value in (0, 100):
        return f"{value:.0f} %"
    if value < 0.05:
        return "under 0.1 %"
    if value >= 99.95:
        return "over 99.9 %"
    return f"{value:.1f} %".replace(".0 %", " %")
