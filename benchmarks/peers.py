"""dq beside other tools: each in an environment of its own, each with the best set-up known for it.

Everything is compared with `hand`. A tool that expresses fewer checks does less work; that is said beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks import environments, table
from benchmarks.agree import disagreements
from benchmarks.bench import Bench, Outcome, outcomes, own
from benchmarks.measure import module
from benchmarks.runners.report import Answer, Job


@dataclass(frozen=True)
class Peer:
    """A tool beside which dq is measured.

    Attributes:
        title: its name in the table; `{version}` stands for what `requirements/` pins.
        environment: name of its file in `requirements/`.
    """

    title: str
    environment: str


PEERS: Mapping[str, Peer] = {
    "soda3": Peer("Soda Core {version}", "soda3"),
    "soda4": Peer("Soda Core {version}", "soda4"),
    "duckguard": Peer("DuckGuard {version}", "duckguard"),
    "pandera": Peer("Pandera {version}, polars", "pandera"),
    "pointblank": Peer("Pointblank {version}, polars", "pointblank"),
    "pointblank_duckdb": Peer("Pointblank {version}, DuckDB", "pointblank"),
    "datacontract": Peer("datacontract-cli {version}", "datacontract"),
    "gx": Peer("Great Expectations {version}, pandas", "gx"),
}
"""By name of the runner."""

HEADER = (
    "runner",
    "wall s [min-max]",
    "CPU s [min-max]",
    "peak MB",
    "x wall",
    "x CPU",
    "queries",
    "expressed",
    "said otherwise",
)
UNSAID = 8
"""Differences from `hand` that are listed for one tool."""


def compare(bench: Bench, job: Job, names: Sequence[str]) -> list[str]:
    """Measure the peers beside `hand` and dq.

    Returns:
        The lines of a Markdown table, and below it every difference between a peer's verdicts and those of
        `hand`. Only what is wrong with `hand` and dq counts as a problem of the benchmark.
    """
    commands = dict(own(job, ("hand", "dq")))
    missing: dict[str, Outcome] = {}
    for name in names:
        try:
            python = environments.python(PEERS[name].environment)
        except environments.UnavailableError as error:
            missing[name] = Outcome((), None, str(error))
        else:
            commands[name] = module(f"benchmarks.runners.{name}", *job.arguments(), python=python)
    measured = outcomes(commands, bench)
    found = {name: measured.get(name) or missing[name] for name in ("hand", "dq", *names)}
    bench.problems += [f"{name}: {found[name].complaint}" for name in ("hand", "dq") if found[name].complaint]
    hand = found["hand"].answer
    lines = table.lines(HEADER, [_row(name, each, found["hand"], hand) for name, each in found.items()])
    return lines if hand is None else [*lines, "", *_differences(found, hand, bench)]


def _row(name: str, outcome: Outcome, base: Outcome, hand: Answer | None) -> list[str]:
    title = named(name)
    if not outcome.runs or outcome.answer is None:
        return [title, f"did not finish: {outcome.complaint}", *["-"] * (len(HEADER) - 2)]
    wall, cpu, peak = table.medians([each.cost for each in outcome.runs])
    of_base = table.medians([each.cost for each in base.runs]) if base.runs else None
    expressed = len(outcome.answer.findings)
    return [
        title,
        table.spread(wall),
        table.spread(cpu),
        f"{peak.median / table.MB:.0f}",
        table.ratio(wall, of_base, 0),
        table.ratio(cpu, of_base, 1),
        table.or_dash(outcome.answer.queries),
        f"{expressed} of {len(hand.findings)}" if hand else str(expressed),
        outcome.answer.notes or "-",
    ]


def named(name: str) -> str:
    """How a runner is called in the table, with its version."""
    if name not in PEERS:
        return name
    peer = PEERS[name]
    first = (environments.REQUIREMENTS / f"{peer.environment}.txt").read_text().splitlines()[0]
    return peer.title.format(version=first.partition("==")[2].split()[0])


def _differences(found: Mapping[str, Outcome], hand: Answer, bench: Bench) -> list[str]:
    """One line per runner: what it found that `hand` did not, or that they agree."""
    lines = []
    for name, outcome in found.items():
        if name == "hand" or outcome.answer is None:
            continue
        findings = outcome.answer.findings
        said = {id_: finding for id_, finding in hand.findings.items() if id_ in findings}
        problems = disagreements({"hand": said, name: findings}, said.keys())
        if name == "dq":
            bench.problems += [f"dq: {problem}" for problem in problems]
        unsaid = sorted(hand.findings.keys() - findings.keys())
        more = [f"{len(problems) - UNSAID} more"] if len(problems) > UNSAID else []
        verdict = "; ".join([*problems[:UNSAID], *more]) or "as `hand`"
        without = f"; without {', '.join(unsaid)}" if unsaid else ""
        lines.append(f"- {named(name)}: {verdict}{without}")
    return lines
