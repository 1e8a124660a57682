"""Partitions by name, manifests by bytes."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dq.lake.manifest import FileEntry, Manifest, Partition

NAME = st.text(string.ascii_letters + string.digits + "_- %.", min_size=1, max_size=8)
PARTITION = st.lists(st.tuples(NAME, NAME | st.just("")), max_size=3).map(
    lambda pairs: Partition(tuple(pairs))
)
FILE = st.builds(
    FileEntry,
    path=st.text(max_size=12),
    size=st.integers(0),
    checksum=st.text(max_size=8),
    rows=st.none() | st.integers(0),
    version=st.none() | st.text(max_size=8),
)
MANIFEST = st.builds(
    Manifest,
    partition=PARTITION,
    location=st.text(max_size=12),
    files=st.lists(FILE, max_size=4).map(tuple),
    snapshot=st.none() | st.text(max_size=4),
)


@given(PARTITION)
def test_a_partition_comes_back_from_its_name(partition: Partition) -> None:
    assert Partition.parse(str(partition)) == partition


def test_names_of_partitions() -> None:
    hourly = Partition.of({"date": dt.date(2013, 2, 8), "hour": 3})
    assert hourly.values == (("date", "2013-02-08"), ("hour", "3"))
    assert str(hourly) == "date=2013-02-08/hour=3"
    assert hourly.as_dict() == {"date": "2013-02-08", "hour": "3"}
    assert Partition.of(None) == Partition.of({}) == Partition.parse("") == Partition()
    assert str(Partition()) == ""
    assert Partition.parse("a=b=c") == Partition((("a", "b=c"),))
    assert Partition.parse("odd") == Partition((("odd", ""),))


@given(MANIFEST)
def test_a_manifest_comes_back_through_json(manifest: Manifest) -> None:
    assert Manifest.from_dict(json.loads(manifest.to_json())) == manifest
    assert Manifest.from_dict(manifest.to_dict()) == manifest


def files(*names: str, rows: int | None = 5) -> tuple[FileEntry, ...]:
    return tuple(FileEntry(name, 10, f"sha256:{name}", rows) for name in names)


def test_rows_and_size_are_sums_and_rows_may_be_unknown() -> None:
    whole = Manifest(Partition(), "/lake", files("a", "b"))
    assert (whole.rows, whole.size) == (10, 20)
    partly = Manifest(Partition(), "/lake", (*files("a"), *files("b", rows=None)))
    assert (partly.rows, partly.size) == (None, 20)
    empty = Manifest(Partition(), "/lake", ())
    assert (empty.rows, empty.size) == (0, 0)


def test_a_digest_is_of_names_and_content_and_of_nothing_else() -> None:
    one = Manifest(Partition(), "/lake", files("a", "b"))
    moved = Manifest(Partition.parse("date=x"), "/kept", files("a", "b", rows=None), snapshot="7")
    assert one.digest == "sha256:" + hashlib.sha256(b"a\tsha256:a\nb\tsha256:b").hexdigest()
    assert one.same_bytes(moved)
    assert not one.same_bytes(Manifest(Partition(), "/lake", files("a")))
    renamed = (FileEntry("c", 10, "sha256:a"), FileEntry("b", 10, "sha256:b"))
    assert not one.same_bytes(Manifest(Partition(), "/lake", renamed))


def test_a_manifest_without_a_field_is_refused() -> None:
    with pytest.raises(KeyError, match="files"):
        Manifest.from_dict({"partition": [], "location": "/lake"})
