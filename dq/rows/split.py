"""`dq.split`: the good rows of a dataset into one dataset, the bad ones with their reasons into another."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dq.errors import DataError, StoreError, UsageError
from dq.lake.source import FileSource
from dq.result import Result
from dq.rows.datasets import NewDataset
from dq.rows.dividing import Dividing
from dq.rows.look import Look
from dq.rows.marks import Marks
from dq.rows.pieces import stored_files
from dq.rows.rules import Rules
from dq.validation import EngineOptions, validate
from dq.verdict import Outcome

Steps = Callable[[str], None]
"""Called with the name of every durable action before it happens."""


@dataclass(frozen=True)
class Split:
    """What a split wrote.

    Attributes:
        result: of the validation that it follows.
        good: folder of the rows that break nothing.
        bad: folder of the others; with the columns `dq_row` (place in the input file, from 0), `dq_reasons`
            and `dq_reason_count` behind their own.
        rows: of the input.
        good_rows: of the good dataset.
        bad_rows: of the bad one; both together are the rows of the input.
        reasons: bad rows by id of the expectation that they break.
        left_out: id to reason, of expectations that cannot be asked row by row and had no say.
    """

    result: Result
    good: str
    bad: str
    rows: int
    good_rows: int
    bad_rows: int
    reasons: Mapping[str, int] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """JSON-friendly, without values of the data."""
        kept = ("good", "bad", "rows", "good_rows", "bad_rows")
        return {
            **{name: getattr(self, name) for name in kept},
            "reasons": dict(self.reasons),
            "left_out": dict(self.left_out),
            "result": self.result.to_dict(),
        }

    def __str__(self) -> str:
        """One sentence."""
        return (
            f"{self.rows:,} rows: {self.good_rows:,} good ones in {self.good}, {self.bad_rows:,} bad ones in "
            f"{self.bad}"
        )


def split(
    suite: Any,
    good: str | os.PathLike[str],
    bad: str | os.PathLike[str],
    *,
    data: Any = None,
    partition: Mapping[str, Any] | None = None,
    params: Mapping[str, Any] | None = None,
    input: Any = None,  # noqa: A002 - the design's word for what a dataset was made from
    only: str | Iterable[str] | None = None,
    options: EngineOptions | None = None,
    now: dt.datetime | None = None,
    steps: Steps = lambda _: None,
) -> Split:
    """Split a dataset into rows that break nothing and rows that break an expectation.

    A row that breaks several expectations, also one whose `mostly` tolerates it, is one bad row with several
    reasons. Every row is in exactly one of the two datasets. Parquet files keep their types, their columns
    and their order; `column=value` folders are kept; CSV and JSON lines become Parquet. Both datasets are
    written aside and counted before they are seen; the input is never touched.

    Args:
        suite: path, mapping, Great Expectations suite, or a loaded suite.
        good: folder to be made for the good rows.
        bad: folder to be made for the bad ones. It appears first: whoever sees the good one sees both.
        data: instead of the suite's own dataset; a table in memory too.
        partition: the slice; None for everything.
        params: values of the suite's parameters.
        input: what the dataset was made from; None for what the suite names.
        only: id of an expectation, or several, that alone make a row bad; None for every one.
        options: threads and memory.
        now: the moment that freshness is measured against; None for the clock.
        steps: called before every durable action, for tests of crashes.

    Raises:
        UsageError: a folder exists, or lies within the data; an expectation in `only` judges no rows.
        DataError: the data cannot be read, has no file, or changed meanwhile; an expectation could not be
            evaluated, so good and bad cannot be told apart.
        StoreError: the datasets cannot be written.
    """
    result = validate(data, suite, partition, params=params, input=input, options=options, now=now)
    with ExitStack() as held:
        look = held.enter_context(Look(result))
        rules = _rules(look, only)
        targets = _targets(look, data, good, bad)
        reading = look
        if _streamed(look) and rules.asked:
            reading = held.enter_context(Look(result))  # an engine answers one question at a time
        steps("write")
        goods, bads = (_new(target, held) for target in targets)
        marks = Marks(look, rules)
        held.callback(marks.close)
        work = Dividing(goods, bads, marks, look.names)
        for stored in stored_files(reading):
            work.file(stored)
        work.finish()
        look.origin.unchanged()
        steps("check")
        done = Split(
            result,
            str(goods.target),
            str(bads.target),
            work.rows,
            goods.check(),
            bads.check(),
            dict(work.reasons),
            dict(rules.left_out),
        )
        _checked(done, marks)
        _show(done, goods, bads, steps)
    return done


def _new(target: Path, held: ExitStack) -> NewDataset:
    dataset = NewDataset(target)
    held.callback(dataset.drop)
    return dataset


def _rules(look: Look, only: str | Iterable[str] | None) -> Rules:
    """What makes a row bad.

    Raises:
        DataError: no file; or an expectation could not be evaluated.
    """
    if look.schema is None:
        raise DataError(f"{look.result.location}: there is no file to split")
    rules = look.rules(only)
    for verdict in look.result.verdicts:
        if verdict.outcome is Outcome.ERROR and verdict.id in rules.left_out:
            raise DataError(
                f"good and bad rows cannot be told apart: '{verdict.id}' could not be evaluated: "
                f"{verdict.reason} Mend it, or name the expectations that count with `only`"
            )
    return rules


def _targets(look: Look, data: Any, *given: str | os.PathLike[str]) -> tuple[Path, Path]:
    """The folders to be, as absolute paths.

    Raises:
        UsageError: one lies within the other, or within the data, where it would be read as data.
    """
    good, bad = (Path(os.path.abspath(os.path.expanduser(os.fspath(one)))) for one in given)
    real = [Path(os.path.realpath(one)) for one in (good, bad)]
    if real[0] == real[1] or real[0] in real[1].parents or real[1] in real[0].parents:
        raise UsageError(f"good and bad rows need folders apart, got {given[0]} and {given[1]}")
    taken = _folders(look, data)
    for path, name in zip(real, given, strict=True):
        if {path, *path.parents} & taken:
            raise UsageError(
                f"{name} lies within the data, where its rows would be read again; write elsewhere"
            )
    return good, bad


def _folders(look: Look, data: Any) -> set[Path]:
    """The folders of the data: those of its files, and the one that was named."""
    source = look.origin.sources[""]
    if not isinstance(source, FileSource) or source.remote is not None:
        return set()  # no folder of this machine
    named = look.origin.suite.data if data is None else data
    folders = {Path(file).parent for file in source.files}
    if isinstance(named, str | os.PathLike):
        folder = os.path.realpath(os.path.join(look.origin.suite.root, os.path.expanduser(os.fspath(named))))
        folders |= {Path(folder)} if os.path.isdir(folder) else set()
    return folders


def _streamed(look: Look) -> bool:
    source = look.origin.sources[""]
    return isinstance(source, FileSource) and source.format != "parquet"


def _checked(done: Split, marks: Marks) -> None:
    """Raises StoreError unless every row of the input is in one of the datasets."""
    judged = done.result.rows
    if (
        done.good_rows + done.bad_rows != done.rows
        or done.bad_rows != marks.taken
        or judged not in (None, done.rows)
    ):
        raise StoreError(
            f"the parts do not make the whole: {done.rows:,} rows read, {judged} judged, {marks.taken:,} of "
            f"them bad; {done.good_rows:,} good and {done.bad_rows:,} bad ones written. Nothing is shown"
        )


def _show(done: Split, good: NewDataset, bad: NewDataset, steps: Steps) -> None:
    said = done.to_dict()
    said.pop("result")
    about = {
        "schema_version": 1,
        "suite": done.result.suite,
        "suite_hash": done.result.suite_hash,
        "partition": [list(pair) for pair in done.result.partition.values],
        "location": done.result.location,
        "validated": done.result.started.isoformat(),
        **said,
    }
    good.describe({"holds": "good rows", "other": done.bad, **about})
    bad.describe({"holds": "bad rows", "other": done.good, **about})
    steps("show bad")
    bad.show()
    steps("show good")
    try:
        good.show()
    except StoreError:
        os.rename(bad.target, bad.aside)  # nobody may take one part for the whole
        raise
    steps("done")
