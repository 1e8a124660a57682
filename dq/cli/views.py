"""What the verbs show beside the tables of `dq.report`: outcomes, plans, replays, notes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from dq.report import terminal
from dq.report.text import plain, plural

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
    from rich.table import Table
    from rich.text import Text

    from dq.flow.outcome import RunOutcome
    from dq.flow.replay import Replay
    from dq.lake.manifest import Manifest
    from dq.rollback.planning import RollbackPlan
    from dq.rollback.statuses import RollbackStatus

_LONG = 2000
"""Characters of a sentence or a path at most."""
_INDENT = 10
"""Characters before a text: its label, and the space behind it."""
_NAMED = 6
"""Expectations that a line names."""
_ACTIONS = {"keep": "", "restore": "green", "remove": "yellow"}


def line(text: str, style: str = "") -> Text:
    """One paragraph of plain text; nothing in it is markup."""
    from rich.text import Text

    return Text(plain(text, _LONG), style=style, overflow="fold")


class Facts:
    """Labels and texts, the texts one below the other; a label repeated is written once.

    A text of one word (a path, an id) is never broken, so that it can be copied whatever the width.

    Args:
        pairs: label and text; pairs without text are left out.
    """

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self.pairs = [(label, text) for label, text in pairs if text]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.text import Text

        before = ""
        for label, text in self.pairs:
            body = line(text)
            width = options.max_width - _INDENT
            for part in [body] if " " not in text else body.wrap(console, width, overflow="fold"):
                shown = "" if label == before else label
                yield Text.assemble((shown.ljust(_INDENT), "dim"), part, no_wrap=True, overflow="ignore")
                before = label


def outcome_view(outcome: RunOutcome, *, verbose: bool = False) -> RenderableType:
    """The verdicts of a run, why, what readers see now, and what to type next."""
    from rich.console import Group

    parts: list[RenderableType] = [terminal.result_view(outcome.result, verbose=verbose), line("")]
    return Group(*parts, Facts([*_states(outcome), *_why(outcome), *_seen(outcome), *_next(outcome)]))


def _states(outcome: RunOutcome) -> list[tuple[str, str]]:
    """How expectations were answered, where states of partitions are kept."""
    reach = {
        verdict.id: (verdict.details["partitions_kept"], verdict.details["partitions_read"])
        for verdict in outcome.result.verdicts
        if "partitions_read" in verdict.details
    }
    if not reach:
        return []
    merged = {id_: counts for id_, counts in reach.items() if counts[0]}
    every = [id_ for id_ in reach if id_ not in merged]
    pairs = []
    if merged:
        kept, read = min(k for k, _ in merged.values()), max(r for _, r in merged.values())
        told = f"{plural(len(merged), 'expectation')} from the kept states of {plural(kept, 'partition')}"
        pairs.append(("states", told + (f", {read:,} read" if read else "")))
    if every:
        named = ", ".join(every[:_NAMED]) + (", ..." if len(every) > _NAMED else "")
        pairs.append(("states", f"{plural(len(every), 'expectation')} by reading every partition: {named}"))
    return pairs


def _why(outcome: RunOutcome) -> list[tuple[str, str]]:
    """The surest causes of the note, in a line each."""
    note = outcome.note
    if note is None or not note.causes:
        return []
    first = note.causes[0]
    pairs = [("cause", f"{first.text}  ({first.confidence.value} confidence)")]
    pairs += [("also", cause.text) for cause in note.causes[1:3]]
    if note.stage is not None:
        pairs.append(("stage", note.stage.text))
    return pairs


def _seen(outcome: RunOutcome) -> list[tuple[str, str]]:
    """What readers see now, and where bad bytes are kept."""
    record, status = outcome.record, outcome.rollback
    kept = status.quarantine if status is not None else ""
    if outcome.note is not None:
        return [("readers", outcome.note.state.text), ("kept", kept)]
    if status is not None and status.kind == "publish" and status.is_complete:
        return [("readers", f"Published: {status.detail or 'they see the new bytes now'}"), ("kept", kept)]
    return [("action", record.reason if record.action != "none" else ""), ("kept", kept)]


def _next(outcome: RunOutcome) -> list[tuple[str, str]]:
    pairs = [("run", outcome.run_id)]
    if outcome.note is not None:
        pairs.append(("next", f"dq explain {outcome.run_id}"))
    status = outcome.rollback
    if status is not None and status.kind in ("rollback", "quarantine"):
        verb = "undo" if status.state == "done" else "resume"
        pairs.append(("next", f"dq rollback {verb} {status.id}"))
    return pairs


def plan_view(plan: RollbackPlan, command: str, *, since: str = "") -> RenderableType:
    """Everything a plan would do, object by object.

    Args:
        plan: to show.
        command: carries it out.
        since: when and by which run the target was validated; empty when it is not known.
    """
    from rich.console import Group

    head = line(plan.id, "bold")
    head.append(f"  {plan.kind} of {plain(plan.dataset)} {plain(plan.partition)}".rstrip())
    after = amount(plan.target) if plan.target else "nothing: the partition is taken out of sight"
    pairs = [
        ("now", amount(plan.before)),
        ("after", after),
        ("after", since),
        ("why", plan.reason),
        ("failed", ", ".join(plan.failed)),
        ("readers", plan.visibility),
        ("atomic", plan.atomicity),
        *(("guards", guard) for guard in plan.guards),
        *(("windows", window) for window in plan.windows or ("none",)),
        ("kept", f"the bytes of now, in the store under {plan.quarantine}"),
    ]
    return Group(
        head,
        line(""),
        Facts(pairs),
        line(""),
        _objects(plan),
        line(""),
        line("Nothing has changed yet. To carry out exactly this plan:"),
        line(f"  {command}", "bold"),
    )


def _objects(plan: RollbackPlan) -> Table:
    """Every file of both states, and what happens to it."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("object", no_wrap=True)
    table.add_column("file", overflow="fold")
    table.add_column("rows", justify="right", no_wrap=True)
    table.add_column("bytes", justify="right", no_wrap=True)
    table.add_column("sha256", no_wrap=True, style="dim")
    for entry in plan.objects:
        table.add_row(
            line(entry.action, _ACTIONS[entry.action]),
            line(entry.path),
            "" if entry.rows is None else f"{entry.rows:,}",
            f"{entry.size:,}",
            line(entry.checksum.removeprefix("sha256:")[:8]),
        )
    return table


def amount(manifest: Manifest) -> str:
    """`3 files, 900 rows, 41,230 bytes`; rows are left out where they are unknown."""
    parts = [plural(len(manifest.files), "file")]
    parts += [] if manifest.rows is None else [plural(manifest.rows, "row")]
    return ", ".join([*parts, plural(manifest.size, "byte")])


def status_view(statuses: Sequence[RollbackStatus]) -> RenderableType:
    """Operations of the journal, newest first, each with what to do next."""
    return terminal.rollback_view([status.to_dict() for status in statuses])


def replay_view(replay: Replay) -> RenderableType:
    """Whether a run gives the same verdicts again, and if not, what differs."""
    from rich.console import Group

    verdicts = plural(len(replay.result.verdicts), "verdict")
    if replay.same:
        head = line("same", "green").append(f"  all {verdicts} are as recorded", style="bold")
    else:
        head = line("differs", "bold red").append(
            f"  {len(replay.differing):,} of {verdicts} differ", style="bold"
        )
    bytes_ = "exactly those of the run" if replay.same_bytes else "not those of the run: they are gone"
    pairs = [("run", replay.run_id), ("bytes", bytes_)]
    pairs += [("changed", _changed(file)) for file in replay.changed]
    pairs += [("verdict", _difference(replay, id_)) for id_ in replay.differing]
    return Group(head, Facts(pairs))


def _changed(file: Any) -> str:
    return f"{file.change:<8} {f'{file.dataset}: ' if file.dataset else ''}{file.path}"


def _difference(replay: Replay, id_: str) -> str:
    """`carrier-in_set: recorded fail (12 rows), now pass (0 rows)`."""
    said = []
    for result in (replay.recorded, replay.result):
        found = next((verdict for verdict in result.verdicts if verdict.id == id_), None)
        rows = "" if found is None or found.unexpected is None else f" ({plural(found.unexpected, 'row')})"
        said.append("absent" if found is None else f"{found.outcome.value}{rows}")
    return f"{id_}: recorded {said[0]}, now {said[1]}"
