"""The same story in an Iceberg table: the gate holds, and a backfill past it is rolled back."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from dq.demo.story import tell
from dq.report.terminal import new_console
from dq.result import Status

pytest.importorskip("pyiceberg", reason="Iceberg tables need pyiceberg")
pytest.importorskip("pyarrow", minversion="17", reason="pyiceberg needs pyarrow 17")


def test_the_story_in_an_iceberg_table(tmp_path: Path) -> None:
    from dq.demo.iceberg_lake import IcebergLake

    text = io.StringIO()
    told = tell(tmp_path / "demo", "km", new_console(text, width=100), IcebergLake)
    refused, rolled_back = told.refused, told.rolled_back
    assert refused.status is Status.FAIL
    assert refused.note is not None
    assert refused.note.causes[0].text.startswith("carrier = 'UA'")
    assert rolled_back.status is Status.FAIL
    assert rolled_back.rollback is not None
    assert (rolled_back.rollback.kind, rolled_back.rollback.state) == ("rollback", "done")
    assert rolled_back.trouble == ""
    shown = text.getvalue()
    assert "Readers look at iceberg://lake/demo.flights." in shown
    assert "readers see the 918 validated rows of 2013-02-13 again" in shown
    lake = IcebergLake.__new__(IcebergLake)
    lake.folder = told.folder
    assert lake.visible()[-1] == ("date=2013-02-13", 918)
