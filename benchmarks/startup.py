"""How long `import dq` and `dq --help` take, and what they load.

A bare interpreter is measured beside them, in the same rounds: it is the part that nobody can save.
"""

from __future__ import annotations

import json
import sys

from benchmarks import table
from benchmarks.measure import Run, interleaved, run

HEAVY = (
    "awswrangler",
    "boto3",
    "duckdb",
    "great_expectations",
    "numpy",
    "pandas",
    "polars",
    "pyarrow",
    "sqlglot",
)
"""Packages that a start must not load."""

STARTS = {
    "python, nothing else": "pass",
    "import dq": "import dq",
    "dq --help": "import sys; sys.argv = ['dq', '--help']; from dq.cli import main; main()",
}
# Runs the start in a module of its own and tells what it loaded, on standard error: --help owns the output.
PROBE = """
import sys
before = set(sys.modules)
def tell():
    new = set(sys.modules) - before
    import json
    print(json.dumps([len(new), sorted({{name.partition('.')[0] for name in new}} & set({heavy!r}))]),
          file=sys.stderr)
try:
    exec({start!r}, {{'__name__': '__main__'}})
except SystemExit as leaving:
    if leaving.code:
        raise
tell()
"""


def measure(rounds: int) -> tuple[list[str], list[str]]:
    """Time the starts, then look once at what each loads.

    Args:
        rounds: how often each is started; one more round before warms the caches and is not counted.

    Returns:
        The lines of a Markdown table, and one sentence per start that did not work.
    """
    commands = {name: [sys.executable, "-c", start] for name, start in STARTS.items()}
    interleaved(commands, 1)
    measured = {}
    problems = []
    for name, runs in interleaved(commands, rounds).items():
        failed = next((each for each in runs if each.status), None)
        if failed is not None:
            problems.append(f"{name}: {failed.complaint}")
            continue
        modules, heavy = loaded(STARTS[name])
        measured[name] = ([each.cost for each in runs], modules, heavy)
    return table.startup(measured), problems


def loaded(start: str) -> tuple[int, list[str]]:
    """Number of modules that a piece of Python loads, and the heavy packages among them.

    Raises:
        ValueError: the piece fails.
    """
    probe: Run = run([sys.executable, "-c", PROBE.format(heavy=HEAVY, start=start)])
    if probe.status:
        raise ValueError(f"Cannot see what is loaded by `{start}`: {probe.complaint}")
    modules, heavy = json.loads(probe.errors.strip().splitlines()[-1])
    return modules, heavy
