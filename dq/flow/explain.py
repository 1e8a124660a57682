"""From a failed validation, engine still open, to a root-cause note."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from dq.aws.options import AwsOptions
from dq.baselines import last_good_other, last_validated
from dq.errors import DQError
from dq.expectations.base import RowExpectation
from dq.lake.from_manifest import source_at
from dq.lake.layout import Layout
from dq.lake.manifest import Manifest, Partition
from dq.lake.schema import Schema
from dq.lake.source import FileSource, Source
from dq.result import Result, RunRecord
from dq.rootcause.causes import explain
from dq.rootcause.checks import Data, FailedCheck
from dq.rootcause.compare import Side, compare
from dq.rootcause.model import Cause, CauseKind, Confidence, Explanation
from dq.rootcause.note import Note, State, build_note
from dq.rootcause.scanner import SearchOptions
from dq.rootcause.stage import InputRun, StageFacts, StageFinding, StageName, judge_stage
from dq.sql.inside import relational
from dq.sql.words import Not, both
from dq.store import FileStore
from dq.suites import Item, Suite, load_suite
from dq.validation import Validation
from dq.verdict import Severity, Verdict

if TYPE_CHECKING:
    from sqlglot.expressions import Expr as Node

FILE_COLUMN = "filename"

_PROOF = (CauseKind.DUPLICATE_FILE, CauseKind.STALE_FILE, CauseKind.MISSING_FILE, CauseKind.MISSING_ROWS)
"""Causes that rest on checksums and row counts of files, not on rows that look alike."""


@dataclass(frozen=True)
class Baseline:
    """The last validated partition to compare with.

    Attributes:
        source: its files.
        manifest: their exact bytes, as recorded when they passed.
        name: e.g. `date=2013-02-07`.
    """

    source: Source
    manifest: Manifest
    name: str


def find_baseline(
    store: FileStore,
    layout: Layout | None,
    suite: str,
    partition: Partition,
    aws: AwsOptions | None = None,
) -> Baseline | None:
    """The last validated bytes of the same partition if they can be read, else of the partition before.

    None when there is nothing validated, or its bytes are no longer there.
    """
    if layout is None:
        return None
    for record in (last_validated(store, suite, partition), last_good_other(store, suite, partition)):
        manifest = record.manifests.get("") if record else None
        if manifest is None or record is None:
            continue
        name = str(manifest.partition) or record.run_id
        if manifest.partition == partition:
            name = f"{name}, as validated {record.result.started:%Y-%m-%d %H:%M}"
        for folder in (manifest.location, layout.kept(manifest)):
            source = source_at(folder, manifest, name, aws, layout) if folder else None
            if source is not None:
                return Baseline(source, manifest, name)
    return None


def investigate(
    validation: Validation,
    result: Result,
    *,
    run_id: str,
    manifests: Mapping[str, Manifest],
    baseline: Baseline | None,
    store: FileStore,
    commands: Sequence[str] = (),
    options: SearchOptions | None = None,
) -> Note:
    """The note on a result with failures, all but what readers see now.

    It reads the bytes that failed, so it comes before a rollback moves them; the state is filled in after.

    Args:
        validation: open; its engine is asked further questions.
        result: of that validation.
        run_id: of the run.
        manifests: exact bytes that were looked at, by dataset; `""` is the one that was validated.
        baseline: what to compare with; None when there is nothing.
        store: knows the input's runs.
        commands: ready to copy.
        options: bounds of the search.

    Raises:
        EngineError: a query of the search failed.
    """
    suite, engine = validation.suite, validation.engine
    schema = engine.add("dq_today", validation.source, FILE_COLUMN) or Schema(())
    relation: Any = engine.render.table("dq_today")
    today = Side(
        relation,
        _types(schema),
        manifests.get(""),
        FILE_COLUMN if schema.find(FILE_COLUMN) else None,
        str(result.partition),
    )
    before: Side | None = None
    if baseline is not None:
        old = engine.add("dq_baseline", baseline.source, FILE_COLUMN) or Schema(())
        beside: Any = engine.render.table("dq_baseline")
        before = Side(beside, _types(old), baseline.manifest, FILE_COLUMN, baseline.name)
    data = Data(
        today.relation,
        today.schema,
        today.file_column,
        before.relation if before else None,
        before.schema if before else {},
    )
    comparison = compare(engine, today, before, suite.show)
    checks = [_check(validation, verdict) for verdict in result.failed]
    explanation = explain(engine, data, checks, comparison, options, suite.show)
    stage, inherited = _stage(validation, result, store, checks, manifests.get("input"))
    explanation = _with_input_cause(explanation, inherited, result)
    return build_note(
        dataset=suite.name,
        partition=str(result.partition),
        run_id=run_id,
        verdicts=result.verdicts,
        explanation=explanation,
        state=State(""),
        stage=stage,
        comparison=comparison,
        commands=commands,
        show=suite.show,
        relation=_relation(validation),
    )


def _types(schema: Schema) -> dict[str, str]:
    return {column.name: column.type for column in schema.columns}


def _item(suite: Suite, verdict: Verdict) -> Item:
    return suite.item(verdict.id)


def _check(validation: Validation, verdict: Verdict) -> FailedCheck:
    """A failed verdict with its bad rows and the rows it looks at, where rows can be told apart."""
    expectation = _item(validation.suite, verdict).expectation
    render: Any = validation.engine.render
    if not isinstance(expectation, RowExpectation):
        return FailedCheck(verdict)
    bad = validation.bad_rows(expectation)
    if bad is not None and relational(bad):
        bad = None  # what depends on other rows of its relation, such as "repeated", means nothing elsewhere
    ignored = expectation.ignored(validation.scope)
    looked = both(expectation.filter, None if ignored is None else Not(ignored))
    return FailedCheck(
        verdict,
        None if bad is None else render.condition(bad),
        None if looked is None else render.condition(looked),
    )


def _stage(
    validation: Validation,
    result: Result,
    store: FileStore,
    checks: Sequence[FailedCheck],
    made_from: Manifest | None,
) -> tuple[StageFinding, Cause | None]:
    """The stage, and the first cause that the note on the input's failed run gives."""
    reference = validation.suite.input
    if reference is None:
        return judge_stage(StageFacts(has_input=False)), None
    run: RunRecord | None = None
    if reference.suite is not None:
        name = load_suite(validation.suite.root / reference.suite).name
        run = next(iter(store.runs(suite=name, partition=result.partition, limit=1)), None)
    looked = run.manifests.get("") if run else None
    if looked is not None and made_from is not None and not looked.same_bytes(made_from):
        run = None  # the input was delivered again since; that run says nothing about these bytes
    found = None
    if run is not None:
        failed = tuple(verdict.id for verdict in run.result.failed)
        found = InputRun(run.result.suite, run.run_id, run.result.status.value, failed)
    counted = _already_bad(validation, checks)
    finding = judge_stage(StageFacts(True, found, *(counted or (None, None))))
    if run is None or finding.stage is not StageName.INPUT:
        return finding, None
    kept = store.get_note(run.run_id)
    causes = Note.from_dict(kept.data).causes if kept else ()
    if not causes:
        return finding, None
    return finding, replace(causes[0], text=f"in the input {run.result.suite}, {causes[0].text}")


def _with_input_cause(explanation: Explanation, inherited: Cause | None, result: Result) -> Explanation:
    """The input's own first cause in front, where it says more than what the output alone shows.

    A transformation often melts files together, so that a file delivered twice shows in its output only as
    rows that repeat. What the input's note proved about files, or is surer of, comes first.
    """
    if inherited is None:
        return explanation
    own = explanation.causes[0].confidence.rank if explanation.causes else Confidence.NONE.rank
    if inherited.kind not in _PROOF and inherited.confidence.rank >= own:
        return explanation
    critical = tuple(v.id for v in result.failed if v.severity is Severity.CRITICAL)
    first = replace(inherited, verdicts=critical or tuple(v.id for v in result.failed))
    others = tuple(
        cause
        for cause in explanation.causes
        if cause.confidence is Confidence.HIGH or not set(cause.verdicts) <= set(first.verdicts)
    )
    return replace(explanation, causes=(first, *others), unexplained={})


def _already_bad(validation: Validation, checks: Sequence[FailedCheck]) -> tuple[int, int] | None:
    """Rows of the input on which the first failing condition is already true, and of the output."""
    if "input" not in validation.scope.others:
        return None
    for check in checks:
        if check.bad is None or check.verdict.unexpected is None:
            continue
        query: Node = (
            exp.select(exp.Count(this=exp.Star()))
            .from_(validation.engine.render.table("input"))
            .where(check.bad)
        )
        try:
            ((number,),) = validation.engine.rows(query)
        except DQError:
            continue  # the input lacks one of the columns
        return int(number), check.verdict.unexpected
    return None


def _relation(validation: Validation) -> str:
    """What a reader writes behind FROM to look for himself."""
    source = validation.source
    if not isinstance(source, FileSource) or not source.files:
        return ""
    from dq.engines.reading import reading

    return validation.engine.render.to_sql(reading(source, FILE_COLUMN))


__all__ = ["Baseline", "find_baseline", "investigate"]
