from __future__ import annotations

import re
import warnings

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dq.expectations.regexes import PythonRegex, checked, engine_spelling, search
from dq.sql.words import Accepted, Column, Matches, Text

TERM = Text(Column("x", "VARCHAR"))


@pytest.mark.parametrize(
    ("pattern", "spelled"),
    [
        ("^a+b*?[^]x]{2,3}$", "^a+b*?[^]x]{2,3}$"),
        (r"(?i)(?P<year>\d{4})(?:-\d\d)?", r"(?i)(?P<year>\d{4})(?:-\d\d)?"),
        (r"\Aa\Z", r"\Aa\z"),
        (r"[\u00e9\b]\U0001F600", r"[\x{00e9}\x08]\x{0001F600}"),
        ("a{,3}", "a{0,3}"),
        (r"\p{Lu}[[:alpha:]]", r"\p{Lu}[[:alpha:]]"),
        (r"\(\?=a[(?=]", r"\(\?=a[(?=]"),
        ("a(?=b)", None),
        ("(?<!a)b", None),
        (r"(a)\1", None),
        ("(?P<q>a)(?P=q)", None),
        ("(?>a)", None),
        ("a*+", None),
        ("(?#note)a", None),
        ("(?x) a", None),
        ("a{1001}", None),
        (r"\N{DIGIT ONE}", None),
    ],
)
def test_what_engines_know(pattern: str, spelled: str | None) -> None:
    assert engine_spelling(pattern) == spelled
    wanted = Accepted(TERM, PythonRegex(pattern)) if spelled is None else Matches(TERM, spelled)
    assert search(TERM, pattern) == wanted


PIECES = r"""
a b ab [ab] [^]a] []] [[] [a-] [\]x] [\b] [\w-] (?:a) (a) (?P<n>a) (?i:A) (?-i:a) (?s:.)
(?=a) (?!a) (?<=a) (?<!a) (?#c) (?>a) (?(1)a|b) (?P=n) \1
* + ? ?? *+ {2} {2,} {,2} {1001} { } | ^ $ . #
\Z \A \d \w \u00e9 \x41 \0 \012 \. \\ \n \N{DIGIT-ONE} \_ \é
"""
PATTERNS = st.lists(st.sampled_from(PIECES.split()), min_size=1, max_size=5).map("".join)


@settings(max_examples=400, deadline=None)
@given(PATTERNS, st.text("abxA1-_.]", max_size=4))
def test_engines_know_just_what_is_spelled_for_them_and_find_the_same(pattern: str, text: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            python = re.compile(pattern)
        except re.error:
            assume(False)
    spelled = engine_spelling(pattern)
    try:
        found = pc.match_substring_regex(pa.array([text]), spelled or pattern)[0].as_py()
    except pa.ArrowInvalid:
        assert spelled is None, (pattern, spelled)
    else:
        assert spelled is not None, pattern
        assert found == (python.search(text) is not None), (pattern, spelled)


def test_a_pattern_for_neither_is_refused() -> None:
    assert checked(r"\p{Lu}+") == r"\p{Lu}+"
    for pattern in ("(", r"\p{Lu}(?=a)", "[z-a]"):
        with pytest.raises(ValueError, match="is no regular expression"):
            checked(pattern)
