"""The example of the page on Iceberg tables, from nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs.pages import blocks


def test_from_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pyiceberg", reason="Iceberg tables need pyiceberg")
    pytest.importorskip("pyarrow", minversion="17", reason="pyiceberg needs pyarrow 17")
    monkeypatch.chdir(tmp_path)
    for name in ("DQ_STORE", "DQ_ENV"):
        monkeypatch.delenv(name, raising=False)
    for name in ("dq.yml", "orders.yml"):
        (block,) = blocks(f"yaml iceberg {name}")
        Path(name).write_text(block.text)
    (code,) = blocks("python iceberg")
    exec(compile(code.text, f"{code.page}", "exec"), {})  # noqa: S102 - the page's own example
