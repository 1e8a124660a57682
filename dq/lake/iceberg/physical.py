"""Whether data files hold exactly the columns that the table has now, so that they are read as they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dq.aws.address import Address, is_remote
from dq.lake.iceberg.contents import Contents
from dq.lake.iceberg.sight import scan_of
from dq.lake.local.files import in_pool
from dq.lake.manifest import FileEntry, Manifest
from dq.lake.s3.inventory import Sparse


def differs(table: Any, manifest: Manifest, contents: Contents) -> str:
    """Why files cannot be read as they are; empty when they can.

    Args:
        table: pyiceberg's table.
        manifest: of the files.
        contents: where they lie.
    """
    from pyiceberg.expressions import AlwaysTrue
    from pyiceberg.io.pyarrow import schema_to_pyarrow

    snapshot = None if manifest.snapshot is None else int(manifest.snapshot)
    wanted = _shape(schema_to_pyarrow(scan_of(table, AlwaysTrue(), snapshot).projection()))
    mapping = table.metadata.name_mapping()
    names = {name: str(one.field_id) for one in (mapping.root if mapping else ()) for name in one.names}
    pairs = list(zip(manifest.paths, manifest.files, strict=True))
    shapes = in_pool(lambda pair: _shape(_schema(pair[0], pair[1], contents)), pairs)
    other = sum(1 for shape in shapes if not _same(shape, wanted, names))
    if not other:
        return ""
    return f"the columns of {other} of its {len(pairs)} data files are not those that the table has now"


Shape = tuple[tuple[str, str, tuple[str | None, ...]], ...]


def _shape(schema: Any) -> Shape:
    """Name, type and field ids of each column, sorted by name."""
    return tuple(sorted(((f.name, _plain(str(f.type)), _ids(f)) for f in schema), key=lambda one: one[0]))


def _same(found: Shape, wanted: Shape, names: Mapping[str, str]) -> bool:
    """Equal names, types and field ids. A file that has no ids is read by the table's mapping of names."""
    if [one[:2] for one in found] != [one[:2] for one in wanted]:
        return False
    for (name, _, have), (_, _, want) in zip(found, wanted, strict=True):
        if have != want and not (set(have) == {None} and names.get(name) == want[0]):
            return False
    return True


def _plain(kind: str) -> str:
    """Types that engines read alike have one name."""
    return kind.replace("large_", "")


def _ids(field: Any) -> tuple[str | None, ...]:
    """The id of a field and of those inside it."""
    own = (field.metadata or {}).get(b"PARQUET:field_id")
    inside = (field.type.field(place) for place in range(field.type.num_fields))
    return (None if own is None else own.decode(), *(id_ for child in inside for id_ in _ids(child)))


def _schema(path: str, entry: FileEntry, contents: Contents) -> Any:
    """The Arrow schema of a Parquet file by its footer, without a second request where its end is known."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not is_remote(path):
        return pq.read_schema(path)
    tail = contents.tail(path)
    if tail is not None:
        try:
            return pq.read_schema(Sparse(tail, entry.size))
        except (pa.ArrowException, OSError):
            pass  # the footer is longer than the tail
    return pq.read_schema(pa.BufferReader(contents.inventory.s3.get(Address.parse(path), entry.version).body))
