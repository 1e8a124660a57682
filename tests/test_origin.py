"""What a result keeps of the data it came from, and what it does not."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import dq
from dq.errors import DataError
from dq.origin import Origin
from dq.result import Result

SUITE = {"columns": {"x": ["not_null"]}}


def judged(path: Path) -> Origin:
    pq.write_table(pa.table({"x": [1, None]}), path)
    origin = dq.validate(path, SUITE).origin
    assert isinstance(origin, Origin)
    return origin


def test_the_data_at_hand_is_not_compared_printed_written_or_pickled() -> None:
    result = dq.validate(pa.table({"x": [1, None]}), SUITE)
    again = Result.from_dict(result.to_dict())
    assert isinstance(result.origin, Origin)
    assert again.origin is None
    assert again == result.masked()
    assert "origin" not in repr(result)
    assert "origin" not in result.to_dict()
    assert pickle.loads(pickle.dumps(result)).origin is None  # noqa: S301 - our own bytes
    assert result.masked().origin is result.origin


def test_the_same_file_is_accepted(tmp_path: Path) -> None:
    judged(tmp_path / "a.parquet").unchanged()


@pytest.mark.parametrize("change", ["content", "time", "swap", "gone"])
def test_a_changed_file_is_refused(tmp_path: Path, change: str) -> None:
    path = tmp_path / "a.parquet"
    origin = judged(path)
    about = path.stat()
    if change == "content":
        pq.write_table(pa.table({"x": [1, None, 3]}), path)
    elif change == "time":
        os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns + 1))
    elif change == "swap":
        other = tmp_path / "b.parquet"
        other.write_bytes(path.read_bytes())
        os.utime(other, ns=(about.st_atime_ns, about.st_mtime_ns))
        other.replace(path)
    else:
        path.unlink()
    with pytest.raises(DataError, match=r"a\.parquet: (changed|gone) since the validation"):
        origin.unchanged()
