"""Check digits, which SQL cannot compute: Luhn, and modulo 97."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from dq.expectations.codes import IBAN_LENGTHS

_DOUBLED = str.maketrans("0123456789", "0246813579")
"""Digits doubled, and the digits of that added up."""


def luhn(digits: str) -> bool:
    """Whether the last digit is right by ISO/IEC 7812-1, annex B. ASCII digits only, at least one.

    Raises:
        ValueError: it holds something else.
    """
    if not (digits.isascii() and digits.isdigit()):
        raise ValueError("digits only")
    summed = digits[::-2] + digits[-2::-2].translate(_DOUBLED)
    return (sum(summed.encode()) - 48 * len(summed)) % 10 == 0  # 48 is the code of "0"


def numbered(text: str) -> str:
    """Letters as 10 to 35, digits as they are."""
    return "".join(str(int(character, 36)) for character in text)


def card(text: str) -> bool:
    """A card number, plain or in groups with blanks or hyphens between."""
    return luhn(text.replace(" ", "").replace("-", ""))


def iban(text: str) -> bool:
    """An IBAN without blanks: the length of its country, and modulo 97 (ISO 13616, ISO/IEC 7064)."""
    return len(text) == IBAN_LENGTHS.get(text[:2]) and int(numbered(text[4:] + text[:4])) % 97 == 1


def isin(text: str) -> bool:
    """A securities number of ISO 6166: Luhn over its letters as numbers."""
    return luhn(numbered(text))


def lei(text: str) -> bool:
    """A legal entity number of ISO 17442: modulo 97."""
    return int(numbered(text)) % 97 == 1


def gtin(text: str) -> bool:
    """A trade item number of GS1: weights of 1 and 3 from the right, modulo 10."""
    return sum(int(digit) * (1 + 2 * (i % 2)) for i, digit in enumerate(reversed(text))) % 10 == 0


_RULES: Mapping[str, Callable[[str], bool]] = {
    "credit_card": card,
    "gtin": gtin,
    "iban": iban,
    "isin": isin,
    "lei": lei,
}


@dataclass(frozen=True)
class Checksum:
    """Texts whose check digits are right by a rule of this module, by its name.

    A text is asked only if it has the shape; any other is not accepted.
    """

    rule: str

    @staticmethod
    def rules() -> tuple[str, ...]:
        """The names of the rules."""
        return tuple(_RULES)

    def accepts(self, values: Sequence[str]) -> list[bool]:
        """Computed one by one."""
        rule = _RULES[self.rule]
        return [_holds(rule, value) for value in values]


def _holds(rule: Callable[[str], bool], value: str) -> bool:
    try:
        return value.isascii() and rule(value)
    except ValueError:  # no letter or digit
        return False
