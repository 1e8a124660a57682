"""`dq.run` on folders overwritten in place, `dq.publish` through the gate, and what is kept of both."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from flow_lakes import DAY, NEXT, SUITE, Lake, bad, good, lake

import dq
from dq.errors import DataError, EngineError, RollbackConflict, UsageError
from dq.flow import notes
from dq.flow.publish import publish
from dq.flow.replay import replay
from dq.flow.run import run
from dq.lake.manifest import Partition
from dq.result import RunRecord, Status
from dq.store import LocalStore
from dq.validation import Validation


@pytest.fixture
def here(tmp_path: Path) -> Lake:
    return lake(tmp_path)


def rows(table: pa.Table) -> list[dict[str, object]]:
    return table.to_pylist()  # type: ignore[no-any-return]  # pyarrow publishes no types


def test_a_good_run_is_recorded_and_its_bytes_are_kept(here: Lake) -> None:
    here.write(DAY, good())
    outcome = run(here.suite, DAY)
    assert outcome.status is Status.PASS
    assert outcome.trouble == ""
    assert outcome.note is None
    record = LocalStore(here.store).get_run(outcome.run_id)
    assert record.result.counts() == {"pass": 4, "fail": 0, "error": 0, "untested": 0}
    assert record.result.rows == 40
    assert record.action == "none"
    assert record.manifests[""].rows == 40
    assert record.manifests[""].partition == Partition.of(DAY)
    assert record.manifests["input"].files[0].path.endswith("part-0.parquet")
    assert record.bytes_read > 0
    assert record.peak_memory > 10_000_000
    assert set(record.versions) == {"python", "dq-lake", "duckdb", "pyarrow", "sqlglot"}
    assert RunRecord.from_dict(json.loads(json.dumps(record.to_dict()))) == record


def test_a_bad_rewrite_is_rolled_back_to_the_last_validated_bytes(here: Lake) -> None:
    here.write(DAY, good())
    run(here.suite, DAY)
    here.write(DAY, bad())
    outcome = run(here.suite, DAY)
    assert outcome.status is Status.FAIL
    assert outcome.record.action == "rollback"
    assert outcome.rollback is not None
    assert outcome.rollback.state == "done"
    assert here.read(DAY) == rows(good())
    kept = Path(outcome.rollback.quarantine)
    assert pq.ParquetFile(next(kept.rglob("part-0.parquet"))).read().to_pylist() == rows(bad())
    assert outcome.note is not None
    assert "shop = 'b'" in outcome.note.causes[0].text or "shop" in outcome.note.causes[0].columns
    assert "last validated bytes" in outcome.note.state.text
    events = LocalStore(here.store).events(outcome.run_id)
    assert [event.name for event in events] == ["rolled_back"]


def test_after_a_rollback_the_same_run_passes_and_history_says_so(here: Lake) -> None:
    here.write(DAY, good())
    run(here.suite, DAY)
    here.write(DAY, bad())
    run(here.suite, DAY)
    assert run(here.suite, DAY).status is Status.PASS
    statuses = [record.result.status.value for record in LocalStore(here.store).runs()]
    assert statuses == ["pass", "fail", "pass"]


def test_without_a_predecessor_the_partition_is_taken_out_of_sight_and_kept(here: Lake) -> None:
    here.write(DAY, bad())
    outcome = run(here.suite, DAY)
    assert outcome.record.action == "quarantine"
    assert outcome.rollback is not None
    assert outcome.rollback.state == "done"
    assert here.read(DAY) in (None, [])
    kept = Path(outcome.rollback.quarantine)
    assert pq.ParquetFile(next(kept.rglob("part-0.parquet"))).read().to_pylist() == rows(bad())


def test_report_touches_nothing(tmp_path: Path) -> None:
    here = lake(tmp_path, on_failure="report")
    here.write(DAY, good())
    run(here.suite, DAY)
    here.write(DAY, bad())
    outcome = run(here.suite, DAY)
    assert (outcome.status, outcome.record.action, outcome.rollback) == (Status.FAIL, "report", None)
    assert here.read(DAY) == rows(bad())


def test_an_undo_brings_the_quarantined_bytes_back(here: Lake) -> None:
    here.write(DAY, good())
    run(here.suite, DAY)
    here.write(DAY, bad())
    outcome = run(here.suite, DAY)
    assert outcome.rollback is not None
    undone = dq.rollback.undo(outcome.rollback.id, store=here.store)
    assert undone.state == "done"
    assert here.read(DAY) == rows(bad())
    states = {entry.id: entry.state for entry in dq.rollback.status(store=here.store)}
    assert states[outcome.rollback.id] == "undone"
    events = LocalStore(here.store).events(outcome.run_id)
    assert [event.name for event in events] == ["rolled_back", "restored"]


def test_the_store_of_the_suites_project_is_found_from_anywhere(
    here: Lake, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here.root / "dq.yml").write_text("store: .dq\n")
    here.write(DAY, good())
    dq.run(here.suite, DAY)
    here.write(DAY, bad())
    outcome = dq.run(here.suite, DAY)
    assert outcome.rollback is not None
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert dq.rollback.undo(outcome.rollback.id, here.suite).state == "done"
    assert here.read(DAY) == rows(bad())
    with pytest.raises(UsageError, match=outcome.rollback.id):
        dq.rollback.undo(outcome.rollback.id)


def test_a_rollback_by_hand_is_planned_applied_and_marked(tmp_path: Path) -> None:
    here = lake(tmp_path, on_failure="report")
    here.write_suite("rollback")
    here.write(DAY, good())
    validated = run(here.suite, DAY)
    here.write_suite("report")
    here.write(DAY, bad())
    failed = run(here.suite, DAY)
    plan = dq.rollback.plan(here.suite, DAY, store=here.store)
    assert (plan.run_id, plan.failed) == (failed.run_id, ("amount-between",))
    assert [(entry.action, entry.path) for entry in plan.objects] == [("restore", "part-0.parquet")]
    assert here.read(DAY) == rows(bad())
    assert dq.rollback.apply(plan, store=here.store).state == "done"
    assert here.read(DAY) == rows(good())
    store = LocalStore(here.store)
    assert [event.name for event in store.events(failed.run_id)] == ["rolled_back"]
    assert [event.name for event in store.events(validated.run_id)] == ["restored"]


def test_a_plan_is_refused_once_the_partition_has_moved(here: Lake) -> None:
    here.write(DAY, good())
    run(here.suite, DAY)
    here.write(DAY, bad())
    plan = dq.rollback.plan(here.suite, DAY, store=here.store)
    here.write(DAY, bad(5))
    with pytest.raises(RollbackConflict):
        dq.rollback.apply(plan, store=here.store)
    assert here.read(DAY) == rows(bad(5))


def test_errors_and_untested_never_roll_back(here: Lake) -> None:
    here.write(DAY, good())
    run(here.suite, DAY)
    here.write(DAY, good().drop_columns(["amount"]))
    outcome = run(here.suite, DAY)
    assert outcome.status is Status.ERROR
    assert outcome.rollback is None
    here.write_suite(text=SUITE.replace("table:\n  - keys_preserved: {{}}\n", ""))
    here.write(DAY, good(rows=0))
    empty = run(here.suite, DAY)
    assert (empty.status, empty.rollback) == (Status.UNTESTED, None)


def test_a_partition_that_moves_during_validation_is_not_recorded(
    here: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.write(DAY, good())
    judged = Validation.result

    def slow(self: Validation) -> dq.Result:
        result = judged(self)
        here.write(DAY, bad())
        return result

    monkeypatch.setattr(Validation, "result", slow)  # the only way to be between two looks
    with pytest.raises(DataError, match="changed while it was validated"):
        run(here.suite, DAY)
    assert LocalStore(here.store).count() == 0
    assert here.read(DAY) == rows(bad())


def test_a_note_that_cannot_be_written_costs_only_the_note(
    here: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise EngineError("out of memory")

    monkeypatch.setattr(notes, "findings_on", broken)
    here.write(DAY, good())
    run(here.suite, DAY)
    here.write(DAY, bad())
    outcome = run(here.suite, DAY)
    assert outcome.note is None
    assert "the note could not be written: out of memory" in outcome.trouble
    assert outcome.rollback is not None
    assert here.read(DAY) == rows(good())
    assert LocalStore(here.store).count() == 2


def test_the_gate_publishes_what_passes_and_nothing_else(here: Lake) -> None:
    first = publish(here.staged(good()), here.suite, DAY)
    assert first.status is Status.PASS
    assert here.folder(DAY).is_symlink()
    assert here.read(DAY) == rows(good())
    refused = publish(here.staged(bad()), here.suite, DAY)
    assert refused.status is Status.FAIL
    assert here.read(DAY) == rows(good())
    assert refused.rollback is not None
    assert (refused.rollback.kind, refused.rollback.is_complete) == ("refuse", True)
    assert not refused.record.visible
    assert refused.note is not None
    assert "not published" in refused.note.state.text


def test_a_run_past_the_gate_is_rolled_back_to_the_published_load(here: Lake) -> None:
    publish(here.staged(good()), here.suite, DAY)
    here.write(DAY, bad())
    outcome = run(here.suite, DAY)
    assert outcome.rollback is not None
    assert (outcome.record.action, outcome.rollback.state) == ("rollback", "done")
    assert here.read(DAY) == rows(good())


def test_an_empty_load_is_not_published(here: Lake) -> None:
    here.write_suite(text=SUITE.replace("table:\n  - keys_preserved: {{}}\n", ""))
    outcome = publish(here.staged(good(rows=0)), here.suite, DAY)
    assert outcome.status is Status.UNTESTED
    assert here.read(DAY) is None


def test_publishing_needs_a_table(here: Lake) -> None:
    suite = {"suite": "s", "columns": {"id": ["not_null"]}}
    with pytest.raises(UsageError, match="names no data"):
        publish(here.staged(good()), suite, DAY, store=here.store)


def test_a_replay_of_the_same_bytes_gives_the_same_verdicts(here: Lake) -> None:
    here.write(DAY, good())
    run(here.suite, DAY)
    here.write(DAY, bad())
    failed = run(here.suite, DAY)
    again = replay(failed.run_id, store=here.store)
    assert (again.same, again.same_bytes, again.changed) == (True, True, ())


def test_a_replay_of_other_bytes_names_the_files(tmp_path: Path) -> None:
    here = lake(tmp_path, on_failure="report")
    here.write(DAY, good())
    first = run(here.suite, DAY)
    here.write(DAY, bad())
    again = replay(first.run_id, store=here.store)
    assert not again.same_bytes
    assert [(file.path, file.change) for file in again.changed if not file.dataset] == [
        ("part-0.parquet", "changed")
    ]
    assert again.differing == ("amount-between",)


def test_explain_finds_the_newest_failure_and_reads_its_note(here: Lake) -> None:
    here.write(DAY, good())
    run(here.suite, DAY)
    here.write(NEXT, bad(40))
    failed = run(here.suite, NEXT)
    assert failed.note is not None
    kept = dq.explain(store=here.store)
    assert kept == failed.note
    anew = dq.explain(failed.run_id, store=here.store, fresh=True)
    assert [cause.text for cause in anew.causes] == [cause.text for cause in failed.note.causes]


def test_no_value_of_a_hidden_column_is_stored(here: Lake) -> None:
    private = "4111-1111"
    table = good().append_column("card", pa.array([private] * 40))
    here.write_suite(text="suite: cards\ndata: lake/orders\ncolumns: {{card: [{{in_set: [x]}}]}}\n")
    here.write(DAY, table)
    outcome = run(here.suite, DAY)
    assert outcome.result.verdicts[0].sample[0] == private
    for path in here.store.rglob("*"):
        if path.is_file():
            assert private.encode() not in path.read_bytes(), path


def test_a_frame_is_validated_and_recorded_but_never_rolled_back(here: Lake) -> None:
    outcome = run(here.suite, data=bad(), store=here.store)
    assert outcome.record.action == "report"
    assert "nothing can be taken out" in outcome.record.reason
    assert outcome.record.manifests.get("") is None


def test_a_partition_of_another_column_is_refused_not_ignored(here: Lake) -> None:
    here.write(DAY, good())
    for look in (
        lambda: run(here.suite, {"dat": "2026-03-01"}),
        lambda: dq.validate(None, here.suite, {"dat": "x"}),
    ):
        with pytest.raises(UsageError, match=r"partitioned by date; 'dat' is no .*\. Did you mean 'date'"):
            look()


def test_a_partition_that_never_came_is_untested(here: Lake) -> None:
    here.write(DAY, good())
    outcome = run(here.suite, {"date": "2026-03-09"})
    assert outcome.status is Status.UNTESTED
    assert outcome.result.counts()["untested"] == 4
    assert outcome.rollback is None


def test_good_bytes_stay_when_only_their_input_changed(here: Lake) -> None:
    publish(here.staged(good()), here.suite, DAY)
    here.write(DAY, good(rows=60), "raw")
    outcome = run(here.suite, DAY)
    assert outcome.status is Status.PASS
    assert outcome.result.verdict("table-keys_preserved").outcome is dq.Outcome.UNTESTED
    assert "delivered again since these bytes passed" in outcome.record.reason
    assert here.read(DAY) == rows(good())


def test_new_bytes_are_compared_with_the_new_input(here: Lake) -> None:
    publish(here.staged(good()), here.suite, DAY)
    here.write(DAY, good(rows=60), "raw")
    assert publish(here.staged(good(rows=50)), here.suite, DAY).status is Status.FAIL
    assert publish(here.staged(good(rows=60)), here.suite, DAY).status is Status.PASS
    assert here.read(DAY) == rows(good(rows=60))


def test_partition_values_may_be_given_in_any_order(here: Lake) -> None:
    folder = here.root / "lake" / "orders" / "date=2026-03-01" / "hour=07"
    folder.mkdir(parents=True)
    pq.write_table(good(), folder / "part-0.parquet")
    outcome = run(here.suite, {"hour": "07", "date": "2026-03-01"}, input=good())
    assert (outcome.status, outcome.result.rows) == (Status.PASS, 40)
    assert str(outcome.result.partition) == "date=2026-03-01/hour=07"


@pytest.mark.parametrize("on_failure", ["rollback", "quarantine"])
def test_a_whole_table_is_never_taken_away(tmp_path: Path, on_failure: str) -> None:
    here = lake(tmp_path, on_failure)
    here.write(DAY, good())
    here.write(NEXT, bad(40))
    outcome = run(here.suite, None)
    assert outcome.status is Status.FAIL
    assert outcome.record.action == "report"
    assert "--all-partitions" in outcome.record.reason
    assert (here.read(DAY), here.read(NEXT)) == (rows(good()), rows(bad(40)))
