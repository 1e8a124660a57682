"""Vectors of named formats: examples of the standards, and what is nearly right."""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
from collections.abc import Callable
from typing import get_args

import pyarrow as pa
import pytest
from expectation_cases import ERROR, FAIL, PASS, UNTESTED, Case, check, refusal, table_of, verdict
from hypothesis import given, settings
from hypothesis import strategies as st

from dq.expectations.checksums import Checksum
from dq.expectations.codes import COUNTRIES, CURRENCIES, IBAN_LENGTHS
from dq.expectations.format_rules import FORMATS, IPV6
from dq.expectations.formats import ExpectColumnValuesToMatchFormat, Name

VECTORS: dict[str, tuple[list[str], list[str]]] = {
    "credit_card": (
        [
            "4111111111111111",
            "5555 5555 5555 4444",
            "3782-822463-10005",
            "6011000990139424",
            "30569309025904",
        ],
        ["4111111111111112", "4111 1111  1111 1111", "0000000000000000", "411111111111", "4111111111111111 "],
    ),
    "email": (
        ["a@b.co", "first.last+tag@sub.example.com", "o'hara@example.museum", f"{'a' * 64}@example.org"],
        [
            "a@b",
            "@b.co",
            "a b@c.de",
            "a..b@c.de",
            ".a@c.de",
            "a@-c.de",
            "a@c..de",
            "a@c.de\n",
            "ä@c.de",
            f"{'a' * 65}@example.org",
            f"a@{'b' * 63}.{'c' * 63}.{'d' * 63}.{'e' * 63}.com",
            "a@1.2.3.4",
        ],
    ),
    "gtin": (
        ["4006381333931", "96385074", "036000291452", "00012345600012"],
        ["4006381333932", "9638507", "x"],
    ),
    "hostname": (
        ["example.com", "localhost", "a-b.c1", "xn--bcher-kva.example", f"{'a' * 63}.com"],
        ["-a.com", "a-.com", "a_b.com", "example.com.", "a..b", "1.2.3.4", f"{'a' * 64}.com", "", "ü.de"],
    ),
    "iban": (
        [
            "GB82WEST12345698765432",
            "DE89370400440532013000",
            "NO9386011117947",
            "MT84MALT011000012345MTLCAST001S",
        ],
        [
            "GB82WEST12345698765431",
            "GB82 WEST 1234 5698 7654 32",
            "DE8937040044053201300",
            "gb82WEST12345698765432",
            "US64SVBKUS6S3300958879",
            "XX82WEST12345698765432",
        ],
    ),
    "ip": (["127.0.0.1", "::1"], ["127.0.0.256", "1.2.3", ":::", "1.2.3.4/8"]),
    "ipv4": (["0.0.0.1", "255.255.255.255"], ["01.2.3.4", "1.2.3.4.5", "256.1.1.1", "1.2.3.4 ", "::1"]),
    "ipv6": (
        ["::", "::1", "2001:db8::8a2e:370:7334", "1:2:3:4:5:6:7:8", "::ffff:192.0.2.1", "1::8", "FE80::1"],
        ["1:2:3:4:5:6:7", "1::2::3", "12345::", "fe80::1%eth0", "1:2:3:4:5:6:7:8:9", "[::1]", "1.2.3.4"],
    ),
    "isin": (
        ["US0378331005", "DE000BAY0017", "AU0000XVGZA3"],
        ["US0378331004", "US037833100", "us0378331005"],
    ),
    "iso_country": (["DE", "US", "SS"], ["UK", "de", "DEU", "XK", "", "DE "]),
    "iso_currency": (["EUR", "USD", "XAU", "XCG"], ["eur", "DEM", "EURO", "HRK", "ZWL", "€"]),
    "iso_date": (
        ["2024-02-29", "2000-02-29", "1999-12-31"],
        [
            "2023-02-29",
            "1900-02-29",
            "2024-13-01",
            "2024-00-10",
            "2024-04-31",
            "2024-1-1",
            "20240101",
            "24-01-01",
        ],
    ),
    "iso_datetime": (
        [
            "2024-02-29T23:59",
            "2024-02-29T23:59:59.123Z",
            "2024-02-29T00:00:00+01:00",
            "2024-02-29T10:00:00,5-05",
        ],
        [
            "2024-02-29",
            "2024-02-29 10:00:00",
            "2023-02-29T10:00",
            "2024-02-29T24:00",
            "2024-02-29T10:60",
            "2024-02-29T10:00:00+24:00",
            "2024-02-29T10:00:00 Z",
        ],
    ),
    "lei": (
        ["5493001KJTIIGC8Y1R12", "HWUPKR0MPOU8FGXBT394"],
        ["5493001KJTIIGC8Y1R13", "5493001KJTIIGC8Y1R1"],
    ),
    "mac": (
        ["00:1A:2b:3c:4D:5E", "00-1A-2B-3C-4D-5E"],
        ["00:1A-2B:3C:4D:5E", "001A2B3C4D5E", "00:1A:2B:3C:4D"],
    ),
    "phone_e164": (
        ["+4915112345678", "+6834000", "+14155552671"],
        ["004915112345", "+0123456789", "+12345", "+1234567890123456", "+1 415 555 2671"],
    ),
    "url": (
        [
            "https://example.com",
            "http://localhost:8080/a?b=c&d=%20#e",
            "HTTPS://u:p@1.2.3.4/",
            "ftp://[::1]/x",
        ],
        [
            "example.com",
            "https://",
            "https:///a",
            "https://a b.com",
            "https://a.com/%2",
            "mailto:a@b.co",
            "https://a.com/ü",
            "https://1.2.3.256/",
            "https://a.com:123456/",
            "javascript:alert(1)",
        ],
    ),
    "uuid": (
        [
            "123e4567-e89b-12d3-a456-426614174000",
            "00000000-0000-0000-0000-000000000000",
            "AAAAAAAA-AAAA-AAAA-AAAA-AAAAAAAAAAAA",
        ],
        [
            "123e4567e89b12d3a456426614174000",
            "{123e4567-e89b-12d3-a456-426614174000}",
            "123e4567-e89b-12d3-a456-42661417400g",
        ],
    ),
}


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_vectors(name: str) -> None:
    valid, invalid = VECTORS[name]
    found = verdict([*valid, *invalid, None], {"format": name})
    assert sorted(found.sample) == sorted(invalid)
    assert (found.unexpected, found.considered, found.missing) == (len(invalid), len(valid) + len(invalid), 1)
    assert found.expected == f"written as {name}"


CASES = [
    Case("whole numbers", [4111111111111111, 4111111111111112], {"format": "credit_card"}, FAIL, 1, 0.5),
    Case("dates", [dt.date(2024, 1, 1)], {"format": "iso_date"}, PASS, 0, 1.0),
    Case("all null", pa.table({"x": pa.array([None], pa.string())}), {"format": "iban"}, UNTESTED, 0),
    Case("no rows", pa.table({"x": pa.array([], pa.string())}), {"format": "email"}, UNTESTED, 0),
    Case(
        "filtered", {"x": ["x", "a@b.co"], "y": [1, 2]}, {"format": "email", "where": "y = 2"}, "pass", 0, 1.0
    ),
]


@table_of(CASES)
def test_formats(case: Case) -> None:
    check(case)


def test_other_types_are_refused() -> None:
    assert verdict([1.5], {"format": "email"}).outcome.value == ERROR


@pytest.mark.parametrize("declared", ["format", {"format": "emial"}, {"format": {"name": "email"}}])
def test_impossible_arguments_are_refused(declared: dict[str, object] | str) -> None:
    assert "format" in refusal(declared)


def test_every_format_is_named_described_and_tested() -> None:
    assert list(get_args(Name)) == sorted(FORMATS) == sorted(VECTORS)
    assert all(f"- `{name}`: " in (ExpectColumnValuesToMatchFormat.__doc__ or "") for name in FORMATS)


def test_code_lists_are_whole() -> None:
    assert (len(COUNTRIES), len(CURRENCIES), len(IBAN_LENGTHS)) == (249, 179, 89)
    assert set(IBAN_LENGTHS) - COUNTRIES == {"XK"}
    pytz = pytest.importorskip("pytz")
    assert set(pytz.country_names) == COUNTRIES


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.ip_addresses(v=6).map(str),
        st.lists(st.sampled_from(["1", "ab12", "::", ":", "ffff", "1.2.3.4", "g"]), max_size=12).map("".join),
        st.lists(st.sampled_from(["1", "ab", "", "1.2.3.4"]), min_size=3, max_size=9).map(":".join),
    )
)
def test_ipv6_is_what_python_takes(text: str) -> None:
    assert (re.search(f"^(?:{IPV6})$", text) is not None) == _holds(ipaddress.IPv6Address, text)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 9999), st.integers(0, 13), st.integers(0, 32)), min_size=1, max_size=40)
)
def test_days_are_those_of_the_calendar(days: list[tuple[int, int, int]]) -> None:
    texts = [f"{year:04}-{month:02}-{day:02}" for year, month, day in days]
    bad = sum(not _holds(dt.date.fromisoformat, text) for text in texts)
    found = verdict(pa.table({"x": pa.array(texts, pa.string())}), {"format": "iso_date"})
    assert (found.unexpected or 0) == bad


@given(st.sampled_from(sorted(Checksum.rules())), st.text(max_size=25))
def test_any_text_may_be_asked_for_its_check_digits(rule: str, text: str) -> None:
    assert Checksum(rule).accepts([text]) in ([True], [False])


def _holds(read: Callable[[str], object], text: str) -> bool:
    try:
        read(text)
    except ValueError:
        return False
    return True
