"""Sources on S3 in an engine: made readable, fetched ahead where that is foreseen, and let go."""

from __future__ import annotations

import contextlib
import functools
import os
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, TypeVar, cast

import duckdb

from dq.engines.connection import interruptible
from dq.lake.schema import Schema
from dq.lake.source import FileSource, Source
from dq.plan import Question
from dq.sql.render import Renderer

if TYPE_CHECKING:
    from dq.engines.ahead import Chunk
    from dq.engines.filesystem import Objects

_SETTINGS = {
    # Whatever was fetched lies in the spool; in DuckDB's memory it would lie a second time.
    "enable_external_file_cache": "false",
    # Otherwise, from 2.0 on, DuckDB reads what lies between two columns if it thinks a request dear.
    "parquet_prefetch_column_gap": "16384",
}
"""Of connections that read objects, where the version knows them."""


class Remote:
    """The part of an engine that deals with S3; it loads nothing and costs nothing until the first object.

    Args:
        folder: of the engine, for what is fetched.

    Attributes:
        con: the engine's connection, which must be closed before this is.
    """

    con: duckdb.DuckDBPyConnection

    def __init__(self, folder: str) -> None:
        self._folder = os.path.join(folder, f"objects-{uuid.uuid4().hex[:8]}")
        self._objects: Objects | None = None
        self._chunks: dict[tuple[str, ...], tuple[Chunk, ...]] = {}

    def offer(self, source: Source) -> Source:
        """Make the objects of a source readable; any other source stays as it is.

        Returns:
            The source with the names under which the connection finds its objects.

        Raises:
            DataError: an object is not pinned.
        """
        if not isinstance(source, FileSource) or source.remote is None:
            return source
        offered = self._opened().offer(source)
        self._begin(offered)
        return offered

    def forget(self, source: Source, others: Iterable[Source]) -> None:
        """Drop what was fetched of a source, unless another one reads the same objects."""
        if self._objects is not None and isinstance(source, FileSource) and source.remote is not None:
            used = {f for one in others if isinstance(one, FileSource) for f in one.files}
            if not used.intersection(source.files):
                self._objects.forget(source)

    def watching(self) -> AbstractContextManager[None]:
        """Around whatever the connection does: errors of S3 come out as they are.

        Raises:
            DataError: an object changed.
            AwsError: S3 said no; `Forbidden` names the permission.
        """
        return nullcontext() if self._objects is None else self._objects.watching()

    def expect(
        self,
        questions: Sequence[Question],
        render: Renderer,
        sources: Mapping[str, Source],
        schemas: Mapping[str, Schema | None],
    ) -> None:
        """Begin to fetch what a plan's scans will read of Parquet objects, in the background.

        Args:
            questions: in their order.
            render: makes their queries.
            sources: the engine's, by name.
            schemas: their columns; None without a file.
        """
        far = {
            name: about for name, about in sources.items() if isinstance(about, FileSource) and about.remote
        }
        if self._objects is None or not far:
            return
        from dq.engines.ahead import columns_read, scans_of, stretches

        read = [columns_read(query, render.tables, schemas) for query in scans_of(questions, render)]
        for name, about in far.items():
            schema = schemas.get(name)
            scans = [columns[name] for columns in read if columns.get(name)]
            if about.format == "parquet" and schema is not None and scans:
                sizes = {file: self._objects.named(file).size for file in about.files}
                # Whoever asks in earnest says what is wrong; foreseeing must not fail a run.
                with contextlib.suppress(duckdb.Error), self._objects.watching():
                    self._fetch(stretches(self._chunks_of(about, schema), scans, sizes))

    def close(self) -> None:
        """Stop fetching, and remove what was fetched."""
        if self._objects is not None:
            self._objects.spool.close()

    def _opened(self) -> Objects:
        if self._objects is None:
            from dq.engines.filesystem import Objects
            from dq.engines.spool import Spool

            self._objects = Objects(Spool(self._folder))
            self.con.register_filesystem(self._objects)
            for key, value in _SETTINGS.items():
                with contextlib.suppress(duckdb.CatalogException):  # a version that does not know it
                    self.con.execute(f"SET {key} = {value}")
        return self._objects

    def _begin(self, source: FileSource) -> None:
        """Fetch what any query will need: footers that nobody has seen yet; the whole of text files."""
        from dq.lake.s3.inventory import TAIL

        objects = self._opened()
        found = [(file, objects.named(file)) for file in source.files]
        if source.format == "parquet":
            unseen = [(file, one.size) for file, one in found if one.tail is None]
            self._fetch([(file, max(size - TAIL, 0), size) for file, size in unseen])
        else:
            self._fetch([(file, 0, one.size) for file, one in found])

    def _fetch(self, wanted: Sequence[tuple[str, int, int]]) -> None:
        """Fetch in the background what lies before the ends that are known already."""
        objects = self._opened()
        asked = []
        for file, start, end in wanted:
            one = objects.named(file)
            tail = one.tail
            asked.append((one, start, end if tail is None else min(end, tail.start)))
        objects.spool.ahead(asked)

    def _chunks_of(self, source: FileSource, schema: Schema) -> tuple[Chunk, ...]:
        from dq.engines.ahead import chunks_of

        if source.files not in self._chunks:
            self._chunks = {source.files: chunks_of(self.con, source.files, schema)}  # of the last one only
        return self._chunks[source.files]


_Method = TypeVar("_Method", bound=Callable[..., Any])


def asks(method: _Method) -> _Method:
    """A method of an engine that uses its connection: Ctrl-C and errors of S3 come out as what they are."""

    @functools.wraps(method)
    def called(engine: Any, *args: Any, **kwargs: Any) -> Any:
        with engine.remote.watching():
            return method(engine, *args, **kwargs)

    return interruptible(cast(_Method, called))
