"""The same questions to Great Expectations and to dq, and what differs."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd
from gx_oracle import Oracle
from gx_questions import SQL, SQLITE, Question
from gx_rules import rule_of
from recorded_compare import Difference, difference

import dq


def asked(question: Question) -> dict[str, Any]:
    """A question as a suite of Great Expectations."""
    kwargs = {key: value for key, value in question.kwargs.items() if key != "condition_parser"}
    return {"name": "random", "expectations": [{"type": question.name, "kwargs": kwargs}], "meta": {}}


def verdicts(frame: pd.DataFrame, questions: Sequence[Question]) -> list[dq.Verdict | str]:
    """dq's answers: verdicts, or the messages with which questions are refused."""
    found: list[dq.Verdict | str] = []
    loaded: list[dict[str, Any]] = []
    for question in questions:
        try:
            dq.load_suite(asked(question))
        except dq.SuiteError as error:
            found.append(f"refused: {error}")
        else:
            found.append("")
            loaded += asked(question)["expectations"]
    if loaded:
        answers = iter(dq.validate(frame, {"name": "random", "expectations": loaded, "meta": {}}).verdicts)
        found = [answer or next(answers) for answer in found]
    return found


def compared(
    oracle: Oracle, frame: pd.DataFrame, questions: Sequence[Question]
) -> Iterator[tuple[Question, Difference | None, str]]:
    """Every question with the difference between both answers, and the known rule behind it.

    Questions for SQLite are left out where it cannot be asked. The rule is empty when there is none: then
    the difference is a mistake, here or there.
    """
    questions = [question for question in questions if oracle.speaks_sql or question.engine != SQL]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        ours = verdicts(frame, questions)
    batches: dict[str, Any] = {}
    for question, answer in zip(questions, ours, strict=True):
        if question.engine not in batches:
            on_sqlite = question.engine == SQL
            batches[question.engine] = (
                oracle.sqlite(frame[list(SQLITE)]) if on_sqlite else oracle.pandas(frame)
            )
        theirs = oracle.ask(batches[question.engine], question.name, dict(question.kwargs))
        case = {"expectation_type": question.name, "gx": theirs}
        found = difference(case, answer)
        yield question, found, "" if found is None else rule_of(question, frame, found, theirs, answer)
