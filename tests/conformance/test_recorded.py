"""What Great Expectations answered, asked of dq.

Every recorded case of a known expectation type must agree, or stand in the table of deviations with its
reason; a deviation that is none any more fails as well.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest
import recorded_cases as recorded
from recorded_deviations import DEVIATIONS, MIXED, REASONS

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
    found = {c["id"]: recorded.difference(c, answers[c["id"]]) for c in CASES[name] if c["id"] in answers}
    differing = {case: difference for case, difference in found.items() if difference}
    unlisted = {case: words for case, words in differing.items() if case not in DEVIATIONS}
    agreeing = [c["id"] for c in CASES[name] if c["id"] in DEVIATIONS and c["id"] not in differing]
    assert unlisted == {}
    assert agreeing == []
    assert [c["id"] for c in CASES[name] if c["id"] not in answers and c["id"] not in MIXED] == []


def test_enough_is_compared() -> None:
    assert sum(map(len, CASES.values())) >= 500


def test_a_case_has_one_reason() -> None:
    assert sum(map(len, REASONS.values())) == len(DEVIATIONS)
