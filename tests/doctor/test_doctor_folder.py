"""What a folder on this machine promises."""

from __future__ import annotations

from pathlib import Path

from dq.aws.options import AwsOptions
from dq.aws.session import Session
from dq.doctor.diagnose import diagnose, home_of
from dq.doctor.findings import CheckUp


def look(table: Path, store: Path) -> CheckUp:
    return diagnose(str(table), Session(AwsOptions()), None, store)


def test_a_folder_with_a_store_beside_it(tmp_path: Path) -> None:
    (tmp_path / "orders/date=2026-01-01").mkdir(parents=True)
    found = look(tmp_path / "orders", tmp_path / ".dq")
    assert found.can_roll_back is True
    assert [finding.topic for finding in found.findings] == ["permissions", "store", "space"]
    assert not (tmp_path / ".dq").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["orders"]


def test_a_store_inside_the_table_blocks(tmp_path: Path) -> None:
    (tmp_path / "orders").mkdir()
    found = look(tmp_path / "orders", tmp_path / "orders/.dq")
    assert found.answer == "no: store"


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert look(tmp_path / "orders", tmp_path / ".dq").answer == "no: table"


def test_bytes_are_kept_with_the_store_or_in_the_tables_bucket() -> None:
    assert str(home_of("s3://lake/orders/", "s3://dq/prod")) == "s3://dq/prod"
    assert str(home_of("s3://lake/orders/", "/project/.dq")) == "s3://lake/_dq/"
    assert home_of("lake/orders", "/project/.dq") is None
