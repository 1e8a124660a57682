"""`dq list`: search, one in full, names of other tools."""

from __future__ import annotations

import re

import pytest
from cli_lake import Project

from dq.expectations import vocabulary


def test_all_of_them(project: Project) -> None:
    found = project.dq("list", "--json").json()["expectations"]
    assert len(found) == len(vocabulary())
    assert [(one["level"], one["short"]) for one in found] == sorted(
        (one["level"], one["short"]) for one in found
    )
    shown = project.dq("list").out
    assert all(re.search(rf"^ +{name}$", shown, re.MULTILINE) for name in vocabulary())


def test_a_word_is_searched_in_names_and_text(project: Project) -> None:
    shown = project.dq("list", "fan").out
    assert "expect_no_fan_out" in shown
    assert "expect_column_values_to_be_in_set" not in shown


def test_a_name_is_shown_in_full(project: Project) -> None:
    shown = project.dq("list", "regex").out
    assert "unexpected    without the pattern" in shown
    assert re.search(r"^mostly +number +1 ", shown, re.MULTILINE)
    assert ".hasPattern(" in shown
    assert re.search(r"^see also: .*not_regex", shown, re.MULTILINE)
    (found,) = project.dq("list", "regex", "--json").json()["expectations"]
    assert (found["type"], found["cost"]) == ("expect_column_values_to_match_regex", "scan")
    assert found["arguments"][0] == {
        "name": "regex",
        "aliases": [],
        "type": "text",
        "required": True,
        "default": "",
        "about": "Regular expression, searched for anywhere in the value.",
    }
    by_type = project.dq("list", "EXPECT_COLUMN_VALUES_TO_MATCH_REGEX").out
    assert by_type.startswith("regex  on a column")


def test_a_short_name_of_both_levels_shows_both(project: Project) -> None:
    found = project.dq("list", "unique", "--json").json()["expectations"]
    assert [one["level"] for one in found] == ["column", "table"]


@pytest.mark.parametrize(
    ("tool", "word", "short"),
    [
        ("dqdl", "iscomplete", "not_null"),
        ("soda", "missing_count", "not_null"),
        ("dbt", "accepted_values", "in_set"),
        ("deequ", "hasSize", "row_count"),
        ("gx", "values_to_match_regex", "regex"),
    ],
)
def test_names_of_other_tools(project: Project, tool: str, word: str, short: str) -> None:
    found = project.dq("list", "--from", tool, word, "--json").json()["expectations"]
    assert short in [one["short"] for one in found]
    assert short in project.dq("list", "--from", tool, word).out


def test_nothing_is_said_kindly(project: Project) -> None:
    ran = project.dq("list", "betwen")
    assert (ran.code, ran.out) == (0, "")
    assert "Did you mean 'between'?" in ran.err
    assert "dq list --from soda" in project.dq("list", "--from", "soda", "nope").err
    assert project.dq("list", "--from", "pandera").code == 2
