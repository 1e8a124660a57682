"""What Great Expectations answered, asked of dq.

Every recorded case must agree, or stand in the table of deviations with its reason; a deviation that is none
any more fails as well.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest
import recorded_cases as recorded
from recorded_compare import difference
from recorded_deviations import DEVIATIONS, NOT_APPLICABLE, REASONS

from dq.expectations import vocabulary

pytestmark = pytest.mark.skipif(
    not recorded.CASES.exists(), reason="recorded cases are not there; DQ_CONFORMANCE may name their folder"
)


def by_type() -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for case in recorded.cases():
        if case["expectation_type"] in vocabulary():
            found[case["expectation_type"]].append(case)
    return dict(found)


CASES = by_type()


@pytest.mark.parametrize("name", sorted(CASES))
def test_answers_agree_but_for_the_listed_deviations(name: str) -> None:
    answers = recorded.answers(CASES[name])
    found = {
        case["id"]: difference(case, answers[case["id"]]) for case in CASES[name] if case["id"] in answers
    }
    differing = {case: what.words for case, what in found.items() if what is not None}
    unlisted = {case: words for case, words in differing.items() if case not in DEVIATIONS}
    agreeing = [case for case in found if case in DEVIATIONS and case not in differing]
    assert unlisted == {}
    assert agreeing == [], "they agree now: take them out of the table"
    assert [case["id"] for case in CASES[name] if case["id"] not in (*answers, *DEVIATIONS)] == []


def test_enough_is_compared() -> None:
    assert sum(map(len, CASES.values())) >= 500


def test_a_case_has_one_reason() -> None:
    listed = sum(map(len, REASONS.values())) + sum(map(len, NOT_APPLICABLE.values()))
    assert listed == len(DEVIATIONS)
