"""`dq.aws.publish`: frames to tables of the Glue catalog, on a real server, beside awswrangler."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import awswrangler as wr
import pandas as pd
import pyarrow as pa
import pytest
from aws_server import Cloud
from glue_tables import DAY, NEXT, Catalog, parquet

import dq
from dq.aws.glue import TableAddress
from dq.cli import main
from dq.errors import DataError, UsageError
from dq.flow import audit, publish_frame
from dq.flow.audit import Audited
from dq.flow.outcome import RunOutcome
from dq.lake.manifest import Partition

KEYS = {"dt": "string"}


@pytest.fixture
def catalog(cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Catalog]:
    monkeypatch.chdir(tmp_path)
    assert cloud.options.endpoint is not None
    (tmp_path / "dq.yml").write_text(f"aws:\n  endpoint: {cloud.options.endpoint}\n  region: us-east-1\n")
    for service in ("s3", "glue"):
        setattr(wr.config, f"{service}_endpoint_url", cloud.options.endpoint)
    yield Catalog(cloud)
    for service in ("s3", "glue"):
        setattr(wr.config, f"{service}_endpoint_url", None)


def frame(*ids: int, **more: Any) -> pd.DataFrame:
    return pd.DataFrame({"id": list(ids), "amount": [float(i) for i in ids], **more})


def suite(table: TableAddress, **more: Any) -> dict[str, Any]:
    checks: dict[str, Any] = {"id": ["not_null", "unique"], "amount": [{"between": {"min": 0}}]}
    return {"suite": "orders", "data": str(table), "columns": checks, **more}


def cli(*words: str) -> int:
    return main(words)


def read(table: TableAddress, day: str = "2026-01-01") -> list[int]:
    """As awswrangler's users read by the catalog: the objects at the location that it gives."""
    partitions = wr.catalog.get_partitions(database=table.database, table=table.table)
    (location,) = (place for place, values in partitions.items() if values == [day])
    return sorted(wr.s3.read_parquet(location)["id"].tolist())


def test_good_rows_are_seen_and_bad_ones_never(catalog: Catalog) -> None:
    table = catalog.table(keys=KEYS)
    first = dq.aws.publish(frame(1, 2), suite(table), {"dt": "2026-01-01"})
    assert (first.status.value, first.result.rows, first.trouble) == ("pass", 2, "")
    assert first.rollback is not None
    assert (first.rollback.kind, first.rollback.state) == ("publish", "done")
    assert read(table) == [1, 2]
    bad = dq.aws.publish(frame(3, -4), suite(table), {"dt": "2026-01-01"})
    assert (bad.status.value, [v.id for v in bad.result.failed]) == ("fail", ["amount-between"])
    assert bad.rollback is not None
    assert (bad.rollback.kind, bad.rollback.state) == ("refuse", "done")
    assert read(table) == [1, 2]
    assert bad.note is not None
    again = dq.aws.publish(pa.table({"amount": [5.0], "id": [5]}), suite(table), {"dt": "2026-01-01"})
    assert (again.status.value, read(table)) == ("pass", [5])
    runs = dq.history("orders")
    assert [run.status.value for run in runs.rows] == ["pass", "fail", "pass"]


def test_what_was_published_can_be_validated_rolled_back_and_undone(catalog: Catalog) -> None:
    table = catalog.table(keys=KEYS)
    checked = suite(table, on_failure="rollback")
    dq.aws.publish(frame(1, 2), checked, {"dt": "2026-01-01"})
    # A job that knows nothing of dq points the partition to bad rows.
    catalog.write(table, DAY, [7, 7], at=f"{catalog.bucket}elsewhere/")
    outcome = dq.run(checked, {"dt": "2026-01-01"})
    assert (outcome.status.value, outcome.trouble) == ("fail", "")
    assert outcome.rollback is not None
    assert (outcome.rollback.kind, outcome.rollback.state) == ("rollback", "done")
    assert read(table) == [1, 2]
    dq.rollback.undo()
    assert read(table) == [7, 7]
    states = [(one.kind, one.state) for one in dq.rollback.status()]
    assert states == [("publish", "done"), ("rollback", "undone"), ("undo", "done")]


def test_a_plain_partition_is_the_first_state_and_comes_back(catalog: Catalog) -> None:
    table = catalog.table(keys=KEYS)
    checked = suite(table, on_failure="rollback")
    catalog.write(table, DAY, [1, 2, 3])
    good = dq.run(checked, {"dt": "2026-01-01"})
    assert (good.status.value, good.trouble) == ("pass", "")
    catalog.write(table, DAY, [4, 4, 4])
    bad = dq.run(checked, {"dt": "2026-01-01"})
    assert bad.rollback is not None
    assert (bad.rollback.state, read(table)) == ("done", [1, 2, 3])
    quarantined = dq.run(suite(table, on_failure="quarantine", columns={"id": [{"between": {"min": 9}}]}))
    assert quarantined.status.value == "fail"  # of the whole table: reported, nothing is taken away
    assert read(table) == [1, 2, 3]


def test_the_frame_may_hold_the_keys(catalog: Catalog) -> None:
    table = catalog.table(keys={"dt": "date", "hour": "int"})
    rows = frame(1, 2, dt=pd.to_datetime(["2026-01-01"] * 2).date, hour=[3, 3])
    outcome = dq.aws.publish(rows, suite(table))
    assert str(outcome.result.partition) == "dt=2026-01-01/hour=3"
    with pytest.raises(UsageError, match=r"rows of 2 partitions .* call dq\.aws\.publish_partitions"):
        dq.aws.publish(frame(1, 2, hour=[3, 4]), suite(table), {"dt": "2026-01-01"})
    with pytest.raises(DataError, match="column 'hour' of the frame holds other values"):
        dq.aws.publish(frame(1, hour=[3]), suite(table), {"dt": "2026-01-01", "hour": 4})
    with pytest.raises(UsageError, match="the frame has no column 'dt'"):
        dq.aws.publish(frame(1, hour=[3]), suite(table))
    with pytest.raises(UsageError, match="'td' is no partition column"):
        dq.aws.publish(frame(1), suite(table), {"td": "x"})


def test_several_partitions_are_judged_before_any_is_seen(catalog: Catalog) -> None:
    table = catalog.table(keys=KEYS)
    days = ["2026-01-01", "2026-01-01", "2026-01-02"]
    runs = dq.aws.publish_partitions(frame(1, 2, 3, dt=days), suite(table))
    assert (runs.good, len(runs.partitions)) == (True, 2)
    assert (read(table), read(table, "2026-01-02")) == ([1, 2], [3])
    one_bad = dq.aws.publish_partitions(frame(4, 5, -6, dt=days), suite(table))
    assert [(str(run.partition), run.status and run.status.value) for run in one_bad.partitions] == [
        (str(DAY), "pass"),
        (str(NEXT), "fail"),
    ]
    assert one_bad.partitions[0].trouble == "not published, because dt=2026-01-02 of the same frame failed"
    assert (read(table), read(table, "2026-01-02")) == ([1, 2], [3])


def test_one_partition_that_moved_meanwhile_does_not_hold_up_the_others(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = catalog.table(keys=KEYS)
    days = ["2026-01-01", "2026-01-02"]
    dq.aws.publish_partitions(frame(1, 2, dt=days), suite(table))
    released = audit.release

    def late(audited: Audited) -> RunOutcome:
        if audited.load.partition == DAY:
            catalog.write(table, DAY, [9], at=f"{catalog.bucket}theirs/")
        return released(audited)

    monkeypatch.setattr(publish_frame, "release", late)
    runs = dq.aws.publish_partitions(frame(3, 4, dt=days), suite(table))
    assert "changed since load" in runs.partitions[0].trouble
    assert runs.partitions[1].trouble == ""
    assert (read(table), read(table, "2026-01-02")) == ([9], [4])


def test_files_are_published_and_rolled_back_on_the_command_line(
    catalog: Catalog, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = catalog.table(keys=KEYS)
    checks = "{id: [not_null, unique], amount: [{between: {min: 0}}]}"
    (tmp_path / "orders.yml").write_text(
        f"suite: orders\ndata: {table}\non_failure: rollback\ncolumns: {checks}\n"
    )
    for name, ids in (("one", [1, 2]), ("two", [3, -3])):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.parquet").write_bytes(parquet(ids))
    day = ["--partition", "dt=2026-01-01"]
    assert cli("publish", "one", "--suite", "orders.yml", *day) == 0
    assert cli("publish", "two", "--suite", "orders.yml", *day) == 1
    assert read(table) == [1, 2]
    catalog.write(table, DAY, [-4], at=f"{catalog.bucket}elsewhere/")
    capsys.readouterr()
    assert cli("rollback", "plan", "--suite", "orders.yml", *day, "--json") == 0
    plan = json.loads(capsys.readouterr().out)
    assert plan["layout"] == "glue-location"
    assert plan["atomicity"].startswith("Atomic per partition: one UpdatePartition")
    assert cli("run", "--suite", "orders.yml", *day) == 1
    assert read(table) == [1, 2]


def test_columns_and_types_are_those_of_the_table(catalog: Catalog) -> None:
    columns = {"id": "int", "price": "decimal(10,2)", "day": "date", "at": "timestamp", "name": "varchar(9)"}
    table = catalog.table(columns=columns, keys={})
    rows = pd.DataFrame(
        {
            "name": ["a", None],
            "id": [1.0, None],
            "price": ["1.50", "2"],
            "day": ["2026-01-01", None],
            "at": pd.to_datetime(["2026-01-01 10:00:00.123456", "2026-01-02 00:00:00.000001"]),
        }
    )
    checked = {"suite": "t", "data": str(table), "columns": {"id": [{"not_null": {"mostly": 0.5}}]}}
    outcome = dq.aws.publish(rows, checked)
    assert outcome.status.value == "pass"
    options = dq.EngineOptions(aws=catalog.cloud.options)
    found = dq.validate(str(table), checked, options=options)
    assert found.rows == 2
    assert dict(dq.schema_of(str(table))) == {
        "id": "INTEGER",
        "price": "DECIMAL(10,2)",
        "day": "DATE",
        "at": "TIMESTAMP",
        "name": "VARCHAR",
    }
    with pytest.raises(
        DataError, match="column 'id' of the frame is double, and not every value is int"
    ) as told:
        dq.aws.publish(rows.assign(id=[1.25, 2]), checked)
    assert "1.25" not in str(told.value)
    with pytest.raises(DataError, match=r"has no column 'nam'\. Did you mean 'name'\?"):
        dq.aws.publish(rows.rename(columns={"name": "nam"}), checked)
    with pytest.raises(DataError, match="the frame has no column 'day'"):
        dq.aws.publish(rows.drop(columns="day"), checked)


def test_files_that_differ_from_the_catalog_are_said_so(catalog: Catalog) -> None:
    table = catalog.table(columns={"id": "string", "amount": "double", "city": "string"}, keys=KEYS)
    catalog.write(table, DAY, [1])
    outcome = dq.run(
        {"suite": "t", "data": str(table), "columns": {"id": ["not_null"]}}, {"dt": "2026-01-01"}
    )
    remarks = (
        "column 'id' is VARCHAR in the catalog and BIGINT in the files; its readers may fail or see "
        "other values",
        "column 'city' is in the catalog and in none of the files; its readers see null",
    )
    assert (outcome.status.value, outcome.result.remarks) == ("pass", remarks)
    assert remarks[1] in str(outcome.result)
    recorded = outcome.record.to_dict()
    assert recorded["result"]["remarks"] == list(remarks)
    assert type(outcome.record).from_dict(recorded).result.remarks == remarks


def test_other_data_is_refused_with_the_way_to_name_a_table(catalog: Catalog, tmp_path: Path) -> None:
    plain = {"suite": "t", "data": str(tmp_path / "x"), "columns": {"id": ["not_null"]}}
    with pytest.raises(UsageError, match=r"expected data: glue://database\.table"):
        dq.aws.publish(frame(1), plain)
    table = catalog.table(keys={})
    outcome = dq.aws.publish(frame(1), plain, database=table.database, table=table.table)
    assert outcome.status.value == "pass"
    with pytest.raises(UsageError, match="database and table belong together"):
        dq.aws.publish(frame(1), plain, table="orders")
    with pytest.raises(AttributeError, match="no attribute 'publsh'"):
        dq.aws.publsh  # noqa: B018 - the access is the test


def watched(catalog: Catalog, table: TableAddress, work: Any) -> Counter[tuple[int, ...]]:
    """What a reader by the catalog saw, again and again, while something was written."""
    seen: Counter[tuple[int, ...]] = Counter()
    done = threading.Event()

    def look() -> None:
        reader = Catalog.of(catalog)
        while not done.is_set():
            seen[tuple(reader.ids(table, DAY) or ())] += 1

    thread = threading.Thread(target=look)
    thread.start()
    try:
        work()
    finally:
        done.set()
        thread.join()
    return seen


def test_a_reader_running_all_the_while_sees_the_old_rows_or_the_new(catalog: Catalog) -> None:
    table = catalog.table(keys=KEYS)
    dq.aws.publish(frame(1, 2), suite(table), {"dt": "2026-01-01"})

    def publishing() -> None:
        for start in (3, 5, 7):
            dq.aws.publish(frame(start, start + 1), suite(table), {"dt": "2026-01-01"})

    seen = watched(catalog, table, publishing)
    assert set(seen) <= {(1, 2), (3, 4), (5, 6), (7, 8)}
    assert len(seen) > 1


def test_several_partitions_as_one_are_judged_and_neither_taken_away_nor_kept(catalog: Catalog) -> None:
    table = catalog.table(keys={"dt": "string", "hour": "int"})
    for hour, ids in (("1", [1, 1]), ("2", [2])):
        catalog.write(table, Partition.of({"dt": "2026-01-01", "hour": hour}), ids)
    checked = suite(table, on_failure="rollback")
    bad = dq.run(checked, {"dt": "2026-01-01"})
    assert (bad.status.value, bad.record.action, bad.trouble) == ("fail", "report", "")
    assert bad.record.reason.startswith("The run looked at several partitions as one.")
    good = dq.run({**checked, "columns": {"id": ["not_null"]}}, {"dt": "2026-01-01"})
    assert (good.status.value, good.result.rows, good.trouble) == ("pass", 3, "")
    assert list(catalog.cloud.s3.list(catalog.bucket / "orders.loads/")) == []
