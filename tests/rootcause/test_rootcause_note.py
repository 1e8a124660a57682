from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rootcause_worlds import Flights, World, condition
from sqlglot import exp

from dq.rootcause.causes import explain
from dq.rootcause.checks import Data, FailedCheck
from dq.rootcause.comparison import Comparison, FileChange, FileFact
from dq.rootcause.masking import fenced, key_hash, markdown, shape, visible
from dq.rootcause.model import Cause, CauseKind, Confidence, Count, Explanation
from dq.rootcause.note import Note, State, build_note
from dq.rootcause.stage import InputRun, StageFacts, judge_stage
from dq.verdict import Outcome, Severity, Verdict

HOSTILE = "x|y `z` <img src=x onerror=alert(1)> [a](http://b) *c* _d_\n# e &amp; \x1b[31m \u202e ü"

CAUSE = Cause(
    kind=CauseKind.SEGMENT,
    text="carrier = 'UA'",
    confidence=Confidence.HIGH,
    reason="it holds 98.9 % of the failing rows, hardly any other rows are failing",
    verdicts=("distance-between",),
    inside=Count(2_361, 2_243),
    outside=Count(47_638, 24),
    last_good=Count(2_300, 0),
    partition=Count(49_999, 2_267),
    coverage=2_243 / 2_267,
    same=("carrier_name = 'United'",),
    columns=("carrier",),
    facts=("Without these rows the check would pass.",),
    tried=("carrier", "origin"),
    condition="\"carrier\" = 'UA'",
    failing_condition="distance > 2700",
    since="failing in the same segment of the last good partition: 0 of 2,300 rows",
)


def verdict(name: str = "distance-between", sample: tuple[object, ...] = (3_948,)) -> Verdict:
    return Verdict(
        name,
        "expect_column_values_to_be_between",
        ("distance",),
        Outcome.FAIL,
        Severity.CRITICAL,
        expected="at most 2700",
        considered=49_999,
        unexpected=2_267,
        sample=sample,
    )


def note(
    cause: Cause = CAUSE, show: frozenset[str] = frozenset(), sample: tuple[object, ...] = (3_948,)
) -> Note:
    comparison = Comparison(
        rows=49_999,
        baseline_rows=50_100,
        baseline="date=2013-02-07",
        files=(FileFact(FileChange.NEW, "late.parquet", rows=12, size=900),),
        files_compared=True,
    )
    return build_note(
        dataset="flights",
        partition="date=2013-02-08",
        run_id="run-1",
        verdicts=[verdict(sample=sample)],
        explanation=Explanation((cause,), ("Row count: 49,999, against 50,100.",), {"distance-between": 24}),
        state=State(
            "Rolled back; readers see the bytes of 2013-02-08 as last validated.", "rb-1", ".dq/kept/1"
        ),
        stage=judge_stage(StageFacts(input_run=InputRun("raw_flights", "run-0", "fail", ("speed",)))),
        comparison=comparison,
        commands=["dq rollback status rb-1"],
        show=show,
        relation="read_parquet('lake/flights/**/*.parquet')",
    )


GOLDEN = Path(__file__).parent / "golden_note.md"


def test_golden() -> None:
    assert note().to_markdown() == GOLDEN.read_text(encoding="utf-8").replace(
        "{key}", key_hash(3_948, "run-1")
    )


def test_first_part_is_at_most_twelve_lines() -> None:
    many = Explanation(tuple(CAUSE for _ in range(9)))
    text = build_note(
        dataset="d",
        partition="",
        run_id="r",
        verdicts=[verdict(f"check-{k}") for k in range(30)],
        explanation=many,
        state=State("As before.", quarantine="/kept"),
    ).to_markdown()
    assert len(text.split("\n\n## ")[0].splitlines()) <= 12


def test_json_round_trip() -> None:
    made = note()
    assert Note.from_dict(json.loads(json.dumps(made.to_dict()))) == made
    assert Note.from_dict(json.loads(json.dumps(made.to_dict()))).to_markdown() == made.to_markdown()


def test_newer_note_is_refused() -> None:
    with pytest.raises(ValueError, match="newer dq"):
        Note.from_dict({**note().to_dict(), "version": 99})


def test_says_matches_and_never_caused() -> None:
    text = note().to_markdown().lower()
    assert "caused" not in text
    assert "matches" in text


def test_samples_are_masked_unless_shown() -> None:
    secret = ("Maria.Meier@example.org", 981_223_7)
    masked = note(sample=secret)
    for text in (masked.to_markdown(), json.dumps(masked.to_dict())):
        assert "Maria" not in text
        assert "9812237" not in text
    assert [line.text for line in masked.samples] != []
    assert {line.text for line in masked.samples} == {"Aaaaa.Aaaaa@aaaaaaa.aaa", "9999999"}
    shown = note(sample=secret, show=frozenset({"distance"}))
    assert {line.text for line in shown.samples} == {str(value) for value in secret}


def test_hostile_text_cannot_leave_its_place() -> None:
    cause = Cause(
        **{
            **{
                name: getattr(CAUSE, name) for name in ("kind", "confidence", "reason", "inside", "partition")
            },
            "text": f"name = '{HOSTILE}'",
            "outside": CAUSE.outside,
            "verdicts": (HOSTILE,),
            "same": (HOSTILE,),
            "facts": (HOSTILE,),
            "since": HOSTILE,
            "condition": "\"n\" = '```\n<script>'",
            "failing_condition": "TRUE",
        }
    )
    plain, hostile = note(), note(cause, show=frozenset({"distance"}), sample=(HOSTILE,))
    text = hostile.to_markdown()
    outside_code = text.split("## Reproduce")[0]
    assert "<img" not in outside_code
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "http:" not in outside_code
    assert "[a]" not in outside_code
    headings = [line for line in outside_code.splitlines() if line.startswith("#")]
    assert (
        len(headings) == len([line for line in plain.to_markdown().splitlines() if line.startswith("#")]) - 1
    )
    table = [line for line in text.splitlines() if line.startswith("|")]
    assert all(line.replace("\\|", "").count("|") == 5 for line in table)
    assert "````sql" in text
    assert Note.from_dict(hostile.to_dict()) == hostile


@given(st.text(max_size=40))
def test_markdown_is_one_line_without_tags(text: str) -> None:
    safe = markdown(text)
    assert len(safe.splitlines()) <= 1
    assert not any(safe[k] == "<" and safe[k + 1 : k + 2] not in (" ", "=") for k in range(len(safe)))
    assert safe.replace("\\|", "").count("|") == 0


@given(st.text(max_size=40))
def test_fence_holds(text: str) -> None:
    block = fenced(text, "sql").split("\n")
    fence = block[0].removesuffix("sql")
    assert block[-1] == fence
    assert not any(line.strip().startswith(fence) for line in block[1:-1])


@given(st.text(max_size=60))
def test_shape_keeps_no_letter_or_digit(text: str) -> None:
    kept = shape(text).split("... (")[0]
    if text:
        assert {c for c in kept if c.isalnum()} <= {"A", "a", "9"}


def test_shapes() -> None:
    assert [shape(v) for v in (None, "", "Ab-12", 99.5, "Ü€")] == [
        "NULL",
        "empty text",
        "Aa-99",
        "99.9",
        "A?",
    ]
    assert shape("x" * 120) == "a" * 24 + "... (120 characters)"
    assert key_hash("a", "r1") != key_hash("a", "r2")
    assert visible("a\nb\x00") == "a\\nb\\x00"


def test_same_data_gives_the_same_note(lake: World) -> None:
    flights = Flights.make(
        lake, "SELECT * REPLACE (CASE WHEN origin = 'JFK' THEN NULL ELSE dep_delay END AS dep_delay) FROM day"
    )
    data = Data(exp.to_table("today"), flights.schema, "filename", exp.to_table("before"), flights.schema)
    check = FailedCheck(verdict(), condition("dep_delay IS NULL"))

    def once() -> str:
        return build_note(
            dataset="flights",
            partition="day=8",
            run_id="r",
            verdicts=[check.verdict],
            explanation=explain(lake, data, [check]),
            state=State("As before."),
        ).to_markdown()

    text = once()
    lake.con.execute("CREATE TABLE shuffled AS SELECT * FROM today ORDER BY hash(flight, hour)")
    lake.con.execute("DROP TABLE today")
    lake.con.execute("ALTER TABLE shuffled RENAME TO today")
    assert once() == text


def test_note_and_its_parts_load_no_engine() -> None:
    code = (
        "import sys, dq.rootcause.note, dq.rootcause.render, dq.rootcause.stage, dq.rootcause.scanner\n"
        "heavy = {'duckdb', 'pyarrow', 'numpy', 'pandas', 'sqlglot'} & set(sys.modules)\n"
        "print(sorted(heavy))"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
