"""Words and numbers for people."""

from __future__ import annotations

import datetime as dt
import unicodedata
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dq.report import text
from dq.verdict import Outcome, Severity, Verdict


@pytest.mark.parametrize(
    ("item", "shown"),
    [
        (None, "nothing"),
        (True, "yes"),
        (1234567, "1,234,567"),
        (0.99821437, "0.998214"),
        (883.0, "883"),
        (1e300, "1e+300"),
        (float("nan"), "NaN"),
        (float("-inf"), "-infinity"),
        (Decimal("1234.50"), "1,234.50"),
        (Decimal("NaN"), "NaN"),
        (dt.date(2013, 2, 8), "2013-02-08"),
        (dt.datetime(2013, 2, 8, 3, 15), "2013-02-08 03:15:00"),
        (["a", "b"], "a, b"),
        (list(range(12)), "0, 1, 2, 3, 4, ... (12)"),
        ([], "nothing"),
        ({"nan": 3}, "nan: 3"),
        ("two\nlines\x1b[31m", "two\\nlines\\x1b[31m"),
    ],
)
def test_value(item: Any, shown: str) -> None:
    assert text.value(item) == shown


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [
        (0, 10, "0 %"),
        (10, 10, "100 %"),
        (12, 883, "1.36 %"),
        (1, 1_000_000, "0.0001 %"),
        (999_999, 1_000_000, "99.9999 %"),
        (1, 10**10, "< 0.000001 %"),
        (10**10 - 1, 10**10, "> 99.999999 %"),
    ],
)
def test_share(part: int, whole: int, shown: str) -> None:
    assert text.share(part, whole) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.418, "0.42 s"), (12.4, "12 s"), (185.2, "3 min 05 s"), (7200, "120 min 00 s")],
)
def test_duration(seconds: float, shown: str) -> None:
    assert text.duration(seconds) == shown


@given(st.text(max_size=300))
def test_plain_text_is_one_printable_line(shown: str) -> None:
    got = text.plain(shown)
    assert not {unicodedata.category(character) for character in got} & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    assert len(got.splitlines()) <= 1
    assert not set(got) & set("\x1b\x00\r\n\u202e\u2066\u200b")


@pytest.mark.parametrize(
    ("outcome", "changes", "shown"),
    [
        (Outcome.FAIL, {"unexpected": 24, "considered": 880}, "24 of 880 rows (2.73 %)"),
        (Outcome.PASS, {"unexpected": 0, "considered": 1}, "none of 1 row"),
        (
            Outcome.FAIL,
            {"unexpected": 1, "considered": 2, "details": {"nan": 1}},
            "1 of 2 rows (50.00 %), 1 NaN",
        ),
        (Outcome.FAIL, {"observed": 442}, "442"),
        (Outcome.FAIL, {"observed": None}, "nothing"),
        (Outcome.ERROR, {"reason": "no column 'x'", "observed": 3}, "no column 'x'"),
        (Outcome.UNTESTED, {}, "untested"),
    ],
)
def test_found(outcome: Outcome, changes: dict[str, Any], shown: str) -> None:
    assert text.found(Verdict("a", "expect_a", (), outcome, Severity.CRITICAL, **changes)) == shown
