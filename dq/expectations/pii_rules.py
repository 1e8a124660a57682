"""How personal data is recognised inside a text. Each kind is a shape, and check digits where it has some.

A shape is asked by the engine; what it lets through is looked at in Python where more than a shape is
needed. Precision goes before completeness: a rule that calls every order number a card is switched off.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from dq.expectations.checksums import iban, luhn
from dq.expectations.codes import IBAN_LENGTHS
from dq.expectations.format_rules import EMAIL, IPV4
from dq.sql.words import Accepted, And, Condition, Matches, Or, Term

_START, _END = r"(?:^|[^0-9A-Za-z_.+-])", r"(?:$|[^0-9A-Za-z_-])"
_EMAIL = rf"{_START}{EMAIL}{_END}"
_AREA = "(?:00[1-9]|0[1-9][0-9]|[1-57-8][0-9]{2}|6[0-57-9][0-9]|66[0-57-9])"
_SERIAL = "(?:000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})"
_US_SSN = rf"{_START}{_AREA}-(?:0[1-9]|[1-9][0-9])-{_SERIAL}{_END}"
_ABROAD = r"\+[1-9](?:[ .-]?\(?[0-9]\)?){6,14}"
_NANP = r"(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}[ .-])[2-9][0-9]{2}[ .-][0-9]{4}"
_PHONE = rf"(?:^|[^0-9A-Za-z_.+-])(?:{_ABROAD}|{_NANP})(?:$|[^0-9A-Za-z_-])"
_IPV4 = rf"(?:^|[^0-9A-Za-z_.-]){IPV4}(?:$|[^0-9A-Za-z_.-]|\.(?:$|[^0-9]))"
_IPV6 = r"(?:[0-9A-Fa-f]{0,4}:){3,7}[0-9A-Fa-f]{0,4}"
_CARD = r"[1-9](?:[ -]?[0-9]){11,18}"
_IBAN = r"[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]){11,30}"

_ISSUERS = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})"  # Visa
    r"|(?:5[1-5]\d{2}|222[1-9]|22[3-9]\d|2[3-6]\d{2}|27[01]\d|2720)\d{12}"  # Mastercard
    r"|3[47]\d{13}"  # American Express
    r"|(?:6011|64[4-9]\d|65\d{2})\d{12}"  # Discover
    r"|35(?:2[89]|[3-8]\d)\d{12}"  # JCB
    r"|3(?:0[0-5]|[689]\d)\d{11}"  # Diners Club
    r"|62\d{14,17}"  # UnionPay
)
_DIGITS = re.compile(r"(?<![0-9A-Za-z_.,+-])[0-9]+(?:[ -][0-9]+)*(?![0-9A-Za-z_])")
_GROUP = re.compile("[0-9]+")
_IBAN_STARTS = re.compile(rf"(?<![0-9A-Za-z_])(?={_IBAN})")
_IPV6_ALONE = re.compile(rf"(?<![0-9A-Za-z:.]){_IPV6}(?![0-9A-Za-z:])")
_LONGEST_CARD = 19


def _has_card(text: str) -> bool:
    """Whether neighbouring groups of digits make a card number."""
    return any(_is_card(digits) for run in _DIGITS.finditer(text) for digits in _joined(run.group()))


def _joined(run: str) -> Iterator[str]:
    """The digits of one group, of it and the next, and so on, from each group on."""
    groups = _GROUP.findall(run)
    for start in range(len(groups)):
        digits = ""
        for group in groups[start:]:
            digits += group
            if len(digits) > _LONGEST_CARD:
                break
            yield digits


def _is_card(digits: str) -> bool:
    return _ISSUERS.fullmatch(digits) is not None and luhn(digits)


def _has_iban(text: str) -> bool:
    """Whether a number of the length of its country stands somewhere, with blanks or without."""
    for found in _IBAN_STARTS.finditer(text):
        start = found.start()
        length = IBAN_LENGTHS.get(text[start : start + 2])
        if length is None:
            continue
        cut = re.compile(rf"[A-Z0-9](?: ?[A-Z0-9]){{{length - 1}}}(?![A-Za-z0-9])").match(text, start)
        if cut and iban(cut.group().replace(" ", "")):
            return True
    return False


def _has_ipv6(text: str) -> bool:
    return any(_is_ipv6(found.group()) for found in _IPV6_ALONE.finditer(text))


def _is_ipv6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


_RULES: Mapping[str, Callable[[str], bool]] = {"credit_card": _has_card, "iban": _has_iban, "ip": _has_ipv6}


@dataclass(frozen=True)
class Contains:
    """Texts in which something of a kind stands that passes its check."""

    kind: str

    def accepts(self, values: Sequence[str]) -> list[bool]:
        """Looked through one by one."""
        return [_RULES[self.kind](value) for value in values]


def _shaped(pattern: str) -> Callable[[Term], Condition]:
    return lambda term: Matches(term, pattern)


def _checked(pattern: str, kind: str) -> Callable[[Term], Condition]:
    return lambda term: And((Matches(term, pattern), Accepted(term, Contains(kind))))


KINDS: Mapping[str, Callable[[Term], Condition]] = {
    "credit_card": _checked(_CARD, "credit_card"),
    "email": _shaped(_EMAIL),
    "iban": _checked(_IBAN, "iban"),
    "ip": lambda term: Or((Matches(term, _IPV4), _checked(_IPV6, "ip")(term))),
    "phone": _shaped(_PHONE),
    "us_ssn": _shaped(_US_SSN),
}
"""Per kind: the condition that a text term contains it."""
