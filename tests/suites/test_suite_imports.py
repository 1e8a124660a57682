"""Importing suites loads no engine and no data library."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("duckdb", "numpy", "pandas", "polars", "pyarrow", "pydantic", "ruamel.yaml", "sqlglot")


def test_imports_are_light() -> None:
    script = (
        "import sys, dq.config, dq.suites, dq.suites.load, dq.suites.model, dq.suites.schema\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
