from __future__ import annotations

import pytest

from dq.rootcause.stage import InputRun, StageFacts, StageFinding, StageName, judge_stage

FAILED = InputRun("raw", "r-1", "fail", ("carrier-known",))
PASSED = InputRun("raw", "r-2", "pass")


@pytest.mark.parametrize(
    ("facts", "stage", "words"),
    [
        (StageFacts(has_input=False), StageName.INPUT, "raw"),
        (StageFacts(), StageName.UNKNOWN, "no run"),
        (StageFacts(input_run=FAILED), StageName.INPUT, "carrier-known"),
        (StageFacts(input_run=PASSED), StageName.TRANSFORMATION, "passed"),
        (StageFacts(input_run=InputRun("raw", "r", "error")), StageName.UNKNOWN, "error"),
        (StageFacts(input_run=PASSED, input_failing=95, output_failing=100), StageName.INPUT, "95"),
        (
            StageFacts(input_run=FAILED, input_failing=0, output_failing=1_200),
            StageName.TRANSFORMATION,
            "1,200",
        ),
        (StageFacts(input_failing=50, output_failing=100), StageName.UNKNOWN, "both"),
    ],
)
def test_stage(facts: StageFacts, stage: StageName, words: str) -> None:
    finding = judge_stage(facts)
    assert (finding.stage, words in finding.text) == (stage, True)
    assert "caus" not in " ".join((finding.text, *finding.looked_at, *finding.not_looked_at)).lower()
    assert StageFinding.from_dict(finding.to_dict()) == finding


def test_says_what_was_not_looked_at() -> None:
    finding = judge_stage(StageFacts(input_run=PASSED))
    assert finding.looked_at == ("run r-2 of input suite raw on this partition",)
    assert finding.not_looked_at == (
        "the failing rows were not traced to rows of the input",
        "the transformation was not replayed",
    )
