"""The rows of a source as they are stored, file by file and piece by piece."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dq.errors import DataError
from dq.lake.s3.pinned import Pinned, pinned
from dq.lake.s3.pinned import opened as as_file
from dq.lake.source import FileSource, TableSource
from dq.rows.look import Look

if TYPE_CHECKING:
    import pyarrow as pa

PIECE_ROWS = 32_768
"""Rows held at once."""
_ENDINGS = (".gz", ".zst")


@dataclass(frozen=True)
class StoredFile:
    """One file of the input, or a table in memory.

    Attributes:
        file: as the source names it; None for a table in memory.
        path: where its rows go, relative to a dataset's folder: `column=value` folders are kept.
        schema: of its own rows; other files may have another.
        pieces: its rows in their order; to be taken before the next file is.
        compression: of the Parquet file, as pyarrow calls it; `zstd` for what was none.
    """

    file: str | None
    path: str
    schema: pa.Schema
    pieces: Iterator[pa.RecordBatch]
    compression: str = "zstd"


def stored_files(look: Look) -> Iterator[StoredFile]:
    """Every file with rows, in the order of the source; its rows exactly as they are stored.

    Parquet keeps the types and the columns of each file. CSV and JSON lines have none of their own: they get
    those that the whole dataset was judged with.

    Raises:
        DataError: a file cannot be read.
    """
    source = look.origin.sources[""]
    if isinstance(source, TableSource):
        table = source.table
        yield StoredFile(None, "part-0.parquet", table.schema, iter(table.to_batches(PIECE_ROWS)))
        return
    paths = target_paths(source)
    if source.format == "parquet":
        objects = pinned(source)
        for file in source.files:
            yield _parquet(file, paths[file], objects.get(file))
        return
    yield from _typed(look, source, paths)


def target_paths(source: FileSource) -> dict[str, str]:
    """Where each file's rows go: below its partition folders, or as it lies below what all files share."""
    shared = os.path.commonpath([os.path.dirname(file) for file in source.files])
    taken: set[str] = set()
    paths = {}
    for file in source.files:
        name = os.path.basename(file)
        if source.hive:
            wanted = os.path.join(*(part for part in file.split(os.sep)[:-1] if "=" in part), name)
        else:
            wanted = os.path.relpath(file, shared)
        stem = _stem(wanted)
        path, number = f"{stem}.parquet", 2
        while path in taken:
            path, number = f"{stem}-{number}.parquet", number + 1
        taken.add(path)
        paths[file] = path
    return paths


def _stem(path: str) -> str:
    for ending in _ENDINGS:
        path = path.removesuffix(ending)
    return os.path.splitext(path)[0]


def _parquet(file: str, path: str, one: Pinned | None) -> StoredFile:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        opened = pq.ParquetFile(file if one is None else as_file(one))
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{file}: cannot be read: {type(error).__name__}") from error
    about = opened.metadata
    codec = about.row_group(0).column(0).compression.lower() if about.num_row_groups else "zstd"
    compression = {"uncompressed": "none", "lz4_raw": "lz4"}.get(codec, codec)

    def pieces() -> Iterator[pa.RecordBatch]:
        with opened:
            try:
                yield from opened.iter_batches(PIECE_ROWS)
            except (pa.ArrowException, OSError) as error:
                raise DataError(f"{file}: cannot be read: {type(error).__name__}") from error

    return StoredFile(file, path, opened.schema_arrow, pieces(), compression)


def _typed(look: Look, source: FileSource, paths: dict[str, str]) -> Iterator[StoredFile]:
    """Files whose types are the engine's, read in one stream."""
    assert look.schema is not None  # noqa: S101 - there are files, so there is a schema
    parts = {part for file in source.files for part in os.path.dirname(file).split(os.sep) if "=" in part}
    in_path = {part.partition("=")[0].lower() for part in parts} if source.hive else set()
    columns = [column for column in look.schema.names if column.lower() not in in_path]
    stream = _Runs(look, columns)
    for file in source.files:
        yield StoredFile(file, paths[file], stream.schema, stream.of(file))


class _Runs:
    """A stream over all files, cut where the next file begins."""

    def __init__(self, look: Look, columns: list[str]) -> None:
        import pyarrow as pa

        assert look.names.file is not None  # noqa: S101 - files have names
        asked = [look.names.file, *columns]
        self.schema = pa.schema(list(look.everything_types(asked))[1:])
        self._batches = look.everything(asked)
        self._rest: pa.RecordBatch | None = None

    def of(self, file: str) -> Iterator[pa.RecordBatch]:
        """The rows of one file; none when it is not the one whose rows come next."""
        import numpy as np
        import pyarrow.compute as pc

        while True:
            if self._rest is None or not self._rest.num_rows:
                self._rest = next(self._batches, None)
                if self._rest is None:
                    return
            batch = self._rest
            same = pc.equal(batch.column(0), file).to_numpy(zero_copy_only=False)
            end = batch.num_rows if same.all() else int(np.argmin(same))
            if end:
                yield batch.slice(0, end).select(list(range(1, batch.num_columns)))
            self._rest = batch.slice(end)
            if end < batch.num_rows:
                return
