"""Patterns and templates over keys, without a server."""

from __future__ import annotations

import fnmatch
import glob
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dq.errors import UsageError
from dq.lake.manifest import Manifest, Partition, common_folder, joined
from dq.lake.s3.globs import beginning, is_pattern, matcher
from dq.lake.s3.templates import Template, is_template

HOURLY = "events/{year}/{month}/{day}/{hour}/"
TEXT = "s3://lake/events/{year}/{month}/{day}/{hour}/"


@pytest.mark.parametrize(
    ("pattern", "start"),
    [("t/date=2026-*/x", "t/date=2026-"), ("t/**/*.csv", "t/"), ("t/a.csv", "t/a.csv"), ("[ab]/c", "")],
)
def test_a_listing_is_narrowed_to_the_beginning(pattern: str, start: str) -> None:
    assert beginning(pattern) == start
    assert is_pattern(pattern) is (pattern != "t/a.csv")


@pytest.mark.parametrize(
    ("pattern", "key", "expected"),
    [
        ("t/*.csv", "t/a.csv", True),
        ("t/*.csv", "t/deep/a.csv", False),
        ("t/?.csv", "t/ab.csv", False),
        ("t/[!a].csv", "t/b.csv", True),
        ("t/[[]1].csv", "t/[1].csv", True),
        ("t/**/*.csv", "t/a.csv", True),
        ("t/**/*.csv", "t/x/y/a.csv", True),
        ("t/**", "t/x/y/a.csv", True),
        ("t/**/y/*.csv", "t/y/y/a.csv", True),
        ("t/**/y/*.csv", "t/y/x/a.csv", False),
        ("t/*.csv", "t/_a.csv", False),
        ("t/**/a.csv", "t/.tmp/a.csv", False),
        ("t/_*.csv", "t/_a.csv", True),
        ("*/*.csv", "t/a.csv", True),
    ],
)
def test_keys_match_name_by_name(pattern: str, key: str, expected: bool) -> None:
    assert matcher(pattern)(key) is expected


NAMES = st.sampled_from(["a", "b", "ab", "c1"])


@given(
    pattern=st.lists(st.sampled_from(["**", "*", "a*", "?", "[ab]", "b"]), min_size=1, max_size=4),
    key=st.lists(NAMES, min_size=1, max_size=4),
)
def test_patterns_mean_what_they_mean_on_disk(pattern: list[str], key: list[str]) -> None:
    """Against the textbook recursion: `**` takes no folder, or one and stays."""

    def textbook(parts: list[str], names: list[str]) -> bool:
        if not parts:
            return not names
        if parts[0] == "**":
            if parts[1:] == [] and names == []:
                return True
            return textbook(parts[1:], names) or (names != [] and textbook(parts, names[1:]))
        return names != [] and fnmatch.fnmatchcase(names[0], parts[0]) and textbook(parts[1:], names[1:])

    assert matcher("/".join(pattern))("/".join(key)) is textbook(pattern, key)


@pytest.mark.parametrize("pattern", ["*.csv", "**/*.csv", "**", "x/**/a.csv", "?/[!y]/*", "**/y/**"])
def test_a_pattern_finds_what_it_finds_on_disk(tmp_path: Path, pattern: str) -> None:
    keys = ["a.csv", "b.json", "x/a.csv", "x/y/a.csv", "x/z/b.csv", "y/y/y/a.csv"]
    for key in keys:
        (tmp_path / key).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / key).write_text("")
    found = glob.glob(str(tmp_path / pattern), recursive=True)
    local = {Path(path).relative_to(tmp_path).as_posix() for path in found if Path(path).is_file()}
    assert {key for key in keys if matcher(pattern)(key)} == local


def test_a_template_says_which_folder_is_which_column() -> None:
    template = Template.of(HOURLY, TEXT)
    assert template.columns == ("year", "month", "day", "hour")
    hour = Partition.parse("year=2026/month=01/day=02/hour=03")
    assert template.prefix(hour) == "events/2026/01/02/03/"
    assert template.prefix(Partition.parse("year=2026/month=01")) == "events/2026/01/"
    assert template.prefix(Partition.parse("hour=03")) == "events/"
    assert template.partition("events/2026/01/02/03/x/a.gz") == hour
    assert template.below("events/2026/01/02/03/x/a.gz") == "x/a.gz"
    for other in ("events/2026/01/02/a.gz", "other/2026/01/02/03/a.gz", "events/2026/_tmp/02/03/a.gz"):
        assert template.partition(other) is None


def test_a_template_with_text_around_its_columns() -> None:
    template = Template.of("t/dt={date}-v1/h{hour}", "s3://lake/t/dt={date}-v1/h{hour}")
    here = Partition.parse("date=2026-01-02/hour=03")
    assert template.prefix(here) == "t/dt=2026-01-02-v1/h03/"
    assert template.prefix(Partition.parse("hour=03")) == "t/dt="
    assert template.partition("t/dt=2026-01-02-v1/h03/a.csv") == here
    assert template.partition("t/dt=-v1/h03/a.csv") is None, "an empty value is none"
    assert template.partition("t/dt=2026-01-02/h03/a.csv") is None


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("{year}-{month}/", r"\{year\} and \{month\} share a folder, so it is not said where one ends"),
        ("{year}/{year}/", r"\{year\} stands there twice"),
        ("{year}/*/", "placeholders and marks of a pattern exclude each other"),
        ("{year}/{}/", r"'\{\}' is no folder of a template"),
        ("{year}/{1x}/", "is no folder of a template"),
    ],
)
def test_what_can_be_read_in_several_ways_is_refused(key: str, message: str) -> None:
    assert is_template(key)
    with pytest.raises(UsageError, match=message):
        Template.of(key, f"s3://lake/{key}")


def test_a_partition_of_another_table_is_refused() -> None:
    template = Template.of(HOURLY, TEXT)
    with pytest.raises(UsageError, match=r"has no column 'mont'\. Did you mean 'month'"):
        template.prefix(Partition.parse("mont=01"))
    with pytest.raises(UsageError, match="year='2026/01' holds a slash"):
        template.prefix(Partition((("year", "2026/01"),)))


VALUES = st.from_regex(r"[A-Za-z0-9%=+-][A-Za-z0-9 %=._+-]{0,7}", fullmatch=True)


@given(st.lists(VALUES, min_size=4, max_size=4))
def test_a_template_reads_what_it_writes(values: list[str]) -> None:
    template = Template.of(HOURLY, TEXT)
    partition = Partition(tuple(zip(template.columns, values, strict=True)))
    assert template.partition(template.prefix(partition) + "a.json") == partition


@pytest.mark.parametrize(
    ("paths", "folder"),
    [
        (["/a/b/c.csv"], "/a/b"),
        (["/a/b/c.csv", "/a/bc/c.csv"], "/a"),
        (["/a.csv", "/b/c.csv"], "/"),
        (["a.csv", "b/c.csv"], ""),
        (["s3://lake/t/d=1/a", "s3://lake/t/d=2/a"], "s3://lake/t/"),
        (["s3://lake/a", "s3://lake/t/a"], "s3://lake/"),
        ([], ""),
    ],
)
def test_the_innermost_common_folder(paths: list[str], folder: str) -> None:
    assert common_folder(paths) == folder


def test_manifests_of_partitions_make_one_of_the_table() -> None:
    from dq.lake.manifest import FileEntry

    entry = FileEntry("a.csv", 1, "etag:x", None, "v1")
    parts = [Manifest(Partition.parse(f"d={n}"), f"s3://lake/t/d={n}/", (entry,)) for n in (2, 1)]
    whole = joined(parts, Partition())
    assert (whole.location, [file.path for file in whole.files]) == (
        "s3://lake/t/",
        ["d=1/a.csv", "d=2/a.csv"],
    )
    assert whole.paths == ("s3://lake/t/d=1/a.csv", "s3://lake/t/d=2/a.csv")
    assert whole.files[0].version == "v1"
    assert joined([], Partition()) == Manifest(Partition(), "", ())
