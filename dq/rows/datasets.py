"""Parquet datasets that are written aside, checked, and then shown in one step each."""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dq.errors import StoreError, UsageError
from dq.lake.local.files import make_folder, sync_folder

if TYPE_CHECKING:
    import pyarrow as pa

ABOUT = "_dq_split.json"
"""In the folder of a dataset that a split wrote: what it is. Engines skip names that begin with `_`."""
_GROUP_ROWS = 131_072
_GROUP_BYTES = 64 * 1024 * 1024


class NewDataset:
    """A dataset under way: nobody sees it until `show`.

    Args:
        target: the folder to be; it must not exist.

    Raises:
        UsageError: it exists.
        StoreError: the folder that it is to stand in cannot be written.
    """

    def __init__(self, target: Path) -> None:
        self.target = target
        refuse_existing(target)
        self.aside = target.with_name(f".{target.name[:80]}.{uuid.uuid4().hex[:8]}.partial")
        self.rows: dict[str, int] = {}
        """Rows written so far, by file."""
        try:
            make_folder(self.aside)
        except OSError as error:
            raise StoreError(f"{target}: cannot be written: {_why(error)}") from error

    def file(self, path: str, schema: pa.Schema, compression: str) -> NewFile:
        """One more file. It appears on disk only if it gets rows."""
        return NewFile(self, path, schema, compression)

    def check(self) -> int:
        """Read back how many rows there are, and make all of it durable.

        Returns:
            Rows, as the footers say.

        Raises:
            StoreError: a file does not hold as many rows as were written to it.
        """
        import pyarrow.parquet as pq

        for path, rows in self.rows.items():
            file = self.aside / path
            found = pq.read_metadata(file).num_rows
            if found != rows:
                raise StoreError(f"{self.target}: {path} holds {found:,} rows, and {rows:,} were written")
            with open(file, "rb") as handle:
                os.fsync(handle.fileno())
        for folder, _, _ in os.walk(self.aside):
            sync_folder(Path(folder))
        return sum(self.rows.values())

    def describe(self, about: Mapping[str, Any]) -> None:
        """Put a statement into the dataset."""
        with open(self.aside / ABOUT, "w", encoding="utf-8") as file:
            json.dump(about, file, indent=2)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())

    def show(self) -> None:
        """Give the dataset its name.

        Raises:
            StoreError: somebody else has taken the name meanwhile.
        """
        try:
            os.rename(self.aside, self.target)
        except OSError as error:
            raise StoreError(f"{self.target}: cannot be put there: {_why(error)}") from error
        sync_folder(self.target.parent)

    def drop(self) -> None:
        """Remove what is still aside; nothing once it is shown."""
        shutil.rmtree(self.aside, ignore_errors=True)


class NewFile:
    """One Parquet file under way. Rows are gathered into row groups of a size that is good to read."""

    def __init__(self, dataset: NewDataset, path: str, schema: pa.Schema, compression: str) -> None:
        self._dataset, self._path, self._schema, self._compression = dataset, path, schema, compression
        self._writer: Any = None
        self._held: list[pa.RecordBatch] = []
        self._rows = self._bytes = 0

    def add(self, batch: pa.RecordBatch) -> None:
        """Some rows more.

        Raises:
            StoreError: the file cannot be written.
        """
        if batch.num_rows:
            self._held.append(batch)
            self._rows, self._bytes = self._rows + batch.num_rows, self._bytes + batch.nbytes
            if self._rows >= _GROUP_ROWS or self._bytes >= _GROUP_BYTES:
                self._flush()

    def close(self, *, even_empty: bool = False) -> None:
        """Complete the file.

        Args:
            even_empty: write it also when it has no row, for its columns.

        Raises:
            StoreError: the file cannot be written.
        """
        if self._held or even_empty:
            self._flush()
        if self._writer is not None:
            self._writer.close()

    def _flush(self) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        file = self._dataset.aside / self._path
        try:
            if self._writer is None:
                file.parent.mkdir(parents=True, exist_ok=True)
                self._writer = pq.ParquetWriter(file, self._schema, compression=self._compression)
            if self._held:
                self._writer.write_table(pa.Table.from_batches(self._held, self._schema))
        except OSError as error:
            raise StoreError(f"{self._dataset.target}: cannot be written: {_why(error)}") from error
        written = self._dataset.rows
        written[self._path] = written.get(self._path, 0) + self._rows
        self._held, self._rows, self._bytes = [], 0, 0


def refuse_existing(target: Path) -> None:
    """Make sure that nothing is there yet.

    Raises:
        UsageError: something is; says so when it was left by a split that was cut off.
    """
    if not os.path.lexists(target):
        return
    partner = _partner(target)
    if partner is not None and not os.path.lexists(partner):
        raise UsageError(
            f"{target} is there already, left by a split that was cut off before {partner} appeared; "
            "remove it and split again"
        )
    raise UsageError(f"{target} is there already; a split writes to new folders only")


def _partner(target: Path) -> str | None:
    """The good rows that go with these bad ones; None when no split wrote them."""
    try:
        about = json.loads((target / ABOUT).read_text("utf-8"))
        return str(about["other"]) if about["holds"] == "bad rows" else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _why(error: OSError) -> str:
    return os.strerror(error.errno) if error.errno else str(error)
