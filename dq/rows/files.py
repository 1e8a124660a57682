"""Failing rows as a Parquet file, with a small JSON beside it that says what is in it."""

from __future__ import annotations

import contextlib
import json
import os
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dq.errors import DQError, StoreError, UsageError
from dq.lake.local.files import make_folder, sync_folder
from dq.result import Result
from dq.rows.failing import Extent, gathered

_ROW_GROUP = 65_536


@dataclass(frozen=True)
class Output:
    """Where failing rows go, and how many of them.

    Attributes:
        folder: made when it is not there.
        extent: bounds and masking.
        ids: of the expectations asked for; None for all that can be asked row by row.
    """

    folder: Path
    extent: Extent = field(default_factory=Extent)
    ids: tuple[str, ...] | None = None

    @classmethod
    def of(cls, wanted: Any) -> Output | None:
        """From what a caller gives: a folder, an `Output`, or None.

        Raises:
            UsageError: it is none of these, or the folder cannot be made.
        """
        if wanted is None:
            return None
        if isinstance(wanted, str | os.PathLike):
            wanted = cls(Path(os.path.expanduser(os.fspath(wanted))))
        if not isinstance(wanted, Output):
            raise UsageError(f"failing rows go to a folder, got a {type(wanted).__name__}")
        try:
            make_folder(wanted.folder.absolute())
        except OSError as error:
            raise UsageError(f"{wanted.folder}: no folder for failing rows: {_why(error)}") from error
        if not wanted.folder.is_dir():
            raise UsageError(f"{wanted.folder}: failing rows go to a folder, and this is a file")
        return wanted


@dataclass(frozen=True)
class Written:
    """What became of the failing rows of one result.

    Attributes:
        path: of the Parquet file; empty when no row breaks an expectation, or it could not be written.
        about: of the JSON beside it; empty likewise.
        statement: what the rows are, see `dq.Result.failing_rows`; empty when they could not be fetched.
        trouble: why there is no file although there may be rows; empty otherwise.
    """

    path: str = ""
    about: str = ""
    statement: dict[str, Any] = field(default_factory=dict)
    trouble: str = ""

    def to_dict(self) -> dict[str, Any]:
        """JSON-friendly, without values."""
        keys = ("rows", "complete", "cut", "masked", "hidden", "left_out")
        said = {key: self.statement[key] for key in keys if key in self.statement}
        return {"path": self.path or None, "about": self.about or None, **said, "trouble": self.trouble}

    def __str__(self) -> str:
        """One sentence: how many rows, where, and what is not there."""
        if self.trouble:
            return f"failing rows could not be written: {self.trouble}"
        rows = self.statement["rows"]
        if not rows:
            return "no row breaks an expectation that can be asked row by row; no file was written"
        parts = [f"{rows:,} failing {'row' if rows == 1 else 'rows'} in {self.path}"]
        if self.statement["cut"]:
            parts.append(self.statement["cut"])
        if self.statement["hidden"]:
            hidden = len(self.statement["hidden"])
            columns = "1 column is" if hidden == 1 else f"{hidden} columns are"
            parts.append(f"{columns} left out as private (see `show`)")
        return "; ".join(parts)


def write_failing_rows(result: Result, output: Output, name: str) -> Written:
    """Write the failing rows of a result; nothing when no row fails.

    The Parquet file appears whole, under a name that no other file has, and then the JSON. A crash leaves at
    most a hidden partial file, or rows without their JSON; the same statement is in the Parquet file too.

    Args:
        result: with its data at hand.
        output: where to.
        name: of the files, without ending; unique, such as a run id.

    Raises:
        UsageError: see `dq.Result.failing_rows`.
        DataError: a file changed since the validation.
        StoreError: the file is there already, or cannot be written.
    """
    import pyarrow.parquet as pq

    table, statement = gathered(result, output.ids, output.extent)
    if not table.num_rows:
        return Written(statement=statement)
    path, about = output.folder / f"{name}.parquet", output.folder / f"{name}.json"
    said = {**statement, "file": path.name}
    _appear(path, lambda partial: pq.write_table(table, partial, row_group_size=_ROW_GROUP))
    _appear(about, lambda partial: Path(partial).write_text(json.dumps(said, indent=2) + "\n", "utf-8"))
    return Written(str(path), str(about), statement)


def failing_rows_or_trouble(result: Result, output: Output | None, name: str) -> Written | None:
    """The same within a run, which it must never stop; None when nothing is wanted."""
    if output is None:
        return None
    try:
        return write_failing_rows(result, output, name)
    except DQError as error:
        return Written(trouble=str(error))


def name_for(result: Result, unique: str) -> str:
    """A file name from the suite's name, cut to what any file system takes, and something unique."""
    clean = "".join(c if c.isalnum() or c in "-_" else "_" for c in result.suite)[:60]
    return f"{clean}-{unique}"


def _appear(path: Path, write: Callable[[str], Any]) -> None:
    """Write beside, make durable, and give the final name, which must be free."""
    partial = path.with_name(f".{uuid.uuid4().hex}.partial")
    try:
        write(str(partial))
        with open(partial, "rb") as file:
            os.fsync(file.fileno())
        os.link(partial, path)
        sync_folder(path.parent)
    except FileExistsError as error:
        raise StoreError(f"{path} is there already; it was not touched") from error
    except OSError as error:
        raise StoreError(f"{path}: cannot be written: {_why(error)}") from error
    finally:
        with contextlib.suppress(FileNotFoundError):
            partial.unlink()


def _why(error: OSError) -> str:
    return os.strerror(error.errno) if error.errno else str(error)
