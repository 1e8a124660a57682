"""What a terminal shows, character by character."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import pytest
from rich.console import Console, RenderableType

from dq.baselines import History, HistoryRow
from dq.lake.manifest import Partition
from dq.report.terminal import history_view, new_console, result_view, rollback_view
from dq.result import Result, Status
from dq.verdict import Outcome, Severity, Verdict

FEB_8 = Partition.parse("date=2013-02-08")
START = dt.datetime(2013, 2, 8, tzinfo=dt.timezone.utc)


def verdict(name: str, outcome: Outcome, column: str = "", **changes: Any) -> Verdict:
    columns = (column,) if column else ()
    return Verdict(name, "expect_x", columns, outcome, **({"severity": Severity.CRITICAL} | changes))


VERDICTS = (
    verdict("a-not_null", Outcome.PASS, "a", expected="not null", unexpected=0, considered=880),
    verdict("b-unique", Outcome.UNTESTED, "b", expected="unique", reason="every value is null"),
    verdict(
        "delay-between",
        Outcome.FAIL,
        "delay",
        severity=Severity.WARNING,
        expected="between -60 and 1800",
        unexpected=3,
        considered=1880,
    ),
    verdict("row_count", Outcome.FAIL, expected="between 600 and 1400", observed=442),
    verdict("sane", Outcome.ERROR, "c", expected="over 0", reason="column 'c' does not exist"),
    verdict("b-not_null", Outcome.PASS, "b", expected="not null", unexpected=0, considered=880),
)


def result(verdicts: tuple[Verdict, ...] = VERDICTS, **changes: Any) -> Result:
    plain: dict[str, Any] = {
        "suite": "flights",
        "suite_hash": "",
        "partition": FEB_8,
        "location": "/lake",
        "status": Status.FAIL,
        "rows": 1883,
        "started": START,
        "seconds": 0.25,
        "engine": "duckdb 2.0.0",
        "queries": 2,
    }
    return Result(verdicts=verdicts, **(plain | changes))


def shown(view: RenderableType, width: int = 80) -> list[str]:
    file = io.StringIO()
    new_console(file, width=width).print(view)
    return [line.rstrip() for line in file.getvalue().splitlines()]


def test_a_result_in_80_columns() -> None:
    assert shown(result_view(result())) == [
        "FAIL  flights  date=2013-02-08",
        "6 expectations (2 pass, 2 fail, 1 error, 1 untested), 1,883 rows, 0.25 s, duckdb",
        "2.0.0",
        "",
        "fail      row_count  critical",
        "          expected  between 600 and 1400",
        "          found     442",
        "fail      delay-between  warning",
        "          expected  between -60 and 1800",
        "          found     3 of 1,880 rows (0.16 %)",
        "error     sane",
        "          column    c",
        "          expected  over 0",
        "          because   column 'c' does not exist",
        "untested  b-unique",
        "          expected  unique",
        "          because   every value is null",
        "",
        "pass      2 expectations",
    ]


def test_a_result_in_120_columns_with_every_pass() -> None:
    assert shown(result_view(result(), verbose=True), 120)[3:] == [
        "          expectation    column  expected              found                      severity",
        "fail      row_count              between 600 and 1400  442                        critical",
        "fail      delay-between  delay   between -60 and 1800  3 of 1,880 rows (0.16 %)   warning",
        "error     sane           c       over 0                column 'c' does not exist",
        "untested  b-unique       b       unique                every value is null",
        "pass      a-not_null     a       not null              none of 880 rows",
        "pass      b-not_null     b       not null              none of 880 rows",
    ]


def test_a_passing_result_is_short() -> None:
    lines = shown(result_view(result(VERDICTS[:1], status=Status.PASS, partition=Partition(), rows=None)))
    assert lines == ["PASS  flights", "1 expectation, 0.25 s, duckdb 2.0.0", "", "pass      1 expectation"]


def test_a_suite_without_expectations() -> None:
    assert shown(result_view(result((), status=Status.UNTESTED)))[0] == "UNTESTED  flights  date=2013-02-08"


@pytest.mark.parametrize("width", [20, 40, 80, 99, 100, 120])
@pytest.mark.parametrize("verbose", [False, True])
def test_no_line_is_wider_than_the_terminal(width: int, verbose: bool) -> None:
    long = verdict("x" * 150, Outcome.FAIL, "y" * 150, expected="in " + "z, " * 50, observed="w" * 300)
    views = [
        result_view(result((*VERDICTS, long)), verbose=verbose),
        history_view(HISTORY),
        rollback_view(ROWS),
    ]
    for view in views:
        assert max(map(len, shown(view, width))) <= width


HOSTILE = "[red]x[/red] :smile: \x1b[31m\x07\r\nline\u202e`;--"


def test_markup_and_control_characters_in_names_do_nothing() -> None:
    bad = verdict(HOSTILE, Outcome.FAIL, HOSTILE, expected=HOSTILE, observed=HOSTILE)
    one = result((bad,), suite=HOSTILE, partition=Partition((("p", HOSTILE),)), show=frozenset({HOSTILE}))
    for width in (80, 240):
        text = "\n".join(shown(result_view(one), width))
        assert "[red]x[/red] :smile: \\x1b[31m\\x07\\r\\nline\\u202e`;--" in text
        assert not {"\x1b", "\x07", "\r", "\u202e"} & set(text)
    for view in (rollback_view([{"id": HOSTILE, "state": HOSTILE}]), history_view(History(HOSTILE, (), 0))):
        text = "\n".join(shown(view, 240))
        assert "[red]x[/red] :smile: \\x1b[31m" in text
        assert not {"\x1b", "\x07", "\r", "\u202e"} & set(text)


def test_values_of_hidden_columns_are_not_shown_unless_asked_for() -> None:
    one = result((verdict("name-max", Outcome.FAIL, "name", observed="Zoe Secret"),))
    assert "Secret" not in "\n".join(shown(result_view(one)))
    assert "Secret" in "\n".join(shown(result_view(one, masked=False)))


def test_no_color_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    def colours() -> int:
        file = io.StringIO()
        console = Console(file=file, width=80, force_terminal=True, color_system="standard")
        console.print(result_view(result()))
        return sum(file.getvalue().count(f"{code}m") for code in (31, 32, 33, 35, 36))

    monkeypatch.delenv("NO_COLOR", raising=False)
    assert colours() > 0
    monkeypatch.setenv("NO_COLOR", "1")
    assert colours() == 0


def row(run_id: str, **changes: Any) -> HistoryRow:
    plain: dict[str, Any] = {
        "suite": "flights",
        "kind": "run",
        "partition": FEB_8,
        "started": START,
        "seconds": 1.0,
        "status": Status.PASS,
        "rows": 883,
        "counts": {"pass": 9, "fail": 0, "error": 0, "untested": 0},
        "action": "none",
        "reason": "",
        "rollback_id": "",
        "note": "",
        "visible": True,
        "baseline": True,
    }
    return HistoryRow(run_id=run_id, **(plain | changes))


BROKEN = row(
    "20130209T031500000000-aa",
    partition=Partition.parse("date=2013-02-09"),
    status=Status.FAIL,
    counts={"pass": 7, "fail": 2, "error": 0, "untested": 0},
    action="rollback",
    note="notes/x.md",
    events=("rolled_back",),
    baseline=False,
)
HISTORY = History(None, (BROKEN, row("20130208T031500000000-bb"), row("r1", suite="raw", visible=False)), 31)


def test_history() -> None:
    assert shown(history_view(HISTORY)) == [
        "flights",
        "   run              partition        status  rows  verdicts  then",
        "   20130209T031500  date=2013-02-09  fail     883  2 fail    rollback, rolled",
        "                                                             back, note",
        "*  20130208T031500  date=2013-02-08  pass     883  9 pass",
        "",
        "raw",
        "   run  partition        status  rows  verdicts  then",
        "*  r1   date=2013-02-08  pass     883  9 pass    never visible",
        "",
        "3 of 31 runs, newest first; * part of the baseline",
    ]
    assert shown(history_view(History("raw", (), 0))) == ["No run of suite raw is recorded."]
    assert shown(history_view(History(None, (), 0))) == ["No run is recorded."]


ROWS: list[dict[str, Any]] = [
    {
        "id": "20130208-a1",
        "kind": "rollback",
        "dataset": "flights",
        "partition": "date=2013-02-08",
        "state": "done",
        "history": ["planned", "done"],
        "at": "2013-02-08T03:15:02.123+00:00",
        "detail": "suite flights: pass",
        "quarantine": "quarantine/flights/20130208-a1",
        "next": "To go back: dq rollback undo 20130208-a1",
    },
    {"id": "20130209-a2", "kind": "publish", "dataset": "flights", "state": "planned"},
]


def test_rollbacks_newest_first() -> None:
    assert shown(rollback_view(ROWS)) == [
        "planned  publish of flights",
        "  id        20130209-a2",
        "",
        "done  rollback of flights date=2013-02-08  2013-02-08 03:15:02",
        "  id             20130208-a1",
        "  why            suite flights: pass",
        "  bytes kept in  quarantine/flights/20130208-a1",
        "  next           To go back: dq rollback undo 20130208-a1",
    ]
    assert shown(rollback_view([])) == [
        "Nothing was rolled back, quarantined or published through this store."
    ]
