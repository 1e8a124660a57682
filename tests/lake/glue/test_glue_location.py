"""Layout `glue-location` on a real server: what readers see, what is kept, what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from aws_server import Cloud
from glue_tables import DAY, NEXT, Catalog, parquet

from dq.aws.address import Address
from dq.aws.glue import TableAddress
from dq.errors import DataError, RollbackConflict, RollbackRefused
from dq.lake.layout import Load
from dq.lake.manifest import Manifest, Partition


@pytest.fixture
def catalog(cloud: Cloud) -> Catalog:
    return Catalog(cloud)


def staged(catalog: Catalog, table: TableAddress, tmp_path: Path, ids: list[int], id_: str = "") -> Load:
    folder = tmp_path / f"{id_}{len(ids)}-{ids[0]}"
    folder.mkdir(exist_ok=True)
    (folder / "part-0.parquet").write_bytes(parquet(ids))
    return catalog.layout(table).stage(DAY, folder, id_ or None)


def publish(catalog: Catalog, table: TableAddress, load: Load) -> None:
    layout = catalog.layout(table)
    layout.swap(DAY, layout.current(DAY), load)


def test_a_first_publish_creates_the_partition_and_a_second_points_to_another_load(
    catalog: Catalog, tmp_path: Path
) -> None:
    table = catalog.table()
    layout = catalog.layout(table)
    assert (layout.current(DAY), layout.partitions(), layout.manifest(DAY).files) == (None, (), ())
    one = staged(catalog, table, tmp_path, [1, 2], "one")
    assert one.manifest.location == f"{catalog.bucket}orders.loads/dt=2026-01-01/one/"
    assert catalog.ids(table, DAY) is None
    publish(catalog, table, one)
    assert (catalog.ids(table, DAY), layout.partitions()) == ([1, 2], (DAY,))
    assert (layout.shows(DAY, one), layout.manifest(DAY)) == (True, one.manifest)
    assert layout.files(DAY) == (f"{one.manifest.location}part-0.parquet",)
    before = layout.current(DAY)
    two = staged(catalog, table, tmp_path, [3], "two")
    publish(catalog, table, two)
    assert catalog.ids(table, DAY) == [3]
    assert (layout.shows(DAY, one), layout.shows(DAY, two)) == (False, True)
    assert layout.current(DAY) != before
    assert catalog.read(one.manifest.location) == [1, 2]


def test_every_other_field_of_the_definition_stays(catalog: Catalog, tmp_path: Path) -> None:
    table = catalog.table()
    catalog.write(table, DAY, [1])
    before = catalog.glue.partition(table, ("2026-01-01",))
    assert before is not None
    catalog.register(table, DAY, before.location, owner="sales", numRows="1")
    publish(catalog, table, staged(catalog, table, tmp_path, [2], "two"))
    after = catalog.glue.partition(table, ("2026-01-01",))
    assert after is not None
    assert {**after.storage, "Location": ""} == {**before.storage, "Location": ""}
    parameters = dict(after.parameters)
    assert len(parameters.pop("dq.swap")) == 32
    assert parameters == {"owner": "sales", "numRows": "1", "dq.load": "two", "dq.was": before.location}


def test_a_swap_is_done_once_and_only_from_the_expected_state(catalog: Catalog, tmp_path: Path) -> None:
    table = catalog.table()
    layout = catalog.layout(table)
    one, two = (staged(catalog, table, tmp_path, [n], f"load{n}") for n in (1, 2))
    publish(catalog, table, one)
    token = layout.current(DAY)
    layout.swap(DAY, "another state", one)  # readers see it already
    with pytest.raises(RollbackConflict, match="its state is not the expected one"):
        layout.swap(DAY, "another state", two)
    with pytest.raises(RollbackConflict, match="its state is not the expected one"):
        layout.swap(DAY, None, two)
    assert (catalog.ids(table, DAY), layout.current(DAY)) == ([1], token)


def test_statistics_of_a_crawler_are_no_change_but_written_objects_are(
    catalog: Catalog, tmp_path: Path
) -> None:
    table = catalog.table()
    place = catalog.write(table, DAY, [1])
    layout = catalog.layout(table)
    token = layout.current(DAY)
    catalog.register(table, DAY, place, numRows="1")
    assert layout.current(DAY) == token
    catalog.write(table, DAY, [1])
    assert layout.current(DAY) != token


def test_out_of_sight_and_back_with_the_whole_definition(catalog: Catalog, tmp_path: Path) -> None:
    table = catalog.table()
    catalog.write(table, DAY, [1])
    place = f"{catalog.bucket}elsewhere/"
    catalog.write(table, DAY, [1, 2], at=place)
    catalog.register(table, DAY, place, owner="sales")
    layout = catalog.layout(table)
    before, token = layout.manifest(DAY), layout.current(DAY)
    kept = layout.quarantine(DAY, before, "qt-1")
    assert kept.manifest.same_bytes(before)
    assert kept.manifest.location == f"{catalog.bucket}_dq/quarantine/qt-1/files/"
    layout.swap(DAY, token, None)
    assert layout.settle(DAY, token, None, kept.checksums, "qt-1") is None
    layout.swap(DAY, token, None)
    assert (catalog.ids(table, DAY), layout.current(DAY)) == (None, None)
    assert catalog.read(place) == [1, 2]
    load = layout.prepare(kept.manifest, "un-1")
    layout.swap(DAY, None, load)
    assert catalog.ids(table, DAY) == [1, 2]
    entry = catalog.glue.partition(table, ("2026-01-01",))
    assert entry is not None
    assert (entry.parameters["owner"], entry.parameters["dq.load"]) == ("sales", "un-1")


def test_a_plain_partition_is_kept_by_copies_that_survive_its_overwriting(catalog: Catalog) -> None:
    table = catalog.table()
    catalog.write(table, DAY, [1, 2])
    layout = catalog.layout(table)
    good = layout.manifest(DAY)
    assert layout.kept(good) is None
    place = layout.keep(good)
    assert place == layout.kept(good) == layout.keep(good)
    assert place.startswith(f"{catalog.bucket}orders.loads/dt=2026-01-01/kept-")
    catalog.write(table, DAY, [-1])
    token = layout.current(DAY)
    bad = layout.manifest(DAY)
    quarantined = layout.quarantine(DAY, bad, "rb-1")
    load = layout.prepare(good, "rb-1")
    assert load.manifest.same_bytes(good)
    layout.swap(DAY, token, load)
    assert layout.settle(DAY, token, load, quarantined.checksums, "rb-1") is None
    assert catalog.ids(table, DAY) == [1, 2]
    assert catalog.read(quarantined.manifest.location) == [-1]
    # Somebody writes to the old place afterwards: readers see nothing of it, and it is said where it is.
    late = catalog.cloud.s3.put(catalog.bucket / "orders/dt=2026-01-01/late.parquet", parquet([9]))
    assert late.size
    assert layout.settle(DAY, token, load, quarantined.checksums, "rb-1") == bad.location


def test_bytes_that_changed_are_not_kept_and_not_quarantined(catalog: Catalog) -> None:
    table = catalog.table()
    catalog.write(table, DAY, [1])
    layout = catalog.layout(table)
    old = layout.manifest(DAY)
    catalog.cloud.s3.put(catalog.bucket / f"orders/dt=2026-01-01/{old.files[0].path}", parquet([2]))
    other = Manifest(DAY, old.location, tuple(layout.manifest(DAY).files))
    assert layout.keep(other)
    # An exact version is copied, so what was overwritten since can still be kept while its bucket has it.
    assert catalog.read(layout.keep(old)) == [1]
    catalog.write(table, DAY, [3], at=f"{catalog.bucket}moved/")
    with pytest.raises(RollbackConflict, match="its location is another one"):
        layout.quarantine(DAY, old, "rb-1")


def test_objects_that_were_uploaded_in_parts_come_back_from_the_quarantine(catalog: Catalog) -> None:
    table, client = catalog.table(), catalog.cloud.session.client("s3")
    place = catalog.write(table, DAY, [1])
    at = Address.parse(place) / "big.parquet"
    named = {"Bucket": at.bucket, "Key": at.key}
    upload = client.create_multipart_upload(**named)["UploadId"]
    part = client.upload_part(**named, UploadId=upload, PartNumber=1, Body=parquet([2]))
    done = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    client.complete_multipart_upload(**named, UploadId=upload, MultipartUpload=done)
    layout = catalog.layout(table)
    before = layout.manifest(DAY)
    kept = layout.quarantine(DAY, before, "rb-1")  # a copy in one piece has an ETag of its own
    load = catalog.layout(table).prepare(kept.manifest, "un-1")
    assert load.manifest.same_bytes(before)
    assert catalog.read(load.manifest.location) == [1, 2]
    etags = {
        one.etag
        for at in (before, load.manifest)
        for one in catalog.cloud.s3.list(Address.parse(at.location))
    }
    assert len(etags) == 3


def test_a_load_is_quarantined_where_it_lies_and_tagged_once_it_is_out_of_sight(
    catalog: Catalog, tmp_path: Path
) -> None:
    table = catalog.table()
    good, bad = (staged(catalog, table, tmp_path, [n], f"load{n}") for n in (1, 2))
    publish(catalog, table, bad)
    layout = catalog.layout(table)
    token, before = layout.current(DAY), layout.manifest(DAY)
    kept = layout.quarantine(DAY, before, "rb-1")
    assert (kept.copied, kept.manifest) == (False, bad.manifest)
    assert tags(catalog, bad) == {}
    layout.swap(DAY, token, good)
    layout.settle(DAY, token, good, kept.checksums, "rb-1")
    assert (tags(catalog, bad), tags(catalog, good)) == ({"dq": "quarantined"}, {})
    again = layout.prepare(kept.manifest, "un-1")
    assert (again, tags(catalog, bad)) == (bad, {})


def test_a_refused_load_is_tagged_and_a_changed_one_is_not_shown(catalog: Catalog, tmp_path: Path) -> None:
    catalog.bucket = catalog.cloud.bucket(versioned=False)
    table = catalog.table()
    layout = catalog.layout(table)
    bad = staged(catalog, table, tmp_path, [1], "bad")
    assert layout.quarantine_load(bad, "rf-1").manifest == bad.manifest
    assert tags(catalog, bad) == {"dq": "quarantined"}
    at = catalog.bucket / "orders.loads/dt=2026-01-01/bad/part-0.parquet"
    catalog.cloud.s3.put(at, parquet([7]))
    with pytest.raises(RollbackRefused, match="is changed: expected 1 objects"):
        layout.prepare(bad.manifest, "x")
    with pytest.raises(RollbackRefused, match=r"is not at .* any more"):
        layout.quarantine_load(bad, "rf-2")


def tags(catalog: Catalog, load: Load) -> dict[str, str]:
    (entry,) = load.manifest.files
    key = f"{load.manifest.location}{entry.path}".removeprefix(str(catalog.bucket))
    found = catalog.cloud.session.client("s3").get_object_tagging(Bucket=catalog.bucket.bucket, Key=key)
    return {tag["Key"]: tag["Value"] for tag in found["TagSet"]}


def on(catalog: Catalog, event: str, work: Any) -> None:
    """Do something once, at a request of dq to the catalog."""
    events = catalog.client.meta.events

    def once(**_: Any) -> None:
        events.unregister(event, once)
        work()

    events.register(event, once)


def test_another_writer_right_after_the_update_is_noticed_and_left_alone(
    catalog: Catalog, tmp_path: Path
) -> None:
    table = catalog.table()
    one, two = (staged(catalog, table, tmp_path, [n], f"load{n}") for n in (1, 2))
    publish(catalog, table, one)
    other = Catalog.write
    on(
        catalog,
        "after-call.glue.UpdatePartition",
        lambda: other(catalog, table, DAY, [9], at=f"{catalog.bucket}theirs/"),
    )
    with pytest.raises(RollbackConflict, match="the catalog says something else"):
        publish(catalog, table, two)
    assert catalog.ids(table, DAY) == [9]


def test_another_writer_between_look_and_update_is_noticed(catalog: Catalog, tmp_path: Path) -> None:
    table = catalog.table()
    one, two = (staged(catalog, table, tmp_path, [n], f"load{n}") for n in (1, 2))
    publish(catalog, table, one)

    def steps(name: str) -> None:
        if name == "before:update":
            catalog.write(table, DAY, [9], at=f"{catalog.bucket}theirs/")

    layout = catalog.layout(table, steps)
    with pytest.raises(RollbackConflict, match="in the moment before"):
        layout.swap(DAY, layout.current(DAY), two)
    assert catalog.ids(table, DAY) == [9]


def test_two_first_publishes_have_one_winner(catalog: Catalog, tmp_path: Path) -> None:
    table = catalog.table()
    one, two = (staged(catalog, table, tmp_path, [n], f"load{n}") for n in (1, 2))
    on(catalog, "before-call.glue.CreatePartition", lambda: publish(catalog, table, two))
    with pytest.raises(RollbackConflict, match="the catalog says something else"):
        publish(catalog, table, one)
    assert catalog.ids(table, DAY) == [2]


def test_a_reply_that_was_lost_is_recognised(catalog: Catalog, tmp_path: Path) -> None:
    table = catalog.table()
    one = staged(catalog, table, tmp_path, [1], "one")
    layout = catalog.layout(table)
    # The first attempt got through, the repeated one is told that the partition exists.
    on(catalog, "before-call.glue.CreatePartition", lambda: publish(catalog, table, one))
    layout.swap(DAY, None, one)
    assert catalog.ids(table, DAY) == [1]


def test_values_of_whole_numbers_are_found_however_they_are_spelt(catalog: Catalog) -> None:
    table = catalog.table(keys={"dt": "string", "hour": "int"})
    spelt = Partition.of({"dt": "2026-01-01", "hour": "03"})
    catalog.write(table, spelt, [1])
    layout = catalog.layout(table)
    for hour in ("03", "3"):
        assert len(layout.files(Partition.of({"dt": "2026-01-01", "hour": hour}))) == 1
    assert layout.partitions() == (spelt,)
    assert layout.current(Partition.of({"dt": "2026-01-01", "hour": "4"})) is None
    assert layout.current(Partition.of({"dt": "2026-01-01"})) is None


def test_a_table_without_partitions_is_swapped_by_its_own_location(catalog: Catalog, tmp_path: Path) -> None:
    table = catalog.table(keys={}, Parameters={"owner": "sales"}, Description="all orders")
    catalog.cloud.s3.put(catalog.bucket / "orders/a.parquet", parquet([1]))
    layout, whole = catalog.layout(table), Partition()
    assert layout.partitions() == (whole,)
    good = layout.manifest(whole)
    kept = layout.keep(good)
    (tmp_path / "a.parquet").write_bytes(parquet([2]))
    load = layout.stage(whole, tmp_path / "a.parquet")
    layout.swap(whole, layout.current(whole), load)
    found = catalog.glue.table(table)
    assert catalog.read(found.location) == [2]
    assert (found.parameters["owner"], found.definition["Description"]) == ("sales", "all orders")
    again = catalog.layout(table)  # its location is that of a load now, and its loads stay where they were
    assert again.kept(again.manifest(whole)) == load.manifest.location
    back = again.prepare(good, "rb-1")
    assert back.manifest.location == kept
    again.swap(whole, again.current(whole), back)
    assert catalog.read(catalog.glue.table(table).location) == [1]
    with pytest.raises(RollbackRefused, match="a table cannot be taken out of sight"):
        again.swap(whole, again.current(whole), None)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"Parameters": {"projection.enabled": "true"}}, "projection.enabled"),
        ({"TableType": "GOVERNED"}, "Lake Formation"),
    ],
)
def test_what_cannot_be_swapped_is_refused_with_the_reason(
    catalog: Catalog, tmp_path: Path, more: dict[str, Any], why: str
) -> None:
    table = catalog.table(**more)
    catalog.cloud.s3.put(catalog.bucket / "orders/dt=2026-01-01/a.parquet", parquet([1]))
    catalog.register(table, DAY, f"{catalog.bucket}orders/dt=2026-01-01/")
    layout = catalog.layout(table)
    found = layout.manifest(DAY)
    assert [entry.path for entry in found.files] == ["a.parquet"]
    load = Load("x", DAY, found)
    for change in (
        lambda: layout.keep(found),
        lambda: layout.stage(DAY, tmp_path),
        lambda: layout.prepare(found, "x"),
        lambda: layout.swap(DAY, layout.current(DAY), load),
        lambda: layout.quarantine(DAY, found, "x"),
    ):
        with pytest.raises(RollbackRefused, match=why):
            change()
    assert why in layout.promise.windows[0]


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"TableType": "VIRTUAL_VIEW"}, "it is a view"),
        ({"Parameters": {"table_type": "ICEBERG"}}, "it is an Iceberg table"),
        ({"Parameters": {"spark.sql.sources.provider": "delta"}}, "it is a Delta table"),
    ],
)
def test_what_is_no_set_of_files_is_not_opened(catalog: Catalog, more: dict[str, Any], why: str) -> None:
    table = catalog.table(**more)
    with pytest.raises(DataError, match=why):
        catalog.layout(table)


def test_an_unfinished_load_is_finished_and_an_odd_one_is_refused(catalog: Catalog, tmp_path: Path) -> None:
    table = catalog.table()

    def dying(name: str) -> None:
        if name == "before:seal":
            raise KeyboardInterrupt

    (tmp_path / "a.parquet").write_bytes(parquet([1]))
    with pytest.raises(KeyboardInterrupt):
        catalog.layout(table, dying).stage(DAY, tmp_path / "a.parquet", "one")
    layout = catalog.layout(table)
    assert layout.stage(DAY, tmp_path / "a.parquet", "one").manifest.rows == 1
    catalog.cloud.s3.put(catalog.bucket / "orders.loads/dt=2026-01-01/two/b.parquet", parquet([2]))
    with pytest.raises(RollbackConflict, match="1 are new"):
        layout.stage(DAY, tmp_path / "a.parquet", "two")
    remote = layout.stage(NEXT, f"{catalog.bucket}orders.loads/dt=2026-01-01/one/", "three")
    assert remote.manifest.digest == layout.stage(DAY, tmp_path / "a.parquet", "one").manifest.digest
