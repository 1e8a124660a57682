from __future__ import annotations

import math
from typing import Any

import pyarrow as pa
from expectation_cases import ERROR, FAIL, PASS, UNTESTED, Case, check, table_of, verdict
from hypothesis import given, settings
from hypothesis import strategies as st


def spans(*pairs: tuple[Any, Any], key: str = "") -> dict[str, Any]:
    columns = {"a": pa.array([a for a, _ in pairs]), "b": pa.array([b for _, b in pairs])}
    return columns | ({"k": list(key)} if key else {})


PLAIN: dict[str, Any] = {"no_overlap": ["a", "b"]}


def case(
    name: str,
    data: Any,
    more: dict[str, Any],
    outcome: str,
    unexpected: int | None = None,
    observed: Any = None,
    **fields: Any,
) -> Case:
    declared = {"no_overlap": {"start": "a", "end": "b", **more}}
    return Case(name, data, declared, outcome, unexpected, observed, fields, table=True)


CASES = [
    Case("touching", spans((1, 3), (3, 5), (None, 9)), PLAIN, PASS, 0, 1.0, {"considered": 2}, table=True),
    case("touching is refused", spans((1, 3), (3, 5)), {"touching": False}, FAIL, 1, 0.5, sample=((3, 5),)),
    case("one within another", spans((1, 9), (2, 3), (4, 5)), {}, FAIL, 2, 1 / 3),
    case("a later one", spans((4, 6), (1, 5), (6, 7)), {}, FAIL, 1, 2 / 3, sample=((4, 6),)),
    case("equal ones", spans((1, 2), (1, 2), (1, 2)), {}, FAIL, 2, 1 / 3),
    case("mostly", spans((1, 3), (2, 4)), {"mostly": 0.5}, PASS, 1, 0.5),
    case("other keys", spans((1, 3), (2, 4), key="xy"), {"by": "k"}, PASS, 0, 1.0),
    case("the same key", spans((1, 3), (2, 4), key="xx"), {"by": ["k"]}, FAIL, 1, 0.5, sample=((2, 4, "x"),)),
    case("an open one is the last", spans((1, 3), (3, None)), {}, PASS, 0, 1.0),
    case("nothing follows an open one", spans((1, None), (3, 4)), {}, FAIL, 1, 0.5, sample=((3, 4),)),
    case("two open ones", spans((0, 1), (1, None), (1, None)), {}, FAIL, 1, 2 / 3),
    case("open ones left out", spans((1, None), (3, 4)), {"null_end": "ignore"}, PASS, 0, 1.0, considered=1),
    case("backwards", spans((3, 1)), {}, FAIL, 1, 0.0),
    case("empty ones", spans((1, 1), (1, 1), (1, 3), (3, 3)), {}, PASS, 0, 1.0),
    case("a filter", spans((1, 3), (2, 4), key="xy"), {"where": "k = 'y'"}, PASS, 0, 1.0),
    case("NaN", spans((1.0, math.nan), (2.0, 3.0)), {}, FAIL, 1, 0.5),
    case("text has an order", spans(("a", "c"), ("b", "d")), {}, FAIL, 1, 0.5),
    case(
        "no start",
        {"a": pa.array([None], pa.int64()), "b": [1]},
        {},
        UNTESTED,
        0,
        reason="no row has an interval",
    ),
    case("no order", spans((True, False)), {}, ERROR),
    case("unlike ends", spans((1, "a")), {}, ERROR),
]


@table_of(CASES)
def test_intervals(case: Case) -> None:
    check(case)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 4)), min_size=1, max_size=10), st.booleans())
def test_counts_are_those_of_a_sweep(drawn: list[tuple[int, int]], touching: bool) -> None:
    pairs = [(start, start + length) for start, length in drawn]
    found = verdict(
        spans(*pairs), {"no_overlap": {"start": "a", "end": "b", "touching": touching}}, table=True
    )
    bad, reached = 0, -math.inf
    for start, end in sorted(pairs):
        bad += start < reached if touching else start <= reached
        reached = max(reached, end)
    assert found.unexpected == bad
