"""What pages offer to copy and run does run."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import dq
from docs.pages import ROOT, blocks
from dq.cli import main
from dq.demo.faults import fault
from dq.demo.lake import Lake

REFUSED = "dq publish staged/2013-02-13"
"""The only command of the pages that must not end well: the demo left a bad day there."""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's lake as the story leaves it, with two of its days."""
    lake = Lake(tmp_path_factory.mktemp("docs") / "dq-demo")
    before, day = dt.date(2013, 2, 12), dt.date(2013, 2, 13)
    for good in (before, day):
        lake.deliver(good)
        assert lake.through_the_gate(good).status is dq.Status.PASS
    lake.deliver(day, fault("km"))
    lake.past_the_gate(day)
    rolled_back = lake.check_curated(day)
    assert rolled_back.rollback is not None
    assert rolled_back.rollback.is_complete
    return lake.folder


@contextlib.contextmanager
def inside(folder: Path) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(folder)
        yield


def told(line: str) -> tuple[int, str]:
    """Exit code and output of a command line."""
    output, problems = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(problems):
        code = main(shlex.split(line, comments=True)[1:])
    return code, output.getvalue() + problems.getvalue()


def test_shell_blocks_of_the_demo(demo: Path) -> None:
    lines = [line for block in blocks("sh demo") for line in block.text.splitlines()]
    assert len(lines) >= 12
    with inside(demo):
        for line in lines:
            code, text = told(line)
            assert code == (1 if line.startswith(REFUSED) else 0), f"{line}\n{text}"


def run_python(info: str, folder: Path) -> None:
    found = blocks(info)
    assert found
    # A process for all: one block registers an expectation, which must not reach other tests.
    script = "\n".join(f"# {block.name}\n{block.text}" for block in found)
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_python_blocks() -> None:
    run_python("python run", ROOT)


def test_python_blocks_of_the_demo(demo: Path) -> None:
    run_python("python demo", demo)


def test_the_first_verdict_is_the_one_that_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    code = next(block.text for block in blocks("python run") if block.page.name == "README.md")
    setup, _, call = code.rstrip().rpartition("\n")
    known: dict[str, object] = {}
    exec(setup, known)  # noqa: S102 - the README's own lines
    result = eval(call, known)  # noqa: S307 - as above
    shown = next(block.text for block in blocks("text") if block.page.name == "README.md")

    def timeless(text: str) -> str:
        return re.sub(r"[\d.]+ s$", "", text, flags=re.MULTILINE).strip()

    assert timeless(repr(result)) == timeless(shown)
