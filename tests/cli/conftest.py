from __future__ import annotations

from pathlib import Path

import pytest
from cli_lake import Project


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Project:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    for name in ("DQ_STORE", "DQ_DEBUG", "DQ_THREADS", "DQ_MEMORY_LIMIT", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    return Project(tmp_path, capsys)
