"""Planted faults on generated orders: the search names the planted rows, exactly counted."""

from __future__ import annotations

import pytest
from rootcause_worlds import World, condition, jaccard, orders, search, texts
from sqlglot import exp

from dq.rootcause.model import Answer
from dq.rootcause.scanner import SearchTarget
from dq.rootcause.segments import Segment

FAULTS = {
    "segment": ("source_system = 'pos'", "source_system = 'pos'"),
    "pair": ("source_system = 'web' AND country = 'BR'", "country = 'BR' and source_system = 'web'"),
    "triple": (
        "source_system = 'app' AND country = 'GB' AND release IN ('v3')",
        "country = 'GB' and source_system = 'app' and release = 'v3'",
    ),
    "file": ("filename LIKE '%/part-7.parquet'", "file part-7.parquet"),
    "since": ("hour(event_ts) >= 15", "hour of event_ts >= 15"),
    "since and source": (
        "hour(event_ts) >= 18 AND source_system = 'pos'",
        "hour of event_ts >= 18 and source_system = 'pos'",
    ),
    "value set": ("release IN ('v2', 'v5')", "release in ('v2', 'v5')"),
    "range": ("weight BETWEEN 120 AND 150", None),
    "flag": ("gift AND store = 11", "gift = true and store = 11"),
}


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("name", FAULTS)
def test_planted_fault_is_first_and_alone(lake: World, name: str, seed: int) -> None:
    truth, wording = FAULTS[name]
    report = search(lake, orders(lake, seed, truth))
    assert report.answer is Answer.SEGMENTS
    assert len(report.segments) == 1, texts(report)
    assert jaccard(lake, report.segments[0], truth) >= 0.9
    if wording is not None:
        words = texts(report)[0].split(" and ")
        assert sorted(words) == sorted(wording.split(" and "))


def test_counts_are_exact(lake: World) -> None:
    target = orders(lake, 5, "source_system = 'pos'")
    (segment,) = search(lake, target, max_failing=500, max_passing=1000).segments
    rows = lake.number("SELECT count(*) FROM today WHERE source_system = 'pos'")
    failing = lake.number("SELECT count(*) FROM today WHERE source_system = 'pos' AND status IS NULL")
    before = lake.number("SELECT count(*) FROM before WHERE source_system = 'pos'")
    assert (segment.inside.rows, segment.inside.failing) == (rows, failing)
    assert segment.last_good is not None
    assert segment.last_good.rows == before


def test_numeric_range_has_round_bounds(lake: World) -> None:
    report = search(lake, orders(lake, 4, "weight >= 300", noise=0))
    assert texts(report) == ["weight >= 300"]


def test_two_causes(lake: World) -> None:
    report = search(lake, orders(lake, 2, "source_system = 'pos' OR release = 'v7'"))
    assert sorted(texts(report)) == ["release = 'v7'", "source_system = 'pos'"]


def test_equal_wordings_are_listed_once(lake: World) -> None:
    (segment,) = search(lake, orders(lake, 1, "country = 'PL'")).segments
    assert [[p.text for p in other] for other in segment.same] == [["currency = 'PLN'"]]


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5, 6])
def test_diffuse_failures_have_no_segment(lake: World, seed: int) -> None:
    report = search(lake, orders(lake, seed, "FALSE", noise=0.05))
    assert (report.answer, texts(report)) == (Answer.NONE, [])


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_small_diffuse_failures_have_no_segment(lake: World, seed: int) -> None:
    report = search(lake, orders(lake, seed, "FALSE", noise=0.04, rows=900))
    assert (report.answer, texts(report)) == (Answer.NONE, [])


def test_whole_partition(lake: World) -> None:
    assert search(lake, orders(lake, 1, "TRUE")).answer is Answer.WHOLE_PARTITION


def test_clean_and_empty(lake: World) -> None:
    assert search(lake, orders(lake, 1, "FALSE", noise=0)).answer is Answer.CLEAN
    assert search(lake, orders(lake, 1, "FALSE", rows=0)).answer is Answer.CLEAN


def test_chronic_failures_yield_to_new_ones(lake: World) -> None:
    target = orders(lake, 3, "filename LIKE '%/part-3.parquet'")
    for table in ("today", "before"):
        lake.con.execute(f"UPDATE {table} SET status = NULL WHERE country = 'BR' AND hash(order_id) % 5 < 2")
    assert texts(search(lake, target))[0] == "file part-3.parquet"
    alone = SearchTarget(target.relation, target.bad, target.schema, target.file_column, target.check_columns)
    assert "country = 'BR'" in texts(search(lake, alone))


def test_proxy_of_the_checked_number_is_left_out(lake: World) -> None:
    orders(lake, 1, "FALSE")
    for table in ("today", "before"):
        factor = "CASE WHEN source_system = 'partner' THEN 100 ELSE 1 END" if table == "today" else "1"
        schema = lake.table(
            f"{table}_units",
            f"SELECT * REPLACE (amount * {factor} AS amount), amount * {factor} * 0.23 AS tax FROM {table}",
        )
    lake.table("today", "SELECT * FROM today_units")
    target = SearchTarget(
        exp.to_table("today"),
        condition("amount > 100"),
        schema,
        "filename",
        ("amount",),
        baseline=exp.to_table("before_units"),
        baseline_schema=schema,
    )
    report = search(lake, target)
    assert texts(report) == ["source_system = 'partner'"]
    assert report.proxies == ("tax",)
    assert jaccard(lake, report.segments[0], "source_system = 'partner'") == 1


def test_column_null_on_the_same_rows_is_left_out(lake: World) -> None:
    orders(lake, 1, "source_system = 'pos'")
    lake.con.execute("ALTER TABLE today ADD COLUMN label VARCHAR")
    lake.con.execute("UPDATE today SET label = 'status ' || status || release")
    schema = {row[0]: row[1] for row in lake.con.execute("DESCRIBE today").fetchall()}
    target = SearchTarget(exp.to_table("today"), condition("status IS NULL"), schema, "filename", ("status",))
    report = search(lake, target)
    assert texts(report) == ["source_system = 'pos'"]
    assert "label" not in report.tried


def test_same_data_gives_the_same_answer(lake: World) -> None:
    target = orders(lake, 7, "source_system = 'pos' AND hour(event_ts) >= 12", noise=0.01)
    bounds = {"max_failing": 300, "max_passing": 2000}

    def once() -> list[tuple[str, float]]:
        return [(s.condition.sql(), s.bits) for s in search(lake, target, **bounds).segments]

    first = once()
    lake.con.execute("CREATE TABLE again AS SELECT * FROM today ORDER BY hash(order_id, 99)")
    lake.con.execute("SET threads = 1")
    lake.con.execute("DROP TABLE today")
    lake.con.execute("ALTER TABLE again RENAME TO today")
    assert once() == first
    assert first


def test_hostile_names_and_values(lake: World) -> None:
    name, value = "a\"b'; DROP TABLE today; -- |`<b>\n", "v'; DROP TABLE today; --\"`|<img src=x>\nü\u202e"
    quoted = '"' + name.replace('"', '""') + '"'
    literal = "'" + value.replace("'", "''") + "'"
    schema = lake.table(
        "today",
        f"SELECT CASE WHEN i % 7 = 0 THEN {literal} ELSE 'calm ' || (i % 5) END AS {quoted},"
        f" i % 7 = 0 AS broken, i % 11 AS other FROM range(3000) t(i)",
    )
    target = SearchTarget(exp.to_table("today"), condition("broken"), schema, None, ("broken",))
    (segment,) = search(lake, target).segments
    assert segment.predicates[0].values == (value,)
    assert (segment.inside.rows, segment.inside.failing) == (429, 429)
    assert lake.number("SELECT count(*) FROM today") == 3000


def test_identifiers_and_nested_columns_are_no_dimensions(lake: World) -> None:
    schema = lake.table(
        "today",
        "SELECT md5(i::VARCHAR) AS id, [i] AS list, {'a': i} AS struct, 'x'::BLOB AS bytes,"
        " CASE WHEN i % 3 = 0 THEN 'p' ELSE 'q' END AS kind, CASE WHEN i % 3 = 0 THEN NULL ELSE 1 END AS v"
        " FROM range(900) t(i)",
    )
    target = SearchTarget(exp.to_table("today"), condition("v IS NULL"), schema, None, ("v",))
    report = search(lake, target)
    assert (texts(report), report.tried) == (["kind = 'p'"], ("kind",))


def test_segment_type(lake: World) -> None:
    (segment,) = search(lake, orders(lake, 1, "source_system = 'pos'")).segments
    assert isinstance(segment, Segment)
    assert segment.condition.sql(dialect="duckdb") == "\"source_system\" = 'pos'"
