"""The note as Markdown. Everything that may hold data is escaped here."""

from __future__ import annotations

from collections.abc import Iterable

from dq.rootcause.comparison import Comparison, FileChange, FileFact
from dq.rootcause.confidence import percent
from dq.rootcause.masking import fenced, markdown, visible
from dq.rootcause.model import Cause, CauseKind, Confidence, Count
from dq.rootcause.note import FailedLine, Note

_MAX_CAUSES = 4
_MAX_CHANGES = 5
_MAX_MOVES = 3
_MAX_FAILED = 12
_NULL_MOVE = 0.01


def render(note: Note) -> str:
    """The whole note; the first part (up to the impact) is at most 12 lines."""
    sections = [
        _head(note),
        _impact(note),
        _evidence(note),
        _bullets("Since when", [markdown(c.since) for c in note.causes[:1] if c.since]),
        _stage(note),
        _bullets("What changed", _changes(note)),
        _bullets("Ruled out", [markdown(text) for text in note.ruled_out]),
        _next(note),
        _samples(note),
        _reproduce(note),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _head(note: Note) -> str:
    lines = [f"# {markdown(_title(note))}", ""]
    first = note.causes[0] if note.causes else None
    if first is None:
        lines.append("**Cause** not searched.")
    else:
        lines.append(f"**Cause** {_cause_line(first)}")
        for more in note.causes[1:3]:
            lines.append(f"**Also** {_cause_line(more)}")
    stage = note.stage.text if note.stage else "Not judged."
    lines.append(f"**Stage** {markdown(stage)}")
    if first is not None:
        lines.append(f"**Confidence** {first.confidence.value}: {markdown(first.reason)}.")
    lines.append(f"**State** {markdown(note.state.text)}")
    if note.state.quarantine:
        lines.append(f"**Kept** {markdown(note.state.quarantine)}")
    # Two spaces at a line's end keep the lines apart in rendered Markdown.
    return "\n".join([*lines[:2], *("  \n".join(lines[2:]).split("\n"))])


def _title(note: Note) -> str:
    where = f"{note.dataset} / {note.partition}" if note.partition else note.dataset
    ids = [line.id for line in note.failed]
    broke = " and ".join(ids[:2]) + (f" and {len(ids) - 2} more" if len(ids) > 2 else "")
    what = f"{broke} failed" if ids else "nothing failed"
    cause = note.causes[0] if note.causes else None
    if cause is None or cause.confidence is Confidence.NONE:
        return f"{where}: {what}"
    joint = " where " if cause.kind in (CauseKind.SEGMENT, CauseKind.FILE) else ": "
    return f"{where}: {what}{joint}{cause.text}"


def _cause_line(cause: Cause) -> str:
    text = markdown(cause.text)
    inside, partition = cause.inside, cause.partition
    if inside is None or inside.failing is None or partition is None or not partition.failing:
        return f"{text}."
    share = percent(inside.failing / partition.failing)
    held = f"{inside.failing:,} of {partition.failing:,} {cause.counted} rows ({share}) match"
    verb = "fail" if cause.counted == "failing" else f"are {cause.counted}"
    against = ""
    if cause.outside is not None and cause.outside.rate is not None:
        against = f"; {_rate(inside)} of its rows {verb}, against {_rate(cause.outside)} elsewhere"
    return f"{text}: {held}{against}."


def _impact(note: Note) -> str:
    if not note.failed:
        return ""
    lines = [_failed(line) for line in note.failed[:_MAX_FAILED]]
    if len(note.failed) > _MAX_FAILED:
        lines.append(f"and {len(note.failed) - _MAX_FAILED:,} more failed expectations")
    return _bullets("Impact", lines)


def _failed(line: FailedLine) -> str:
    text = f"{markdown(line.id)} ({line.severity})"
    if line.unexpected is not None and line.considered:
        share = percent(line.unexpected / line.considered)
        text += f": {line.unexpected:,} of {line.considered:,} rows ({share}) fail"
    if line.expected:
        text += f"; expected {markdown(line.expected)}"
    if line.unexplained:
        text += f"; {line.unexplained:,} of these match no cause"
    return text + "."


def _evidence(note: Note) -> str:
    blocks = [block for block in (_table(cause) for cause in note.causes[:_MAX_CAUSES]) if block]
    return "## Evidence\n\n" + "\n\n".join(blocks) if blocks else ""


def _table(cause: Cause) -> str:
    rows: list[tuple[str, Count]] = []
    for name, counted in (
        ("partition", cause.partition if cause.inside else None),
        (f"**{_short(cause)}**", cause.inside),
        ("everything else", cause.outside),
        ("the same in the last good partition", cause.last_good),
    ):
        if counted is not None:
            rows.append((name, counted))
    lines = []
    if rows:
        lines = [f"For {markdown(', '.join(cause.verdicts)) or 'the partition'}:", ""]
        lines += [f"| | rows | {cause.counted} | rate |", "|---|---:|---:|---:|"]
        lines += [f"| {name} | {c.rows:,} | {_failing(c)} | {_rate(c)} |" for name, c in rows]
    notes = [markdown(fact) for fact in cause.facts]
    if cause.same:
        notes.append("Same rows in other words: " + "; ".join(markdown(text) for text in cause.same) + ".")
    if notes and not rows:
        notes = [f"{markdown(cause.text)}. {note}" for note in notes]
    if notes:
        lines += [""] if lines else []
        lines += [f"- {text}" for text in notes]
    return "\n".join(lines)


def _short(cause: Cause) -> str:
    """How the evidence table calls the rows of a cause."""
    if cause.kind in (CauseKind.SEGMENT, CauseKind.FILE, CauseKind.UNKNOWN_VALUE):
        return markdown(cause.text)
    return "both copies" if cause.kind is CauseKind.DUPLICATE_FILE else "this part"


def _failing(counted: Count) -> str:
    return "-" if counted.failing is None else f"{counted.failing:,}"


def _rate(counted: Count) -> str:
    return "-" if counted.rate is None else percent(counted.rate)


def _stage(note: Note) -> str:
    if note.stage is None:
        return ""
    lines = [markdown(note.stage.text)]
    if note.stage.looked_at:
        lines.append("Looked at: " + markdown("; ".join(note.stage.looked_at)) + ".")
    if note.stage.not_looked_at:
        lines.append("Not looked at: " + markdown("; ".join(note.stage.not_looked_at)) + ".")
    return _bullets("Input or transformation", lines)


def _changes(note: Note) -> list[str]:
    comparison = note.comparison
    if comparison is None:
        return []
    lines = [_file(fact) for fact in comparison.files[:_MAX_CHANGES]]
    if comparison.baseline_rows is not None:
        before = markdown(comparison.baseline or "the last good partition")
        lines.insert(0, f"Rows: {comparison.rows:,}, against {comparison.baseline_rows:,} in {before}.")
    schema = comparison.schema
    lines += [f"Column {markdown(name)} was added." for name in schema.added]
    lines += [f"Column {markdown(name)} was removed." for name in schema.removed]
    lines += [
        f"Column {markdown(name)} was {markdown(old)} and is {markdown(new)}."
        for name, old, new in schema.retyped
    ]
    lines += ["The shared columns stand in another order."] if schema.reordered else []
    return lines + _column_changes(comparison, {name for line in note.failed for name in line.columns})


def _column_changes(comparison: Comparison, checked: set[str]) -> list[str]:
    """The largest moves of null rates, means and shares; checked columns come first."""
    now, then = max(comparison.rows, 1), max(comparison.baseline_rows or 0, 1)
    nulls = sorted(
        comparison.columns,
        key=lambda c: (c.name not in checked, -abs(c.nulls / now - c.baseline_nulls / then), c.name),
    )
    lines = [
        f"NULL in {markdown(c.name)}: {c.nulls:,} rows ({percent(c.nulls / now)}), "
        f"against {c.baseline_nulls:,} ({percent(c.baseline_nulls / then)})."
        for c in nulls[:_MAX_MOVES]
        if _worth_telling(c.nulls / now - c.baseline_nulls / then, c.name in checked)
    ]
    means = [c for c in comparison.columns if c.mean_moved]
    means.sort(
        key=lambda c: (c.name not in checked, -abs((c.mean or 0) / (c.baseline_mean or 1) - 1), c.name)
    )
    lines += [
        f"Mean of {markdown(c.name)}: {c.mean:,.4g}, against {c.baseline_mean:,.4g}."
        for c in means[:_MAX_MOVES]
    ]
    lines += [
        f"Share of {'one value' if v.value is None else markdown(v.value)} in {markdown(v.column)}: "
        f"{percent(v.share)}, against {percent(v.baseline_share)}."
        for v in sorted(comparison.values, key=lambda v: v.column not in checked)[:_MAX_MOVES]
    ]
    return lines


def _worth_telling(moved: float, checked: bool) -> bool:
    """A rise of a null rate, and for a checked column also a fall."""
    return (abs(moved) if checked else moved) >= _NULL_MOVE


def _file(fact: FileFact) -> str:
    name, other = markdown(fact.name), markdown(fact.other)
    rows = "" if fact.rows is None else f" ({fact.rows:,} rows)"
    before = "an unknown number of" if fact.baseline_rows is None else f"{fact.baseline_rows:,}"
    return {
        FileChange.DUPLICATE: f"File {name}{rows} has the same checksum as {other}.",
        FileChange.STALE: f"File {name}{rows} has the checksum of the last good partition's {other}.",
        FileChange.SHRUNKEN: f"File {name}{rows} had {before} rows.",
        FileChange.GROWN: f"File {name}{rows} had {before} rows.",
        FileChange.MISSING: f"File {name} is missing; it had {before} rows.",
        FileChange.NEW: f"File {name}{rows} is new.",
    }[fact.change]


def _next(note: Note) -> str:
    if not note.next_steps and not note.commands:
        return ""
    lines = ["## Do next", ""]
    lines += [f"{position}. {markdown(step)}" for position, step in enumerate(note.next_steps, 1)]
    if note.commands:
        lines += [""] if note.next_steps else []
        lines.append(fenced("\n".join(visible(command) for command in note.commands), "sh"))
    return "\n".join(lines)


def _samples(note: Note) -> str:
    lines = [
        f"{markdown(line.verdict)}: #{line.key} {markdown(line.text)}" + ("" if line.shown else " (shape)")
        for line in note.samples
    ]
    return _bullets("Samples", lines)


def _reproduce(note: Note) -> str:
    cause = note.causes[0] if note.causes else None
    if cause is None or not note.relation or not (cause.condition or cause.failing_condition):
        return ""
    conditions = [f"({c})" for c in (cause.failing_condition, cause.condition) if c]
    if cause.kind.value == "duplicate_file":
        conditions = [f"({cause.condition})"] if cause.condition else conditions
    sql = f"SELECT count(*)\nFROM {note.relation}\nWHERE " + "\n  AND ".join(conditions)
    took = "" if note.seconds is None else f"\n\nTook {note.seconds:.1f} s."
    return "## Reproduce\n\n" + fenced(sql, "sql") + took


def _bullets(title: str, lines: Iterable[str]) -> str:
    items = [f"- {line}" for line in lines]
    return f"## {title}\n\n" + "\n".join(items) if items else ""
