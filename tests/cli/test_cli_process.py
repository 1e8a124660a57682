"""What only a real process shows: imports, terminals, pipes."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest
from cli_lake import AT, Project

from dq.cli.app import SECTIONS

HEAVY = ("duckdb", "pandas", "pyarrow", "sqlglot", "pydantic", "rich", "numpy", "polars", "ruamel")
COLOUR = re.compile(r"\x1b\[[0-9;]*3[0-7][0-9;]*m")
DQ = (sys.executable, "-c", "import sys; from dq.cli import main; sys.exit(main())")


def test_help_of_every_verb_imports_nothing_heavy() -> None:
    script = """
import sys
from dq.cli import main
from dq.cli.app import SECTIONS
codes = [main(["--help"]), main(["--version"])]
codes += [main([verb, "--help"]) for verbs in SECTIONS.values() for verb in verbs]
codes += [main(["rollback", verb, "--help"]) for verb in ("plan", "apply", "resume", "undo", "status")]
codes += [main(["no-such-verb"]), main([])]
print(codes, sorted({name.split(".")[0] for name in sys.modules}), file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    codes, modules = done.stderr.splitlines()[-1].split("] ", 1)
    known = 2 + sum(len(verbs) for verbs in SECTIONS.values()) + 5
    assert codes == "[" + ", ".join(["0"] * known + ["2", "2"])
    assert [name for name in HEAVY if f"'{name}'" in modules] == []


def test_a_reader_that_goes_away_changes_nothing(project: Project) -> None:
    project.bad()
    running = subprocess.Popen(
        [*DQ, "validate", *AT, "-v"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=project.root
    )
    assert running.stdout is not None
    assert running.stderr is not None
    running.stdout.close()
    err = running.stderr.read()
    running.stderr.close()
    assert (running.wait(30), err) == (1, b"")


def test_a_truncated_file_is_3(project: Project) -> None:
    (project.root / "cut.parquet").write_bytes(project.good().read_bytes()[:200])
    done = subprocess.run(
        [*DQ, "validate", "--data", "cut.parquet", "--json"], capture_output=True, text=True, cwd=project.root
    )
    assert done.returncode == 3
    assert json.loads(done.stdout)["error"]["type"] == "DataError"
    assert done.stderr.startswith("dq: cut.parquet: ")


@pytest.mark.parametrize(("variable", "coloured"), [("", True), ("1", False)])
def test_colours_only_where_they_are_wanted(project: Project, variable: str, coloured: bool) -> None:
    project.good()
    shown = on_a_terminal(["validate", *AT], project.root, {"NO_COLOR": variable})
    assert "PASS" in shown
    assert bool(COLOUR.search(shown)) is coloured


def test_no_terminal_no_colours_no_bars(project: Project) -> None:
    project.good()
    ran = project.dq("run", *AT)
    assert "\x1b" not in ran.out + ran.err
    assert ran.err == ""


def on_a_terminal(words: list[str], folder: Path, environ: dict[str, str]) -> str:
    """What a person at a terminal sees of a command."""
    ours, theirs = pty.openpty()
    kept = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
    env = kept | {"TERM": "xterm-256color", "COLUMNS": "80"} | {k: v for k, v in environ.items() if v}
    running = subprocess.Popen([*DQ, *words], stdout=theirs, stderr=theirs, cwd=folder, env=env)
    os.close(theirs)
    shown = b""
    try:
        while part := os.read(ours, 65536):
            shown += part
    except OSError:  # Linux answers so when the other end is closed
        pass
    finally:
        os.close(ours)
    assert running.wait(30) == 0
    return shown.decode()
