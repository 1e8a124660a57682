"""What the named formats mean, in words that engines know.

Patterns are strict regular expressions, without look-around, and ASCII throughout.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dq.expectations.checksums import Checksum
from dq.expectations.codes import COUNTRIES, CURRENCIES
from dq.sql.words import Accepted, And, Compare, Condition, In, Length, Lit, Matches, Or, Term

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_TOP = "[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_BYTE = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
IPV4 = rf"{_BYTE}(?:\.{_BYTE}){{3}}"
_H16 = "[0-9A-Fa-f]{1,4}"
_LS32 = f"(?:{_H16}:{_H16}|{IPV4})"


def _ipv6() -> str:
    """All shapes: eight groups, or fewer around one `::`, with an IPv4 address as the last two if wanted."""
    shapes = [f"(?:{_H16}:){{6}}{_LS32}"]
    for after in range(5, -1, -1):  # groups between `::` and the last two
        before = f"(?:(?:{_H16}:){{0,{4 - after}}}{_H16})?" if after < 5 else ""
        shapes.append(f"{before}::(?:{_H16}:){{{after}}}{_LS32}")
    shapes += [f"(?:(?:{_H16}:){{0,5}}{_H16})?::{_H16}", f"(?:(?:{_H16}:){{0,6}}{_H16})?::"]
    return f"(?:{'|'.join(shapes)})"


IPV6 = _ipv6()
HOSTNAME = rf"(?:{_LABEL}\.)*{_TOP}"
DOMAIN = rf"(?:{_LABEL}\.)+{_TOP}"
EMAIL = rf"{_ATOM}(?:\.{_ATOM})*@{DOMAIN}"
_SAFE = r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*"
_USER = r"(?:(?:[A-Za-z0-9._~!$&'()*+,;=:-]|%[0-9A-Fa-f]{2})*@)?"
_PORT = "(?::[0-9]{0,5})?"
_URL = rf"(?i:https?|ftp)://{_USER}(?:{HOSTNAME}|{IPV4}|\[{IPV6}\]){_PORT}(?:[/?]{_SAFE})?(?:#{_SAFE})?"
_LEAP = "(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)"
_DAY = (
    "(?:[0-9]{4}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)"
    f"|(?:0[13578]|1[02])-31)|{_LEAP}-02-29)"
)
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.,][0-9]+)?)?"
_ZONE = "(?:Z|[+-](?:[01][0-9]|2[0-3])(?::?[0-5][0-9])?)?"
_PAIR = "[0-9A-Fa-f]{2}"


@dataclass(frozen=True)
class Format:
    """A format that values may have.

    Attributes:
        means: what it is and which standard it comes from, for the reference.
        valid: the condition on a term.
    """

    means: str
    valid: Callable[[Term], Condition]


def _whole(pattern: str) -> Callable[[Term], Condition]:
    return lambda term: Matches(term, f"^(?:{pattern})$")


def _short(pattern: str, most: int, *more: str) -> Callable[[Term], Condition]:
    """A pattern for the whole value, of so many characters at most, and patterns found in it."""

    def valid(term: Term) -> Condition:
        shapes = tuple(Matches(term, each) for each in (f"^(?:{pattern})$", *more))
        return And((*shapes, Compare("<=", Length(term), Lit(most))))

    return valid


def _coded(codes: frozenset[str]) -> Callable[[Term], Condition]:
    values = tuple(Lit(code) for code in sorted(codes))
    return lambda term: In(term, values)


def _checked(pattern: str, rule: str) -> Callable[[Term], Condition]:
    return lambda term: And((Matches(term, f"^(?:{pattern})$"), Accepted(term, Checksum(rule))))


def _ip(term: Term) -> Condition:
    return Or((Matches(term, f"^{IPV4}$"), Matches(term, f"^{IPV6}$")))


FORMATS: Mapping[str, Format] = {
    "credit_card": Format(
        "a card number of 12 to 19 digits, plain or with blanks or hyphens between; Luhn (ISO/IEC 7812)",
        _checked("[1-9](?:[ -]?[0-9]){11,18}", "credit_card"),
    ),
    "email": Format(
        "dot-atom, `@`, a domain of two labels or more (RFC 5321, RFC 5322); no quotes, no Unicode",
        _short(EMAIL, 254, "^[^@]{1,64}@"),
    ),
    "gtin": Format(
        "a trade item number of 8, 12, 13 or 14 digits, as EAN and UPC; check digit (GS1)",
        _checked("[0-9]{8}|[0-9]{12,14}", "gtin"),
    ),
    "hostname": Format(
        "labels of letters, digits and hyphens, dots between; the last starts with a letter (RFC 1123)",
        _short(HOSTNAME, 253),
    ),
    "iban": Format(
        "an account number without blanks; length of its country, modulo 97 (ISO 13616)",
        _checked("[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}", "iban"),
    ),
    "ip": Format("`ipv4` or `ipv6`", _ip),
    "ipv4": Format("four numbers up to 255 without leading zeros (RFC 3986, 3.2.2)", _whole(IPV4)),
    "ipv6": Format("every form of an IPv6 address, without a zone (RFC 4291, RFC 3986)", _whole(IPV6)),
    "isin": Format(
        "a securities number: two letters, nine characters, check digit (ISO 6166)",
        _checked("[A-Z]{2}[A-Z0-9]{9}[0-9]", "isin"),
    ),
    "iso_country": Format("a country of two capital letters (ISO 3166-1 alpha-2)", _coded(COUNTRIES)),
    "iso_currency": Format(
        "a currency, fund or metal of three capital letters (ISO 4217, mid-2025)",
        _coded(CURRENCIES),
    ),
    "iso_date": Format("`2024-02-29`, a day of the calendar (ISO 8601, extended form)", _whole(_DAY)),
    "iso_datetime": Format(
        "`2024-02-29T12:30:00.5+01:00`; seconds, fraction and zone may be missing (ISO 8601, extended form)",
        _whole(f"{_DAY}T{_CLOCK}{_ZONE}"),
    ),
    "lei": Format(
        "a legal entity number: 18 letters and digits, two check digits (ISO 17442)",
        _checked("[A-Z0-9]{18}[0-9]{2}", "lei"),
    ),
    "mac": Format(
        "six pairs of hexadecimal digits, all with colons or all with hyphens between (IEEE 802, EUI-48)",
        _whole(f"{_PAIR}(?::{_PAIR}){{5}}|{_PAIR}(?:-{_PAIR}){{5}}"),
    ),
    "phone_e164": Format("`+` and 7 to 15 digits, no blanks (ITU-T E.164)", _whole(r"\+[1-9][0-9]{6,14}")),
    "url": Format(
        "an absolute URL of http, https or ftp, with a host; no blanks, no Unicode (RFC 3986)", _whole(_URL)
    ),
    "uuid": Format(
        "32 hexadecimal digits as 8-4-4-4-12, any version, any case (RFC 9562)",
        _whole("[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"),
    ),
}
"""Format by name."""
