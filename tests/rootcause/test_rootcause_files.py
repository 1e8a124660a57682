from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rootcause_worlds import World
from sqlglot import exp

from dq.lake.manifest import FileEntry, Manifest, Partition
from dq.rootcause.compare import Side, compare
from dq.rootcause.comparison import Comparison, FileChange
from dq.rootcause.filenames import style
from dq.rootcause.files import compare_files


def manifest(*files: tuple[str, str, int | None]) -> Manifest:
    entries = tuple(FileEntry(path, 100, f"sha256:{content}", rows) for path, content, rows in files)
    return Manifest(Partition(), "/lake", entries)


def facts(today: Manifest, baseline: Manifest | None) -> list[tuple[FileChange, str, str]]:
    return [(fact.change, fact.name, fact.other) for fact in compare_files(today, baseline)]


def test_copy_is_named_with_its_original() -> None:
    today = manifest(("a.parquet", "1", 10), ("a-resent.parquet", "1", 10), ("b.parquet", "2", 10))
    assert facts(today, None) == [(FileChange.DUPLICATE, "a-resent.parquet", "a.parquet")]


def test_stale_missing_and_new() -> None:
    before = manifest(("a.parquet", "1", 10), ("b.parquet", "2", 10))
    today = manifest(("a.parquet", "1", 10), ("c.parquet", "3", 10))
    assert facts(today, before) == [
        (FileChange.STALE, "a.parquet", "a.parquet"),
        (FileChange.MISSING, "b.parquet", ""),
        (FileChange.NEW, "c.parquet", ""),
    ]


def test_only_the_file_that_shrank_alone_is_shrunken() -> None:
    before = manifest(("a", "1", 300), ("b", "2", 300), ("c", "3", 300))
    saturday = manifest(("a", "4", 215), ("b", "5", 210), ("c", "6", 220))
    assert facts(saturday, before) == []
    half = manifest(("a", "4", 215), ("b", "5", 105), ("c", "6", 220))
    (fact,) = compare_files(half, before)
    assert (fact.change, fact.name, fact.rows, fact.baseline_rows) == (FileChange.SHRUNKEN, "b", 105, 300)


def test_a_single_file_is_not_held_against_itself() -> None:
    assert facts(manifest(("a", "1", 50)), manifest(("a", "2", 300))) == []


def test_files_with_other_names_every_day_are_not_called_missing() -> None:
    assert facts(manifest(("x1", "1", 9)), manifest(("x0", "2", 9))) == []


@given(st.lists(st.tuples(st.text("ab/.?", min_size=1, max_size=6), st.booleans()), max_size=6))
def test_labels_tell_names_apart(names: list[tuple[str, bool]]) -> None:
    paths = sorted({("s3://x/" if deep else "") + name.replace("?", "") + "f" for name, deep in names})
    chosen = style(paths)
    assert len({chosen.label(path) for path in paths}) == len(paths)


def test_query_strings_are_not_shown() -> None:
    chosen = style(["https://host/a.parquet?token=secret", "https://host/b.parquet?token=secret"])
    assert chosen.label("https://host/a.parquet?token=secret") == "a.parquet"
    assert "secret" not in chosen.condition("filename", "a.parquet").sql()


def test_comparison(lake: World) -> None:
    before = lake.table(
        "before",
        "SELECT i AS n, 'x' || (i % 4) AS kind, i * 1.5 AS m, 1 AS gone, 'a' AS t FROM range(400) t(i)",
    )
    today = lake.table(
        "today",
        "SELECT 'x' || (i % 2) AS kind, CASE WHEN i % 4 = 0 THEN NULL ELSE i END AS n,"
        " CASE WHEN i = 1 THEN 'nan'::DOUBLE ELSE i * 3 END AS extra, 2.0::DOUBLE AS t FROM range(300) t(i)",
    )
    sides = (Side(exp.to_table("today"), today), Side(exp.to_table("before"), before, name="day=7"))
    found = compare(lake, *sides)
    assert (found.rows, found.baseline_rows, found.baseline) == (300, 400, "day=7")
    assert (found.schema.added, found.schema.removed) == (("extra",), ("m", "gone"))
    assert (found.schema.retyped, found.schema.reordered) == ((("t", "VARCHAR", "DOUBLE"),), True)
    nulls = {fact.name: (fact.nulls, fact.baseline_nulls, fact.low) for fact in found.columns}
    assert nulls == {"kind": (0, 0, None), "n": (75, 0, None)}
    (moved,) = found.values
    assert (moved.column, moved.value, moved.share, moved.baseline_share) == ("kind", None, 0.5, 0.25)
    shown = compare(lake, *sides, show=frozenset({"kind", "n"}))
    assert shown.values[0].value == "x1"
    assert {fact.name: fact.high for fact in shown.columns} == {"kind": None, "n": 299.0}
    assert Comparison.from_dict(shown.to_dict()) == shown


def test_mean_ignores_nan_and_rows_per_file_are_counted(lake: World) -> None:
    text = (
        "SELECT CASE WHEN i = 0 THEN 'nan'::DOUBLE ELSE 2.0 END AS x, '/p/' || (i % 2) || '.csv' AS filename"
    )
    schema = lake.table("today", f"{text} FROM range(100) t(i)")
    lake.table("before", f"{text} FROM range(400) t(i) WHERE i % 2 = 0 OR i < 100")
    today = Side(
        exp.to_table("today"), schema, manifest(("0.csv", "1", None), ("1.csv", "2", None)), "filename"
    )
    before = Side(
        exp.to_table("before"), schema, manifest(("0.csv", "3", None), ("1.csv", "4", None)), "filename"
    )
    found = compare(lake, today, before)
    assert found.columns[0].mean == 2.0
    shrunken = {fact.name: (fact.rows, fact.baseline_rows) for fact in found.files}
    assert shrunken["0.csv"] == (50, 200)
