"""The report of `make conformance`: recorded cases and random questions, by type of expectation.

Ends with 1 when fewer than 99 % of the applicable recorded cases have an equal success flag, when a
difference is not listed with its reason, or when a random answer differs for no known rule.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import gx_questions as questions
import recorded_cases as recorded
from recorded_compare import difference
from recorded_deviations import DEVIATIONS, NOT_APPLICABLE, REASONS

from dq.expectations import vocabulary

TARGET = 0.99
_EXCLUDED = {case for ids in NOT_APPLICABLE.values() for case in ids}


def main() -> int:
    """Print both parts; the exit code says whether the target is met."""
    parser = argparse.ArgumentParser(description="dq beside Great Expectations")
    parser.add_argument("--questions", type=int, default=20, help="random questions per type")
    wanted = parser.parse_args()
    counts: dict[str, Counter[str]] = {name: Counter() for name in sorted(_types())}
    unlisted = _recorded(counts)
    rules, unexplained = _random(counts, wanted.questions)
    _print_types(counts)
    _print_reasons(counts, rules)
    return _verdict(counts, unlisted, unexplained)


def _types() -> set[str]:
    return {cls.type for cls in vocabulary().values() if cls.in_gx}


def _recorded(counts: dict[str, Counter[str]]) -> list[str]:
    """Compare all recorded cases; gives the differences that no reason is listed for."""
    if not recorded.CASES.exists():
        print("Recorded cases are not there (DQ_CONFORMANCE may name their folder); random questions only.\n")
        return []
    unlisted = []
    cases = [case for case in recorded.cases() if case["expectation_type"] in counts]
    answers = recorded.answers(cases)
    for case in cases:
        of_type, number = counts[case["expectation_type"]], case["id"]
        of_type["recorded"] += 1
        answered = not (case["gx"]["exception"] or case["gx"]["raised"])
        found = difference(case, answers[number]) if number in answers else None
        if number in _EXCLUDED:
            of_type["not applicable"] += 1
        elif not answered:
            of_type["refused by both"] += 1
        else:
            of_type["applicable"] += 1
            of_type["same success"] += found is None or found.kind != "success"
            of_type["same values"] += found is None
        if (found is not None or number not in answers) and number not in DEVIATIONS:
            unlisted.append(f"{number} {case['expectation_type']}: {found.words if found else 'not asked'}")
    return unlisted


def _random(counts: dict[str, Counter[str]], number: int) -> tuple[Counter[str], list[str]]:
    """Ask random questions of every type; gives how often each rule applied, and what none explains."""
    rules: Counter[str] = Counter()
    unexplained: list[str] = []
    try:
        from gx_differential import compared
        from gx_oracle import Oracle

        oracle = Oracle(Path(tempfile.mkdtemp(prefix="dq-conformance-")))
    except ImportError as error:
        print(f"Great Expectations is not installed ({error}); recorded cases only.\n")
        return rules, unexplained
    if not oracle.speaks_sql:
        print("SQLAlchemy is not installed: questions for SQLite are left out.\n")
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis import strategies as st

    names = sorted(questions.ASKED)

    @settings(
        max_examples=number,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(frame=questions.frames(), data=st.data())
    def ask(frame: Any, data: Any) -> None:
        asked = [data.draw(questions.questions(name)) for name in names]
        for question, found, rule in compared(oracle, frame, asked):
            of_type = counts[question.name]
            of_type["asked"] += 1
            of_type["agreeing"] += found is None
            of_type["by rule"] += found is not None and bool(rule)
            rules[rule] += found is not None and bool(rule)
            if found is not None and not rule:
                unexplained.append(f"{question}: {found.words}\n    {frame.to_dict('list')}")

    ask()
    return rules, unexplained


def _print_types(counts: dict[str, Counter[str]]) -> None:
    heads = ("recorded", "applicable", "same success", "same values", "asked", "agreeing", "by rule")
    print(f"{'type':<62}" + "".join(f"{head:>14}" for head in heads))
    for name, of_type in counts.items():
        print(f"{name:<62}" + "".join(f"{of_type[head]:>14}" for head in heads))
    total = sum(counts.values(), Counter[str]())
    print(f"{'all':<62}" + "".join(f"{total[head]:>14}" for head in heads) + "\n")


def _print_reasons(counts: dict[str, Counter[str]], rules: Counter[str]) -> None:
    if sum(of_type["recorded"] for of_type in counts.values()):
        for title, reasons in (("Deviations", REASONS), ("Not applicable", NOT_APPLICABLE)):
            print(f"{title}, of the recorded cases:")
            print("".join(f"  {len(ids):>3}  {reason}\n" for reason, ids in reasons.items()))
    print("Rules behind random differences:")
    print("".join(f"  {times:>3}  {rule}\n" for rule, times in rules.most_common() if rule and times))


def _verdict(counts: dict[str, Counter[str]], unlisted: list[str], unexplained: list[str]) -> int:
    total = sum(counts.values(), Counter[str]())
    share = total["same success"] / total["applicable"] if total["applicable"] else 1.0
    for title, lines in (("Not listed", unlisted), ("Not explained", unexplained)):
        if lines:
            print(f"{title}:", *lines, sep="\n  ")
    if total["applicable"]:
        print(
            f"Recorded: success flag equal in {total['same success']} of {total['applicable']} applicable "
            f"cases, {share:.2%} (target {TARGET:.0%}); counts and values too in {total['same values']}; "
            f"{total['refused by both']} more are refused by both."
        )
    if total["asked"]:
        agreeing = total["agreeing"] / total["asked"]
        print(
            f"Random: {total['agreeing']} of {total['asked']} answers equal, {agreeing:.2%}; "
            f"{total['by rule']} differ by a rule, {len(unexplained)} by none."
        )
    return 0 if share >= TARGET and not unlisted and not unexplained else 1


if __name__ == "__main__":
    sys.exit(main())
