"""Words in and out: partitions, parameters, hostile names, narrow terminals, the reference."""

from __future__ import annotations

import click
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cli_lake import AT, DAY, Project
from hypothesis import given
from hypothesis import strategies as st

from dq.cli import reference
from dq.cli.options import parse_params, parse_partition
from dq.lake.manifest import Partition

TEXTS = st.text("aZ05%/=2F \u00e9\n", min_size=1, max_size=8)
"""What folder names escape, what escapes look like, and a little of everything else."""


@pytest.mark.parametrize(
    ("words", "values"),
    [
        ((), {}),
        (("date=2013-02-08",), {"date": "2013-02-08"}),
        (("date=2013-02-08/hour=03",), {"date": "2013-02-08", "hour": "03"}),
        (("date=2013-02-08", "hour=03"), {"date": "2013-02-08", "hour": "03"}),
        (("date=2013-02-08/",), {"date": "2013-02-08"}),
        (("region=EU/West",), {"region": "EU/West"}),
        (("region=EU%2FWest",), {"region": "EU/West"}),
        (("share=50%",), {"share": "50%"}),
        (("formula=a=b",), {"formula": "a=b"}),
    ],
)
def test_partition_words(words: tuple[str, ...], values: dict[str, str]) -> None:
    assert parse_partition(words) == values


@pytest.mark.parametrize("word", ["", "2013-02-08", "=x", "date=", "a=1/b="])
def test_no_partition_words(word: str) -> None:
    with pytest.raises(click.BadParameter, match="Write --partition date=2013-02-08"):
        parse_partition((word,))


@given(st.dictionaries(TEXTS, TEXTS, min_size=1, max_size=3))
def test_partition_words_are_the_inverse_of_a_partitions_name(values: dict[str, str]) -> None:
    assert parse_partition((str(Partition.of(values)),)) == values


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("a=5", 5),
        ("a=0.99", 0.99),
        ("a=true", True),
        ('a=["AA", "B6"]', ["AA", "B6"]),
        ("a=007", "007"),
        ('a="7"', "7"),
        ("a=2013-02-08", "2013-02-08"),
        ("a=NaN", "NaN"),
        ("a=", ""),
        ("a=b=c", "b=c"),
    ],
)
def test_parameter_words(word: str, value: object) -> None:
    assert parse_params((word,)) == {"a": value}


HOSTILE = 'a\x1b[31m"; DROP TABLE x; --\n[bold]<b>|`\u202e'


def hostile_project(project: Project) -> str:
    """A suite and a file whose only column, and one of whose values, are meant to do harm."""
    table = pa.table({HOSTILE: [HOSTILE, "b"]})
    pq.write_table(table, project.root / "hostile.parquet")
    name = "".join(f"\\u{ord(character):04x}" for character in HOSTILE)
    return project.suite(
        f'suite: "h"\ndata: hostile.parquet\nshow: ["{name}"]\n'
        f'columns:\n  "{name}": [{{in_set: [b]}}]\n  "no{name}": [not_null]\n'
    )


@pytest.mark.parametrize("words", [("validate",), ("validate", "-v"), ("run",), ("explain",), ("history",)])
def test_hostile_names_and_values_do_nothing(project: Project, words: tuple[str, ...]) -> None:
    hostile_project(project)
    if words[0] in ("explain", "history"):
        project.dq("run")
    ran = project.dq(*words)
    assert ran.code == {"explain": 0, "history": 0}.get(words[0], 1)
    assert "Traceback" not in ran.err
    for text in (ran.out, ran.err):
        assert {"\x1b", "\u202e", "\r", "\x07"}.isdisjoint(text)


def test_hostile_names_in_json_and_in_errors(project: Project) -> None:
    hostile_project(project)
    ran = project.dq("validate", "--json")
    assert ran.json()["verdicts"][0]["columns"] == [HOSTILE]
    assert ran.out.isascii()
    missing = project.dq("validate", "--data", "\x1bnowhere\x07")
    assert missing.code == 3
    assert missing.err == "dq: \\x1bnowhere\\x07: no such file or folder\n"


def test_eighty_columns_are_enough(project: Project) -> None:
    project.good()
    project.dq("run", *AT)
    project.bad()
    plan = project.dq("rollback", "plan", *AT)
    shown = [
        plan,
        *project.all_of([("run", *AT), ("history",), ("rollback", "status"), ("list",), ("--help",)]),
    ]
    shown += project.all_of([("validate", *AT, "-v"), ("run", "--help"), ("rollback", "plan", "--help")])
    lines = [line for ran in shown for line in ran.out.splitlines()]
    # A path is one word and stays whole, so that it can be copied.
    assert [line for line in lines if len(line) > 80 and " " in line[10:]] == []
    assert [line for line in lines if line != line.rstrip()] == []


def test_the_reference_names_every_verb_and_code() -> None:
    page = reference()
    for verb in ("validate", "run", "publish", "rollback plan", "rollback undo", "explain", "demo"):
        assert f"### `dq {verb}`\n" in page
    assert all(f"\n| {code} | " in page for code in (0, 1, 2, 3, 4, 130))
    assert "\b" not in page
    assert DAY in page
