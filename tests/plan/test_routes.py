"""Which route a question takes, and when metadata answers it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from dq.metrics import CountWhere, DistinctCount, Duplicates, Extreme, Metric, Moments, QuantileOf, RowCount
from dq.plan import Ability, ColumnFacts, Question, RelationFacts, Route, make_plan, worth_probing
from dq.plan.facts import known
from dq.plan.packs import packs
from dq.sql import words as w
from dq.sql.inside import columns_of

K, S, X = w.Column("k", "BIGINT"), w.Column("s", "VARCHAR"), w.Column("x", "DOUBLE")
D = w.Column("d", "DECIMAL(5,2)")
ABILITY = Ability(shortcuts_from=100, sorts_from=500)


def facts(rows: int = 1000, **columns: ColumnFacts) -> RelationFacts:
    return RelationFacts(rows, columns)


def route(metric: Metric, about: RelationFacts, ability: Ability = ABILITY) -> list[str]:
    """The route of a metric and of what stands behind it."""
    (question,) = make_plan([metric], {"": about}, ability).questions
    found: list[str] = []
    following: Question | None = question
    while following is not None:
        found.append(following.route.value)
        following = following.otherwise
    return found


KNOWN = ColumnFacts(nulls=0, bounded=True, low=-5, high=1000)
RISING = ColumnFacts(nulls=0, bounded=True, low=0, high=2**40, ascending=True)


@pytest.mark.parametrize(
    ("key", "about", "routes"),
    [
        ((K,), facts(k=KNOWN), ["sorted", "duplicates"]),
        ((K,), facts(k=RISING), ["increasing", "sorted", "duplicates"]),
        ((K,), facts(rows=10, k=RISING), ["duplicates"]),
        ((K,), facts(rows=499, k=RISING), ["increasing", "duplicates"]),
        ((S,), facts(rows=499), ["duplicates"]),
        ((S, K), facts(k=RISING), ["increasing", "sorted", "duplicates"]),
        (
            (D,),
            facts(d=ColumnFacts(nulls=0, bounded=True, low=Decimal(0), high=Decimal(9))),
            ["sorted", "duplicates"],
        ),
    ],
)
def test_uniqueness(key: tuple[w.Column, ...], about: RelationFacts, routes: list[str]) -> None:
    assert route(Duplicates(of=key), about) == routes


def test_an_engine_without_codes_groups() -> None:
    assert route(Duplicates(of=(S,)), facts(), Ability(sorts_from=None, shortcuts_from=0)) == ["duplicates"]


def test_many_keys_are_sorted_in_parts() -> None:
    for rows, parts in ((1_000, 1), (2**25, 1), (2**25 + 1, 2), (10**9, 32)):
        (question,) = make_plan([Duplicates(of=(S,))], {"": facts(rows)}, ABILITY).questions
        assert question.parts == parts


def test_few_values_share_a_grouping_and_repeated_ones_a_quantile() -> None:
    few = ColumnFacts(distinct=6, probed=500)
    about = facts(s=few, k=ColumnFacts(distinct=100, probed=500), x=ColumnFacts(distinct=499, probed=500))
    rule = CountWhere(condition=w.Not(w.In(S, (w.Lit("a"),))))
    metrics: list[Metric] = [rule, DistinctCount(of=(K,)), QuantileOf(of=K, q=0.5), QuantileOf(of=X, q=0.5)]
    questions = make_plan(metrics, {"": about}, ABILITY).questions
    asked = {question.route: question for question in questions}
    assert set(asked) == {Route.VALUES, Route.QUANTILE, Route.SCAN}
    assert asked[Route.VALUES].columns == (S, K)
    assert asked[Route.SCAN].metrics == (QuantileOf(of=X, q=0.5),)


def test_only_what_would_change_the_plan_is_probed() -> None:
    metrics: list[Metric] = [
        CountWhere(condition=w.IsNull(K)),
        CountWhere(condition=w.Matches(S, "a")),
        Moments(of=X),
        QuantileOf(of=K, q=0.5),
    ]
    assert worth_probing(metrics, {"": facts(k=KNOWN)}, ABILITY) == {"": (S, K)}
    assert worth_probing(metrics, {"": facts(rows=99)}, ABILITY) == {}
    assert worth_probing(metrics, {}, ABILITY) == {}


def test_packs_hold_few_columns_and_keep_a_column_together() -> None:
    columns = [w.Column(f"c{i}", "BIGINT") for i in range(9)]
    metrics: list[Metric] = [CountWhere(condition=w.IsNull(c)) for c in columns]
    metrics += [Moments(of=c) for c in columns]
    questions = make_plan(metrics, {}, Ability(pack_columns=4)).questions
    assert [len(question.metrics) for question in questions] == [8, 8, 2]
    for question in questions:
        assert len(set(columns_of(tuple(m for m in question.metrics)))) <= 4
    narrow = make_plan(metrics, {}, Ability(pack_columns=20, pack_aggregates=6)).questions
    assert sum(len(question.metrics) for question in narrow) == 18
    assert len(narrow) == 6


def test_what_an_author_reads_rides_with_those_columns() -> None:
    k, x = (CountWhere(condition=w.IsNan(w.Column(name, "DOUBLE"))) for name in ("k", "X"))
    of_x = CountWhere(condition=w.Not(w.SqlCondition("x > 0 AND t.x < 9")))
    of_both = CountWhere(condition=w.IsNull(w.SqlTerm("k + x")))
    unread = CountWhere(condition=w.SqlCondition("SELECT ("))
    assert packs([k, x, of_x], 1, 9) == [(k,), (x, of_x)]
    assert packs([k, x, of_x, unread], 1, 9) == [(k,), (x, of_x), (unread,)]
    assert packs([k, x, of_x, of_both], 2, 9) == [(of_both, k, x, of_x)]


@pytest.mark.parametrize(
    ("metric", "state"),
    [
        (RowCount(), (1000,)),
        (RowCount(where=w.IsNull(K)), None),
        (CountWhere(condition=w.IsNull(K)), (0,)),
        (CountWhere(condition=w.Not(w.IsNull(K))), (1000,)),
        (CountWhere(condition=w.Compare("<", K, w.Lit(-5))), (0,)),
        (CountWhere(condition=w.Compare("<", K, w.Lit(-4))), None),
        (CountWhere(condition=w.Compare("<=", K, w.Lit(1000))), (1000,)),
        (CountWhere(condition=w.Compare("<", K, w.Lit("a"))), None),
        (CountWhere(condition=w.In(K, (w.Lit(-6), w.Lit(1001)))), (0,)),
        (CountWhere(condition=w.In(K, (w.Lit(-6), w.Lit(0)))), None),
        (CountWhere(condition=w.SqlCondition("FALSE")), None),
        (CountWhere(condition=w.Compare(">", X, w.Lit(9e99))), None),
        # SQL compares a decimal with a double as doubles, where 0.1 is 0.1
        (CountWhere(condition=w.Compare(">=", D, w.Lit(0.1))), None),
        (CountWhere(condition=w.Compare(">", D, w.Lit(0.1))), (0,)),
        (Extreme(which="max", of=K), (1000,)),
        (Extreme(which="max", of=K, where=w.IsNull(S)), None),
        (Extreme(which="max", of=X), None),
    ],
)
def test_what_metadata_answers(metric: Metric, state: tuple[object, ...] | None) -> None:
    tenth = ColumnFacts(nulls=1, bounded=True, low=Decimal("0.05"), high=Decimal("0.1"))
    tricky = ColumnFacts(nulls=0, bounded=True, low=0.0, high=1.0)
    assert known(metric, facts(k=KNOWN, d=tenth, x=tricky)) == state
