from __future__ import annotations

import pyarrow as pa
import pytest
from expectation_cases import ERROR, FAIL, PASS, UNTESTED, Case, check, refusal, table_of, verdict

from dq.expectations.pii_rules import Contains

VISA, IBAN = "4111 1111 1111 1111", "DE89 3704 0044 0532 0130 00"
FOUND = {
    "credit_card": [
        VISA,
        "paid with 4111111111111111.",
        "378282246310005",
        "5555-5555-5555-4444",
        "2024 4111 1111 1111 1111",
        "4111111111111111 2025",
    ],
    "email": ["a@b.co", "write to <first.last@example.com>.", "a@b.co,c@d.eu", "mailto:a@b.co"],
    "iban": [
        IBAN,
        "IBAN:GB82WEST12345698765432",
        "REF AB12 3456 7890 1234 GB82WEST12345698765432",
        f"{IBAN} THANKS",
    ],
    "ip": [
        "10.0.0.1",
        "from 192.168.1.1:8080",
        "ends 8.8.8.8.",
        "2001:db8::8a2e:370:7334",
        "[2001:db8:0:1::1]:80",
    ],
    "phone": ["+49 30 1234567", "+49 (0)30 1234567", "call +14155552671", "(415) 555-2671", "415-555-2671"],
    "us_ssn": ["123-45-6789", "SSN: 899-99-9999."],
}
NOT_FOUND = {
    "credit_card": [
        "4111111111111112",
        "1234567812345670",
        "order 94111111111111111",
        "4111111111111111000000",
        "A4111111111111111",
        "0.4111111111111111",
        "20240101120000",
        "x",
        "4111  1111  1111  1111",
    ],
    "email": ["a@b", "@home", "a at b.co", "user@localhost", "@b.co", "a@"],
    "iban": [
        "DE89370400440532013001",
        "DE893704004405320130001",
        "ABCD1234567890123456",
        "XDE89370400440532013000",
    ],
    "ip": [
        "1.2.3",
        "1.2.3.4.5",
        "256.1.1.1",
        "12:30:45",
        "12:30:45:000",
        "00:1A:2B:3C:4D:5E",
        "std::vector",
        "v1.2.3.4",
    ],
    "phone": ["4155552671", "2024-01-01", "123-456-7890", "1+23456789", "+1 2", "2024-01-01T10:00:00+0100"],
    "us_ssn": [
        "000-12-3456",
        "666-12-3456",
        "900-12-3456",
        "123-00-4567",
        "123-45-0000",
        "123456789",
        "1123-45-6789",
    ],
}


@pytest.mark.parametrize("kind", sorted(FOUND))
def test_kinds(kind: str) -> None:
    values = [*FOUND[kind], *NOT_FOUND[kind], None]
    found = verdict(values, {"no_pii": kind})
    assert sorted(found.sample) == sorted(FOUND[kind])
    assert (found.unexpected, found.details) == (len(FOUND[kind]), {kind: len(FOUND[kind])})
    assert (found.expected, found.missing) == (f"no {kind}", 1)


TWO, BOTH = f"a@b.co {VISA}", {"email": 2, "credit_card": 1}
CASES = [
    Case("clean", ["Berlin", "order 17", "", None], "no_pii", PASS, 0, 1.0, {"details": {}, "missing": 1}),
    Case("several", [TWO, "a@b.co", "x"], "no_pii", FAIL, 2, 1 / 3, {"details": BOTH}),
    Case("what is asked", [TWO, VISA], {"no_pii": ["email", "ip"]}, FAIL, 1, 0.5, {"details": {"email": 1}}),
    Case("words", ["x"], "no_pii", PASS, 0, 1.0, {"expected": "no personal data"}),
    Case("mostly", ["x", "a@b.co"], {"no_pii": {}, "mostly": 0.5}, PASS, 1, 0.5),
    Case("whole numbers", [4111111111111111, 17], "no_pii", FAIL, 1, 0.5),
    Case("filtered", {"x": ["a@b.co", "x"], "y": [1, 2]}, {"no_pii": {}, "where": "y = 2"}, PASS, 0, 1.0),
    Case("all null", pa.table({"x": pa.array([None], pa.string())}), "no_pii", UNTESTED, 0),
    Case("no rows", pa.table({"x": pa.array([], pa.string())}), "no_pii", UNTESTED, 0),
]


@table_of(CASES)
def test_no_pii(case: Case) -> None:
    check(case)


def test_other_types_are_refused() -> None:
    assert verdict([1.5], "no_pii").outcome.value == ERROR


@pytest.mark.parametrize("declared", [{"no_pii": []}, {"no_pii": "names"}, {"no_pii": ["email", 5]}])
def test_impossible_arguments_are_refused(declared: dict[str, object]) -> None:
    assert "kinds" in refusal(declared)


def test_most_order_numbers_are_no_cards() -> None:
    orders = [str(10**15 + i * 104_729 * 15_485_863 % (9 * 10**15)) for i in range(10_000)]
    assert sum(Contains("credit_card").accepts(orders)) < 300
