"""Check that all runners gave the same verdicts for the same checks."""

from __future__ import annotations

from collections.abc import Mapping, Set

from benchmarks.runners.report import Finding


def disagreements(findings: Mapping[str, Mapping[str, Finding]], expected: Set[str]) -> list[str]:
    """Compare the findings of several runners with each other.

    Args:
        findings: runner name to its findings by check id. A runner without any (it only reads) is left out.
        expected: ids that every runner must have answered.

    Returns:
        One sentence per difference, in the order of the ids; empty if all agree. Counts of bad rows are
        compared only between runners that count them.
    """
    judges = {name: found for name, found in findings.items() if found}
    problems = []
    for id_ in sorted(set(expected).union(*judges.values())):
        outcomes = {
            name: found[id_].outcome if id_ in found else "no answer" for name, found in judges.items()
        }
        if len(set(outcomes.values())) > 1 or "no answer" in outcomes.values():
            problems.append(f"{id_}: {_listed(outcomes)}")
            continue
        counts = {name: found[id_].unexpected for name, found in judges.items()}
        counted = {name: count for name, count in counts.items() if count is not None}
        if len(set(counted.values())) > 1:
            problems.append(f"{id_}: unexpected rows: {_listed(counted)}")
    return problems


def _listed(answers: Mapping[str, object]) -> str:
    return ", ".join(f"{name} says {answer}" for name, answer in answers.items())
