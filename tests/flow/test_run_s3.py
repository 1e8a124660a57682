"""Whole runs over datasets on S3: config to record, exact versions, references, many partitions, replay."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from aws_server import Cloud
from flow_lakes import DAY, NEXT, bad, good

import dq
from dq.aws.address import Address
from dq.aws.errors import Forbidden
from dq.errors import ConfigError, DataError, UsageError
from dq.lake.s3.inventory import inventory_of
from dq.lake.source import FileSource
from dq.result import Result
from dq.store import LocalStore
from dq.validation import EngineOptions, Validation

SUITE = """
suite: orders
data: {at}orders/
input: {{data: "{at}raw/", key: [id]}}
datasets: {{shops: "{at}shops.csv"}}
columns:
  id: [not_null, unique]
  amount: [{{between: [0, 100]}}]
  shop: [{{references: {{to: shops, key: shop}}}}]
table:
  - keys_preserved: {{}}
"""


class Lake:
    """A project with its tables in one bucket."""

    def __init__(self, root: Path, cloud: Cloud, text: str = SUITE) -> None:
        self.root, self.cloud, self.at = root, cloud, cloud.bucket()
        (root / "dq.yml").write_text(f"threads: 1\naws: {{endpoint: '{cloud.options.endpoint}'}}\n")
        self.suite = root / "orders.yml"
        self.suite.write_text(text.format(at=self.at))

    def write(self, table: pa.Table, day: dict[str, str], name: str = "orders", file: str = "a") -> Address:
        body = io.BytesIO()
        pq.write_table(table, body)
        at = self.at / f"{name}/date={day['date']}/{file}.parquet"
        self.cloud.s3.put(at, body.getvalue())
        return at

    def deliver(self, table: pa.Table, day: dict[str, str]) -> Address:
        self.write(good(), day, "raw")
        return self.write(table, day)

    @property
    def store(self) -> LocalStore:
        return LocalStore(self.root / ".dq")

    def version(self, at: Address) -> str | None:
        head = self.cloud.s3.head(at)
        assert head is not None
        return head.version


@pytest.fixture
def lake(cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lake:
    monkeypatch.chdir(tmp_path)
    made = Lake(tmp_path, cloud)
    cloud.s3.put(made.at / "shops.csv", b"shop\na\nb\n")
    return made


def outcomes(result: Result) -> dict[str, str]:
    return {verdict.id: verdict.outcome.value for verdict in result.verdicts}


PASS = dict.fromkeys(
    ("id-not_null", "id-unique", "amount-between", "shop-references", "table-keys_preserved"), "pass"
)


def test_the_configuration_says_where_the_data_is(lake: Lake) -> None:
    lake.deliver(good(), DAY)
    lake.deliver(bad(), NEXT)
    result = dq.validate(None, lake.suite, DAY)
    assert (outcomes(result), result.rows) == (PASS, 40)
    assert outcomes(dq.validate(f"{lake.at}orders/", lake.suite, NEXT))["amount-between"] == "fail"
    assert dq.validate(None, lake.suite, DAY, options=EngineOptions(threads=1)).status.good
    assert dq.validate(None, lake.suite).rows == 80
    (lake.root / "dq.yml").write_text("aws: {endpoint: nowhere}\n")
    with pytest.raises(ConfigError, match="must be a URL"):
        dq.validate(None, lake.suite, DAY)
    given = EngineOptions(aws=lake.cloud.options)
    assert dq.validate(None, lake.suite, DAY, options=given).status.good, "what is given needs no file"


def test_local_data_reads_no_configuration(tmp_path: Path) -> None:
    (tmp_path / "dq.yml").write_text("aws: {endpoint: nowhere}\n")
    (tmp_path / "a.csv").write_text("id\n1\n")
    (tmp_path / "s.yml").write_text("suite: s\ndata: a.csv\ncolumns: {id: [not_null]}\n")
    assert dq.validate(None, tmp_path / "s.yml").status.good


def test_a_run_records_exact_versions_of_every_dataset(lake: Lake) -> None:
    at = lake.deliver(good(), DAY)
    record = dq.run(lake.suite, DAY).record
    about = record.manifests[""]
    assert about.paths == (str(at),)
    (entry,) = about.files
    assert (entry.version, entry.rows) == (lake.version(at), 40)
    raw = record.manifests["input"].files[0]
    assert raw.version == lake.version(lake.at / "raw/date=2026-03-01/a.parquet")
    shops = record.manifests["shops"]
    assert shops.paths == (f"{lake.at}shops.csv",)
    assert shops.files[0].version == lake.version(lake.at / "shops.csv")
    assert record.bytes_read == sum(one.size for one in record.manifests.values())


def during(monkeypatch: pytest.MonkeyPatch, action: Callable[[], object]) -> None:
    """Does something once the data was judged, and before anything is written."""
    judged = Validation.result

    def result(self: Validation) -> Result:
        made = judged(self)
        action()
        return made

    monkeypatch.setattr(Validation, "result", result)


@pytest.mark.parametrize(
    ("data", "partition"),
    [
        ("orders/", DAY),
        ("orders/", None),
        ("orders/*/*.parquet", None),
        ("orders/date=2026-03-01/a.parquet", None),
        ("orders/date={date}/", DAY),
    ],
)
def test_what_is_replaced_while_it_is_validated_is_noticed(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, data: str, partition: dict[str, str] | None
) -> None:
    lake.deliver(good(), DAY)
    during(monkeypatch, lambda: lake.write(bad(), DAY))
    with pytest.raises(DataError, match="changed while it was validated; nothing was recorded or touched"):
        dq.run(lake.suite, partition, f"{lake.at}{data}")
    assert lake.store.count() == 0


def test_an_object_that_came_meanwhile_is_noticed_and_another_partition_is_not(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake.deliver(good(), DAY)
    during(monkeypatch, lambda: lake.deliver(good(), NEXT))
    assert dq.run(lake.suite, DAY).record.result.status.good
    during(monkeypatch, lambda: lake.write(good(), DAY, file="b"))
    with pytest.raises(DataError, match="changed while it was validated"):
        dq.run(lake.suite, DAY)
    assert lake.store.count() == 1


def test_a_run_is_replayed_on_its_own_bytes_though_they_were_replaced(lake: Lake) -> None:
    lake.deliver(bad(), DAY)
    recorded = dq.run(lake.suite, DAY).record
    assert dq.replay(recorded.run_id).same_bytes
    lake.write(good(), DAY)
    again = dq.replay(recorded.run_id)
    assert (again.same, again.same_bytes, again.changed) == (True, True, ())
    lake.cloud.s3.put(lake.at / "shops.csv", b"shop\na\n")
    again = dq.replay(recorded.run_id)
    assert [(one.dataset, one.change) for one in again.changed] == [("shops", "changed")]
    assert again.differing == ("shop-references",)


def test_the_note_compares_with_the_bytes_that_passed(lake: Lake) -> None:
    lake.deliver(good(), DAY)
    assert dq.run(lake.suite, DAY).record.result.status.good
    lake.write(bad(), DAY)
    outcome = dq.run(lake.suite, DAY)
    assert outcome.note is not None
    text = outcome.note.to_markdown()
    assert "shop" in text
    fresh = dq.explain(outcome.record.run_id, fresh=True).to_markdown()
    assert "shop" in fresh


def test_an_input_delivered_again_is_no_yardstick_for_bytes_that_passed(lake: Lake) -> None:
    lake.deliver(good(), DAY)
    dq.run(lake.suite, DAY)
    lake.write(good(rows=60), DAY, "raw")
    again = dq.run(lake.suite, DAY).record
    assert again.result.status.good
    assert "The input was delivered again" in again.reason


def test_a_reference_that_is_not_there_is_untested_and_one_that_is_forbidden_stops(lake: Lake) -> None:
    lake.deliver(good(), DAY)
    lake.cloud.s3.hide(lake.at / "shops.csv")
    assert outcomes(dq.validate(None, lake.suite, DAY))["shop-references"] == "untested"
    options = replace(lake.cloud.options, region="eu-west-1")  # a client of its own, to be broken

    def denied(params: dict[str, Any], **_: Any) -> None:
        from botocore.exceptions import ClientError

        if params["Key"] == "shops.csv":
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": ""}}, "HeadObject")

    inventory_of(options).s3.client.meta.events.register("before-parameter-build.s3.HeadObject", denied)
    with pytest.raises(Forbidden, match=r"shops\.csv: s3:GetObject is not allowed to this identity"):
        dq.validate(None, lake.suite, DAY, options=EngineOptions(aws=options))


def test_many_partitions(lake: Lake) -> None:
    lake.deliver(good(), DAY)
    lake.deliver(bad(), NEXT)
    runs = dq.run_many(lake.suite)
    assert [(str(one.partition), one.status and one.status.value) for one in runs.partitions] == [
        ("date=2026-03-01", "pass"),
        ("date=2026-03-02", "fail"),
    ]
    runs = dq.run_many(lake.suite, "date=2026-03-01..2026-03-03")
    assert [one.status and one.status.value for one in runs.partitions] == ["pass", "fail", "untested"]
    with pytest.raises(
        UsageError, match=r"'dat' is no partition column of suite 'orders'\. Did you mean 'date'"
    ):
        dq.run_many(lake.suite, "dat=2026-03-01..2026-03-02")
    (one,) = dq.run_many(lake.suite, "date=2026-03-0*", f"{lake.at}raw/").partitions[:1]
    assert one.rows == 40


EVENTS = """
suite: events
data: "{at}events/{{year}}/{{month}}/{{day}}/"
columns: {{id: [not_null]}}
"""


def test_folders_by_their_place_run_by_partition(lake: Lake) -> None:
    suite = lake.root / "events.yml"
    suite.write_text(EVENTS.format(at=lake.at))
    for month, day, body in (("01", "31", b'{"id": 1}\n'), ("02", "01", b'{"id": null}\n{"id": 2}\n')):
        lake.cloud.s3.put(lake.at / f"events/2026/{month}/{day}/part-1-00.json", body)
    assert dq.validate(None, suite).rows == 3
    assert dq.validate(None, suite, {"day": "01", "month": "02", "year": 2026}).rows == 2
    runs = dq.run_many(suite)
    assert [(str(one.partition), one.rows) for one in runs.partitions] == [
        ("year=2026/month=01/day=31", 1),
        ("year=2026/month=02/day=01", 2),
    ]
    runs = dq.run_many(suite, "month=01..02")
    assert [(str(one.partition), one.rows) for one in runs.partitions] == [("month=01", 1), ("month=02", 2)]


def test_states_are_kept_by_partition(lake: Lake) -> None:
    lake.suite.write_text(
        f"suite: orders\ndata: {lake.at}orders/\ncolumns: {{id: [not_null, {{between: [0, 99]}}]}}\n"
    )
    lake.deliver(good(), DAY)
    lake.deliver(good(40), NEXT)

    def reach() -> tuple[int, int]:
        result = dq.run(lake.suite, incremental=True).result
        (verdict,) = (one for one in result.verdicts if one.id == "id-between")
        assert (verdict.outcome.value, result.rows) == ("pass", 80)
        return verdict.details["partitions_kept"], verdict.details["partitions_read"]

    assert reach() == (0, 2)
    assert reach() == (2, 0)
    lake.write(good(40), NEXT)
    assert reach() == (2, 0), "the same bytes, written again"
    lake.write(good(30), NEXT)
    lake.write(good(70, 10), NEXT)
    assert dq.run(lake.suite, incremental=True).result.rows == 50


def test_the_bytes_that_a_result_is_about_stay_readable(lake: Lake) -> None:
    lake.deliver(bad(), DAY)
    result = dq.validate(None, lake.suite, DAY)
    lake.write(good(), DAY)
    rows = result.failing_rows()
    assert rows.num_rows == 20
    files = [name for name in rows.column_names if "file" in name]
    assert set(rows[files[0]].to_pylist()) == {f"{lake.at}orders/date=2026-03-01/a.parquet"}


def test_good_and_bad_rows_are_split_to_local_folders(lake: Lake) -> None:
    lake.deliver(bad(), DAY)
    done = dq.split(lake.suite, lake.root / "good", lake.root / "bad", partition=DAY)
    assert (done.rows, done.good_rows, done.bad_rows) == (40, 20, 20)
    assert (lake.root / "good/date=2026-03-01/a.parquet").is_file()


def test_sources_that_are_open_already_are_taken_as_they_are(lake: Lake) -> None:
    from dq.lake.opening import open_source

    lake.deliver(bad(), DAY)
    source = open_source(f"{lake.at}orders/", aws=lake.cloud.options)
    assert isinstance(source, FileSource)
    lake.write(good(), DAY)
    assert outcomes(dq.validate(source, lake.suite))["amount-between"] == "fail", "the bytes that were opened"


def test_the_schema_of_objects(lake: Lake) -> None:
    lake.deliver(good(), DAY)
    assert dq.schema_of(f"{lake.at}orders/") == {
        "id": "BIGINT",
        "amount": "DOUBLE",
        "shop": "VARCHAR",
        "date": "DATE",
    }
