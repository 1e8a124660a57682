"""Random frames and questions, to Great Expectations and to dq. `make conformance` asks more of them."""

from __future__ import annotations

from typing import Any

import gx_questions as questions
import pandas as pd
import pytest
from gx_differential import compared
from gx_oracle import Oracle
from gx_rules import RULES
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dq.expectations import vocabulary

pytest.importorskip("great_expectations", reason="the extra [gx] is not installed")

if int(pd.__version__.partition(".")[0]) < 3:
    pytest.skip("before pandas 3 an empty column of text has no type to compare", allow_module_level=True)

NAMES = sorted(questions.ASKED)
GROUPS = 6


@pytest.fixture(scope="module")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Oracle:
    return Oracle(tmp_path_factory.mktemp("oracle"))


def test_every_type_is_asked() -> None:
    known = {cls.type for cls in vocabulary().values() if cls.in_gx}
    assert known == {*questions.ASKED, *questions.NOT_ASKED}


@pytest.mark.parametrize("group", range(GROUPS))
@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],  # to shrink a difference takes minutes; it is small as it is
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(frame=questions.frames(), data=st.data())
def test_dq_answers_as_great_expectations_does(
    oracle: Oracle, group: int, frame: pd.DataFrame, data: st.DataObject
) -> None:
    asked = [data.draw(questions.questions(name)) for name in NAMES[group::GROUPS]]
    for question, difference, rule in compared(oracle, frame, asked):
        assert difference is None or rule, (question, difference, frame.to_dict("list"))


@pytest.mark.parametrize(
    ("name", "kwargs", "frame", "rule"),
    [
        (
            "expect_column_values_to_match_json_schema",
            {"column": "s", "json_schema": {"type": "object"}},
            {"s": ["{}", "a"]},
            "text that is no JSON fits no schema; there it is an exception",
        ),
        (
            "expect_column_values_to_be_between",
            {"column": "s", "min_value": "2024-01-03"},
            {"s": ["2024-01-04", "b"]},
            "text has an order; there bounds of text are taken for dates or refused",
        ),
        (
            "expect_column_quantile_values_to_be_between",
            {"column": "i", "quantile_ranges": {"quantiles": [0.9], "value_ranges": [[5, 5]]}},
            {"i": [1, 2, 3, 4, 5, 6]},
            "quantiles follow SQL's percentile_disc, pandas takes the nearest rank",
        ),
        (
            "expect_column_values_to_be_of_type",
            {"column": "b", "type_": "str"},
            {"b": [None, None]},
            "types are those of the column; pandas looks at each value of an object column",
        ),
    ],
)
def test_rules_are_needed(
    oracle: Oracle, name: str, kwargs: dict[str, Any], frame: dict[str, list[Any]], rule: str
) -> None:
    question = questions.Question(name, kwargs, questions.PANDAS)
    ((_, difference, found),) = compared(oracle, pd.DataFrame(frame), [question])
    assert rule in RULES
    assert difference is not None
    assert found == rule
