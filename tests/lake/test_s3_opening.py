"""What is scanned for an address on S3: which objects, pinned to which bytes, by how many requests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from aws_server import Cloud

from dq.aws.address import Address
from dq.aws.errors import AwsError, Forbidden
from dq.aws.s3 import S3
from dq.errors import DataError, UsageError
from dq.lake.from_manifest import source_at, source_of_manifest, together
from dq.lake.manifest import Manifest, Partition
from dq.lake.opening import check_partition, open_source, partition_columns, partitions_of
from dq.lake.s3 import hive
from dq.lake.s3.inventory import CONTENT, inventory_of
from dq.lake.s3.pinning import manifest_of
from dq.lake.source import FileSource

FEB_8 = Partition.parse("date=2013-02-08")


class Table:
    """A bucket, and what is asked of S3 by whoever opens it."""

    def __init__(self, cloud: Cloud, *, versioned: bool = True) -> None:
        self.cloud, self.at = cloud, cloud.bucket(versioned=versioned)
        self.asked: list[tuple[str, str]] = []
        self.events = inventory_of(cloud.options).s3.client.meta.events
        self.events.register("before-parameter-build.s3", self._note)

    def _note(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        self.asked.append((model.name, str(params.get("Prefix", params.get("Key")))))

    def close(self) -> None:
        self.events.unregister("before-parameter-build.s3", self._note)

    def write(self, *keys: str, body: bytes = b"id\n1\n") -> None:
        for key in keys:
            self.cloud.s3.put(self.at / key, body)

    def open(self, key: Any = "", partition: Partition | str | None = None) -> FileSource:
        self.asked.clear()
        data = f"{self.at}{key}" if isinstance(key, str) else [f"{self.at}{one}" for one in key]
        named = Partition.parse(partition) if isinstance(partition, str) else partition
        source = open_source(data, named, aws=self.cloud.options)
        assert isinstance(source, FileSource)
        assert source.remote is not None
        assert len(source.remote.entries) == len(source.remote.etags) == len(source.files)
        return source

    def names(self, key: Any = "", partition: Partition | str | None = None) -> list[str]:
        return [file.removeprefix(str(self.at)) for file in self.open(key, partition).files]

    @property
    def listings(self) -> list[str]:
        return [prefix for name, prefix in self.asked if name.startswith("List")]


@pytest.fixture
def table(cloud: Cloud) -> Iterator[Table]:
    made = Table(cloud)
    yield made
    made.close()


def test_an_object_is_pinned_to_its_version(table: Table) -> None:
    table.write("a.csv")
    source = table.open("a.csv")
    first = table.cloud.s3.head(table.at / "a.csv")
    assert first is not None
    assert (source.format, source.files, source.hive) == ("csv", (f"{table.at}a.csv",), False)
    assert source.location == f"{table.at}a.csv"
    assert source.remote is not None
    (entry,) = source.remote.entries
    assert (entry.path, entry.size, entry.version) == ("a.csv", 5, first.version)
    assert source.remote.etags == (first.etag,)
    assert table.listings == [], "an object needs no permission to list"
    table.write("a.csv", body=b"id\n2\n")
    assert table.open("a.csv").remote != source.remote
    assert open_source(source) is source


@pytest.mark.parametrize(
    ("name", "form"),
    [("a.PARQUET", "parquet"), ("a.csv.gz", "csv"), ("a.jsonl.zst", "json"), ("a.tsv", "csv")],
)
def test_formats_by_ending(table: Table, name: str, form: str) -> None:
    table.write(name)
    assert table.open(name).format == form


def test_a_prefix_without_hidden_objects_and_folder_markers(table: Table) -> None:
    table.write("t/b.csv", "t/a.csv", "t/deep/c.csv", "t/README.md")
    table.write("t/_SUCCESS", "t/.a.csv.crc", "t/_tmp/x.csv", "t/deep/_z.csv", "t_other/a.csv")
    table.write("t/", "t/deep/", body=b"")
    for address in ("t", "t/"):
        assert table.names(address) == ["t/a.csv", "t/b.csv", "t/deep/c.csv"]
    assert table.listings == ["t/"]
    assert table.open("t").hive is False


def test_a_prefix_named_as_a_file(table: Table) -> None:
    table.write("t.parquet/part-0.parquet", body=b"x")
    assert table.names("t.parquet") == ["t.parquet/part-0.parquet"]


def test_several_formats_and_none_are_refused(table: Table) -> None:
    table.write("t/a.csv", "t/b.json", "u/a.txt")
    with pytest.raises(DataError, match=r"files of several formats \(csv, json\); name one by a glob"):
        table.open("t")
    with pytest.raises(DataError, match=r"no Parquet, CSV or JSON lines among the files \(.txt\)"):
        table.open("u")


def test_what_is_missing_is_told(table: Table) -> None:
    table.write("orders/a.csv", "empty/_SUCCESS")
    with pytest.raises(DataError, match=r"no such object, and none below it\. Did you mean 'orders'"):
        table.open("order/")
    with pytest.raises(DataError, match="no such object"):
        table.open("orders/b.csv")
    with pytest.raises(DataError, match="there is no bucket t-no-such-bucket"):
        open_source("s3://t-no-such-bucket/orders/", aws=table.cloud.options)
    assert table.open("empty/").files == (), "somebody has made it, and it holds no data"


def lake(table: Table) -> None:
    for day in ("07", "08"):
        table.write(f"t/date=2013-02-{day}/hour=1/a.csv", f"t/date=2013-02-{day}/hour=2/b.csv")


def test_a_partition_is_found_by_one_listing_of_its_own_prefix(table: Table) -> None:
    lake(table)
    source = table.open("t", FEB_8)
    assert table.listings == ["t/date=2013-02-08/"]
    assert [file.removeprefix(f"{table.at}t/") for file in source.files] == [
        "date=2013-02-08/hour=1/a.csv",
        "date=2013-02-08/hour=2/b.csv",
    ]
    assert source.hive is True
    assert table.names("t/", "date=2013-02-08/hour=2") == ["t/date=2013-02-08/hour=2/b.csv"]
    assert table.listings == ["t/date=2013-02-08/hour=2/"]
    assert len(table.names("t")) == 4


def test_a_partition_in_another_order_or_of_the_inner_column_only(table: Table) -> None:
    lake(table)
    assert table.names("t", "hour=2/date=2013-02-08") == ["t/date=2013-02-08/hour=2/b.csv"]
    assert table.listings[-1] == "t/date=2013-02-08/hour=2/"
    assert table.names("t", "hour=2") == ["t/date=2013-02-07/hour=2/b.csv", "t/date=2013-02-08/hour=2/b.csv"]


def test_a_partition_that_is_not_there_is_empty_and_an_unknown_column_is_refused(table: Table) -> None:
    lake(table)
    assert table.open("t", "date=2013-02-09").files == ()
    with pytest.raises(UsageError, match=r"is partitioned by date, hour; 'dat' is no partition.* 'date'"):
        table.open("t", "dat=2013-02-08")
    table.write("flat/a.csv")
    with pytest.raises(DataError, match="so there is no partition date=2013-02-08; leave it out"):
        table.open("flat", FEB_8)


def test_a_partition_by_its_own_prefix_is_itself_and_no_other(table: Table) -> None:
    lake(table)
    assert len(table.names("t/date=2013-02-08/", FEB_8)) == 2
    assert table.names("t/date=2013-02-08/", "date=2013-02-08/hour=1") == ["t/date=2013-02-08/hour=1/a.csv"]
    assert table.open("t/date=2013-02-08/", "date=2013-02-07").files == ()


@pytest.mark.parametrize("folder", ["city=New%20York%2FNY", "city=New York%2FNY"])
def test_escaped_partition_values(table: Table, folder: str) -> None:
    table.write(f"t/{folder}/a.csv", "t/city=Newark/a.csv", "t/city=Boston/a.csv")
    wanted = Partition((("city", "New York/NY"),))
    assert table.names("t", wanted) == [f"t/{folder}/a.csv"]
    assert table.listings == ["t/city=New"]


def test_columns_are_told_by_the_first_partition(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    lake(table)
    monkeypatch.setattr(hive, "_SKIPPED", 3)
    table.write(*(f"t/_log/{n}.json" for n in range(9)), *(f"t/a/{n}.csv" for n in range(9)), "t/0.csv")
    at = f"{table.at}t/"
    assert partition_columns(at, table.cloud.options) == ("date", "hour")
    assert partition_columns(f"{at}date=2013-02-08", table.cloud.options) == ("date", "hour")
    assert partition_columns(f"{at}a/", table.cloud.options) == ()
    assert partition_columns(f"{table.at}nothing/", table.cloud.options) == ()
    assert partition_columns(f"{table.at}t/*.csv", table.cloud.options) == ()
    with pytest.raises(UsageError, match="'day' is no partition column"):
        check_partition(at, Partition.parse("day=1"), table.cloud.options)
    check_partition(at, FEB_8, table.cloud.options)


def test_patterns_list_only_below_their_beginning(table: Table) -> None:
    lake(table)
    table.write("t/date=2013-02-08/hour=1/c.json", "t/_tmp/d.csv", "u/a.csv")
    assert len(table.names("t/**/*.csv")) == 4
    assert table.names("t/date=2013-02-0[8]/*/?.csv") == [
        "t/date=2013-02-08/hour=1/a.csv",
        "t/date=2013-02-08/hour=2/b.csv",
    ]
    assert table.listings == ["t/date=2013-02-0"]
    assert table.open("t/**/*.csv").hive is True
    assert len(table.names("t/*/*/*.csv", FEB_8)) == 2
    assert table.names("t/_tmp/*.csv") == ["t/_tmp/d.csv"]
    with pytest.raises(DataError, match="no object matches"):
        table.open("t/*.parquet")


HOURLY = "e/{year}/{month}/{day}/{hour}/"


def test_folders_by_their_place(table: Table) -> None:
    table.write(
        "e/2026/01/02/03/a.json", "e/2026/01/02/04/b.json", "e/2026/02/01/00/c.json", body=b'{"a":1}\n'
    )
    table.write("e/errors/2026/x.json", "e/2026/01/02/03/_tmp.json", body=b"{}")
    assert len(table.names(HOURLY)) == 3
    hour = "year=2026/month=01/day=02/hour=03"
    assert table.names(HOURLY, hour) == ["e/2026/01/02/03/a.json"]
    assert table.listings == ["e/2026/01/02/03/"]
    assert len(table.names(HOURLY, "month=01/year=2026")) == 2
    assert table.listings == ["e/2026/01/"]
    assert table.names(HOURLY, "day=01") == ["e/2026/02/01/00/c.json"]
    assert table.open(HOURLY, "year=2027").files == ()
    assert table.open(HOURLY).hive is False
    assert partition_columns(f"{table.at}{HOURLY}") == ("year", "month", "day", "hour")
    every = partitions_of(f"{table.at}{HOURLY}", table.cloud.options)
    assert [str(one) for one in every] == [
        "year=2026/month=01/day=02/hour=03",
        "year=2026/month=01/day=02/hour=04",
        "year=2026/month=02/day=01/hour=00",
    ]
    with pytest.raises(DataError, match="no object lies in such a folder"):
        table.open("nothing/{year}/")


def test_partitions_of_a_prefix(table: Table) -> None:
    lake(table)
    found = partitions_of(f"{table.at}t", table.cloud.options)
    assert [str(one) for one in found] == [
        f"date=2013-02-{day}/hour={hour}" for day in ("07", "08") for hour in (1, 2)
    ]
    table.write("flat/a.csv")
    assert partitions_of(f"{table.at}flat", table.cloud.options) == (Partition(),)
    assert partitions_of("local", table.cloud.options) == ()


def test_a_list_of_objects(table: Table) -> None:
    table.write("b.csv", "x/a.csv")
    assert table.names(["x/a.csv", "b.csv", "b.csv"]) == ["b.csv", "x/a.csv"]
    assert table.listings == []
    with pytest.raises(DataError, match=r"c\.csv: no such object"):
        table.open(["b.csv", "c.csv"])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (["s3://lake/a.csv", "b.csv"], "b.csv: local files and objects on S3 in one list"),
        (["s3://lake/a.csv", "s3://pond/a.csv"], r"lie in several buckets \(lake, pond\)"),
        ("s3:///a.csv", "no address of an object"),
    ],
)
def test_what_cannot_be_one_relation_is_refused(data: str | Sequence[str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        open_source(data)


def test_other_spellings_of_the_scheme(table: Table) -> None:
    table.write("t/a.csv")
    for scheme in ("s3a", "s3n"):
        source = open_source(str(table.at).replace("s3:", f"{scheme}:") + "t/", aws=table.cloud.options)
        assert isinstance(source, FileSource)
        assert source.files == (f"{table.at}t/a.csv",)


# --- exact bytes ------------------------------------------------------------------------------------


def manifest(table: Table, key: str = "t/") -> Manifest:
    return inventory_of(table.cloud.options).manifest(Partition(), table.at / key)


def test_a_source_knows_its_manifest_and_comes_back_from_it(table: Table) -> None:
    lake(table)
    source = table.open("t")
    table.asked.clear()
    found = manifest_of(source, Partition())
    assert table.asked == []
    assert found == manifest(table)
    again = source_of_manifest(found, source.location, True, table.cloud.options)
    assert again == source


def test_the_bytes_of_a_manifest_are_found_again_after_they_were_replaced(table: Table) -> None:
    table.write("t/d=1/a.csv")
    then = manifest(table, "t/d=1/")
    table.write("t/d=1/a.csv", body=b"id\n2\n")
    table.cloud.s3.hide(table.at / "t/d=1/a.csv")
    found = source_at(then.location, then, "then", table.cloud.options)
    assert isinstance(found, FileSource)
    assert found.remote is not None
    assert found.remote.entries == then.files
    kept = table.at / "kept/d=1/"
    assert source_at(str(kept), then, "then", table.cloud.options) is None
    table.cloud.s3.copy(
        table.at / "t/d=1/a.csv",
        kept / "a.csv",
        version=then.files[0].version,
        metadata={CONTENT: then.files[0].checksum},
    )
    copied = source_at(str(kept), then, "then", table.cloud.options)
    assert isinstance(copied, FileSource)
    assert copied.remote is not None
    assert copied.files == (f"{kept}a.csv",)
    assert copied.remote.entries[0].version == getattr(table.cloud.s3.head(kept / "a.csv"), "version", "")


def test_without_versions_replaced_bytes_are_gone(cloud: Cloud) -> None:
    table = Table(cloud, versioned=False)
    table.write("t/a.csv")
    then = manifest(table)
    assert getattr(source_of_manifest(then, "t", False, cloud.options), "remote", None) is not None
    table.write("t/a.csv", body=b"id\n2\n")
    assert source_at(then.location, then, "t", cloud.options) is None
    cloud.s3.put(table.at / "t/a.csv", b"id\n3\n", metadata={CONTENT: "sha256:3"})
    own = manifest(table)
    assert own.files[0].checksum == "sha256:3"
    pinned = source_of_manifest(own, "t", False, cloud.options)
    head = cloud.s3.head(table.at / "t/a.csv")
    assert isinstance(pinned, FileSource)
    assert pinned.remote is not None
    assert head is not None
    assert pinned.remote.etags == (head.etag,), "the ETag that a reader must find is asked for"
    cloud.s3.put(table.at / "t/a.csv", b"id\n4\n", metadata={CONTENT: "sha256:4"})
    same = source_of_manifest(own, "t", False, cloud.options)
    assert same == pinned, "still pinned to what it was, which a reader does not find any more"
    elsewhere = replace(cloud.options, region="eu-west-2")  # another process, which has not seen the object
    with pytest.raises(DataError, match="no longer what it was"):
        source_of_manifest(own, "t", False, elsewhere)
    table.close()


def test_a_copy_has_an_etag_of_its_own(table: Table) -> None:
    """Its checksum is that of the original, so it says nothing about what a reader must find."""
    table.cloud.s3.put(table.at / "t/a.csv", b"id\n1\n", metadata={CONTENT: "etag:of-the-original"})
    found = manifest(table)
    assert found.files[0].checksum == "etag:of-the-original"
    head = table.cloud.s3.head(table.at / "t/a.csv")
    assert head is not None
    table.asked.clear()
    pinned = source_of_manifest(found, "t", False, table.cloud.options)
    assert isinstance(pinned, FileSource)
    assert pinned.remote is not None
    assert pinned.remote.etags == (head.etag,)
    assert table.asked == []


def test_sources_of_partitions_make_one(table: Table) -> None:
    lake(table)
    days = [table.open("t", f"date=2013-02-{day}") for day in ("08", "07")]
    whole = table.open("t")
    both = together(days, "t")
    assert (both.files, both.hive) == (whole.files, True)
    assert both.remote is not None
    assert whole.remote is not None
    assert both.remote.etags == whole.remote.etags
    assert [e.version for e in both.remote.entries] == [e.version for e in whole.remote.entries]


def test_an_object_that_goes_while_it_is_looked_at_is_looked_for_again(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    table.write("t/a.csv", "t/b.csv")
    listing, gone = S3.list, iter([True, False])

    def after(self: S3, at: Address, **more: Any) -> Iterator[Any]:
        found = list(listing(self, at, **more))
        if next(gone, False):
            table.cloud.s3.hide(table.at / "t/b.csv")
        return iter(found)

    monkeypatch.setattr(S3, "list", after)
    assert table.names("t") == ["t/a.csv"]


def test_a_writer_that_never_rests_is_told(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    listing, count = S3.list, iter(range(100))

    def after(self: S3, at: Address, **more: Any) -> Iterator[Any]:
        table.write("t/a.csv", body=b"id\n%d\n" % next(count))
        found = list(listing(self, at, **more))
        table.write("t/a.csv", body=b"id\n%d\n" % next(count))
        return iter(found)

    monkeypatch.setattr(S3, "list", after)
    with pytest.raises(DataError, match="objects kept disappearing while they were looked at"):
        table.open("t")


# --- trouble ----------------------------------------------------------------------------------------


def failing(table: Table, operation: str, status: int, code: str, times: int) -> list[int]:
    """Lets an operation of the client fail at HTTP for some times; the answer counts them."""
    from botocore.awsrequest import AWSResponse

    left = [times]
    body = f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode()

    class Raw:
        def stream(self, **_: Any) -> Iterator[bytes]:
            yield body

    def send(request: Any, **_: Any) -> Any:
        if left[0] <= 0:
            return None
        left[0] -= 1
        return AWSResponse(request.url, status, {"Content-Length": str(len(body))}, Raw())

    table.events.register_first(f"before-send.s3.{operation}", send, unique_id="failing")
    return left


def test_a_missing_permission_names_action_and_resource(table: Table) -> None:
    lake(table)
    failing(table, "ListObjectsV2", 403, "AccessDenied", 9)
    try:
        with pytest.raises(Forbidden) as caught:
            table.open("t/", FEB_8)
    finally:
        table.events.unregister("before-send.s3.ListObjectsV2", unique_id="failing")
    assert str(caught.value) == (
        f"{table.at}t/date=2013-02-08/: s3:ListBucket is not allowed to this identity. "
        f"Add s3:ListBucket on {table.at}t/date=2013-02-08/ to its policy."
    )


def test_throttling_is_waited_out(table: Table) -> None:
    lake(table)
    left = failing(table, "ListObjectsV2", 503, "SlowDown", 2)
    try:
        assert len(table.names("t", FEB_8)) == 2
    finally:
        table.events.unregister("before-send.s3.ListObjectsV2", unique_id="failing")
    assert left == [0]


def test_an_error_of_aws_is_no_missing_data() -> None:
    assert not issubclass(AwsError, DataError), "a reference that may not be read is no untested one"
