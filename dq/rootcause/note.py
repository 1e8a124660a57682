"""The root-cause note: what broke, what it matches, what readers see, what to do next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dq.rootcause.comparison import Comparison
from dq.rootcause.masking import key_hash, shape
from dq.rootcause.model import Cause, Explanation, plain
from dq.rootcause.stage import StageFinding, StageName
from dq.verdict import Verdict

VERSION = 1
_MAX_SAMPLES = 5


@dataclass(frozen=True)
class FailedLine:
    """One failed expectation, as the note's impact lists it.

    Attributes:
        id: its id.
        expectation: its full name.
        columns: columns it speaks of.
        severity: `info`, `warning` or `critical`.
        unexpected: failing rows; None when it is not about rows.
        considered: rows judged; None when it is not about rows.
        expected: the demand in words.
        unexplained: failing rows that no cause holds; None when not counted.
    """

    id: str
    expectation: str
    columns: tuple[str, ...]
    severity: str
    unexpected: int | None = None
    considered: int | None = None
    expected: str = ""
    unexplained: int | None = None


@dataclass(frozen=True)
class SampleLine:
    """One failing value, masked unless its column may be shown.

    Attributes:
        verdict: id of the failed expectation.
        key: short hash that tells values apart.
        text: the value, or its shape.
        shown: whether `text` is the value itself.
    """

    verdict: str
    key: str
    text: str
    shown: bool


@dataclass(frozen=True)
class State:
    """What readers see now.

    Attributes:
        text: one or two sentences.
        rollback_id: id of the rollback; empty when there was none.
        quarantine: where the bad bytes are kept; empty when nowhere.
    """

    text: str
    rollback_id: str = ""
    quarantine: str = ""


@dataclass(frozen=True)
class Note:
    """Everything the note says. Rendering adds nothing and hides nothing.

    Values of private columns are already masked here, so that the JSON is as safe as the Markdown.

    Attributes:
        dataset: its name.
        partition: e.g. `date=2013-02-08`; empty for a whole dataset.
        run_id: the validation's run.
        causes: the surest first; may be empty.
        failed: the failed expectations.
        state: what readers see now.
        stage: input, transformation or unknown; None when not judged.
        comparison: today against the last validated partition; None without one.
        ruled_out: what was looked at and is fine.
        next_steps: sentences.
        commands: shell commands to copy.
        samples: failing values, masked.
        relation: the relation of the reproducing query as SQL text; empty when it cannot be named.
        seconds: how long the search took; None leaves it out.
    """

    dataset: str
    partition: str
    run_id: str
    causes: tuple[Cause, ...]
    failed: tuple[FailedLine, ...]
    state: State
    stage: StageFinding | None = None
    comparison: Comparison | None = None
    ruled_out: tuple[str, ...] = ()
    next_steps: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    samples: tuple[SampleLine, ...] = ()
    relation: str = ""
    seconds: float | None = None

    def to_markdown(self) -> str:
        """The note for people, ending with a line break."""
        from dq.rootcause.render import render

        return render(self)

    def to_dict(self) -> dict[str, Any]:
        """The note for machines: JSON-friendly, with `version`; read back by `from_dict` without loss."""
        return {"version": VERSION, **plain(self)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Note:
        """The inverse of `to_dict`.

        Raises:
            ValueError: the dictionary was written by a newer version.
            KeyError: a field is missing.
        """
        if data["version"] > VERSION:
            raise ValueError(
                f"a note of version {data['version']} needs a newer dq: this one reads {VERSION}"
            )
        stage, comparison = data["stage"], data["comparison"]
        return cls(
            dataset=data["dataset"],
            partition=data["partition"],
            run_id=data["run_id"],
            causes=tuple(Cause.from_dict(cause) for cause in data["causes"]),
            failed=tuple(
                FailedLine(**{**line, "columns": tuple(line["columns"])}) for line in data["failed"]
            ),
            state=State(**data["state"]),
            stage=StageFinding.from_dict(stage) if stage else None,
            comparison=Comparison.from_dict(comparison) if comparison else None,
            ruled_out=tuple(data["ruled_out"]),
            next_steps=tuple(data["next_steps"]),
            commands=tuple(data["commands"]),
            samples=tuple(SampleLine(**line) for line in data["samples"]),
            relation=data["relation"],
            seconds=data["seconds"],
        )


def build_note(
    *,
    dataset: str,
    partition: str,
    run_id: str,
    verdicts: Iterable[Verdict],
    explanation: Explanation,
    state: State,
    stage: StageFinding | None = None,
    comparison: Comparison | None = None,
    commands: Sequence[str] = (),
    show: frozenset[str] = frozenset(),
    relation: str = "",
    with_seconds: bool = False,
) -> Note:
    """Put a note together from what was found.

    Args:
        dataset: its name.
        partition: its name; empty for a whole dataset.
        run_id: the validation's run; also the salt of sample hashes.
        verdicts: all verdicts of the run; failed ones are listed.
        explanation: causes and what was ruled out.
        state: what readers see now.
        stage: the stage's finding; None when not judged.
        comparison: today against the last validated partition; None without one.
        commands: shell commands for "Do next", ready to copy.
        show: columns whose values may be shown.
        relation: SQL text for FROM in the reproducing query.
        with_seconds: whether to tell the time taken; off by default, so that the same data gives the same
            note.

    Returns:
        The note, with private values masked. Values are shown for columns in `show` and for columns that a
        cause names.
    """
    failed = [verdict for verdict in verdicts if verdict.failed]
    named = {column for cause in explanation.causes for column in cause.columns}
    return Note(
        dataset=dataset,
        partition=partition,
        run_id=run_id,
        causes=explanation.causes,
        failed=tuple(_line(verdict, explanation) for verdict in failed),
        state=state,
        stage=stage,
        comparison=comparison,
        ruled_out=explanation.ruled_out,
        next_steps=_steps(explanation, stage),
        commands=tuple(commands),
        samples=tuple(line for verdict in failed for line in _samples(verdict, run_id, show | named)),
        relation=relation,
        seconds=explanation.seconds if with_seconds else None,
    )


def _line(verdict: Verdict, explanation: Explanation) -> FailedLine:
    return FailedLine(
        id=verdict.id,
        expectation=verdict.expectation,
        columns=verdict.columns,
        severity=verdict.severity.value,
        unexpected=verdict.unexpected,
        considered=verdict.considered,
        expected=verdict.expected,
        unexplained=explanation.unexplained.get(verdict.id),
    )


def _samples(verdict: Verdict, salt: str, show: frozenset[str]) -> list[SampleLine]:
    """At most five different values of one verdict, in the order of their hashes."""
    shown = bool(verdict.columns) and set(verdict.columns) <= show
    lines = {
        key: SampleLine(verdict.id, key, _plain(value) if shown else _form(value), shown)
        for key, value in ((key_hash(value, salt), value) for value in verdict.sample)
    }
    return [lines[key] for key in sorted(lines)][:_MAX_SAMPLES]


def _plain(value: Any) -> str:
    return "NULL" if value is None else str(value)


def _form(value: Any) -> str:
    """The shape of a value; of a mapping or sequence, the shapes of its parts."""
    if isinstance(value, Mapping):
        return ", ".join(shape(part) for part in value.values())
    if isinstance(value, (list, tuple)):
        return ", ".join(shape(part) for part in value)
    return shape(value)


def _steps(explanation: Explanation, stage: StageFinding | None) -> tuple[str, ...]:
    """What a person should do first, by the kind of the first cause and the stage."""
    if not explanation.causes:
        return ()
    kind = explanation.causes[0].kind.value
    steps = [_FIRST_STEP[kind]]
    if stage is not None and stage.stage is StageName.TRANSFORMATION:
        steps.append("Look at the latest change of the transformation: its input passed.")
    if (
        stage is not None
        and stage.stage is StageName.INPUT
        and kind in ("segment", "file", "unknown_reference")
    ):
        steps.append("Request a new delivery of these rows, then run the check again.")
    return tuple(steps)


_FIRST_STEP = {
    "duplicate_file": "Remove the second copy, and ask the sender why it was delivered twice.",
    "stale_file": "Ask the sender for this partition's own files.",
    "missing_file": "Ask the sender for the missing file.",
    "missing_rows": "Ask the sender for the complete file.",
    "unknown_reference": "Add the value to the reference if it is right; otherwise correct it at the source.",
    "schema": "Ask the owner of the source whether the change of schema was intended.",
    "file": "Ask the owner of this file what changed.",
    "segment": "Ask the owner of these rows what changed.",
    "volume": "Ask the owner of the source whether this volume is right.",
    "whole_partition": "Look at what changed for every row: a column's meaning, a join, the suite itself.",
    "none": "Look at a few failing rows: no column that was tried tells them apart.",
}
