"""Tables in memory as Parquet files with the columns and types of a table of the catalog."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from dq.aws.glue import CatalogTable
from dq.errors import DataError, UsageError, did_you_mean
from dq.lake.glue.table import NULL_VALUE, format_of
from dq.lake.manifest import Partition

if TYPE_CHECKING:
    import pyarrow as pa

_NAME = "part-00000.snappy.parquet"
_ROWS = 1 << 20
"""Of a row group, at most."""


def split(frame: pa.Table, table: CatalogTable, partition: Partition) -> Iterator[tuple[Partition, pa.Table]]:
    """The rows of each partition, without the keys, which the catalog holds.

    Args:
        frame: any rows; it may hold the keys as columns.
        table: whose keys count.
        partition: values of keys that hold for every row; a key that the frame holds as well must agree.

    Raises:
        UsageError: a key is neither named nor a column.
        DataError: the frame holds another value of a key that was named, or no rows.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    given = partition.as_dict()
    names = {column.lower(): column for column in frame.column_names}
    keys = [name for name, _ in table.keys]
    inside = {key: names[key.lower()] for key in keys if key.lower() in names}
    for key in keys:
        if key not in given and key not in inside:
            raise UsageError(
                f"{table.address} is partitioned by {', '.join(keys)}; the frame has no column '{key}' and "
                "the partition does not name it"
            )
    texts = {key: _texts(frame.column(column)) for key, column in inside.items()}
    for key in given.keys() & texts.keys():
        if set(texts[key].unique().to_pylist()) - {given[key]}:
            raise DataError(f"column '{key}' of the frame holds other values than partition {partition}")
    rest = frame.drop_columns(list(inside.values()))
    free = [key for key in keys if key not in given]
    if not free:
        yield Partition(tuple((key, given[key]) for key in keys)), rest
        return
    places = pa.table({key: texts[key] for key in free})
    for row in sorted(places.group_by(free).aggregate([]).to_pylist(), key=str):
        mask = pa.array([True] * frame.num_rows)
        for key, value in row.items():
            mask = pc.and_(mask, pc.equal(places.column(key).combine_chunks(), value))
        yield (
            Partition(tuple((key, given[key] if key in given else row[key]) for key in keys)),
            rest.filter(mask),
        )


def write(rows: pa.Table, table: CatalogTable, folder: Path) -> Path:
    """Rows of one partition as a Parquet file, in the order and the types of the table's columns.

    Returns:
        The file.

    Raises:
        DataError: a column is missing, is too many, or holds what its type cannot.
        UsageError: the table's format is another one.
    """
    import pyarrow.parquet as pq

    if format_of(table, str(table.address)) != "parquet":
        raise UsageError(
            f"{table.address} is no table of Parquet files, so a frame cannot be published to it; write the "
            "files and use dq.publish"
        )
    path = folder / _NAME
    pq.write_table(conformed(rows, table), path, compression="snappy", row_group_size=_ROWS)
    return path


def conformed(rows: pa.Table, table: CatalogTable) -> pa.Table:
    """Rows with the columns of a table, in its order and its types; nothing is rounded or cut off.

    Raises:
        DataError: a column is missing, is too many, or holds what its type cannot.
    """
    import pyarrow as pa

    names = {column.lower(): column for column in rows.column_names}
    known = [name for name, _ in table.columns]
    extra = sorted(names.keys() - {name.lower() for name in known})
    if extra:
        raise DataError(
            f"{table.address} has no column '{extra[0]}'.{did_you_mean(extra[0], known)} Readers by the "
            "catalog would not see it; add it to the table first, or leave it out"
        )
    arrays = []
    for name, kind in table.columns:
        if name.lower() not in names:
            raise DataError(
                f"the frame has no column '{name}', which {table.address} has; give it, if need be as null"
            )
        column = rows.column(names[name.lower()])
        wanted = arrow_type(kind)
        try:
            arrays.append(column if wanted is None else column.cast(wanted))
        except pa.ArrowException as error:  # its text may quote a value
            raise DataError(
                f"column '{name}' of the frame is {column.type}, and not every value is {kind}, as "
                f"{table.address} has it"
            ) from error.with_traceback(None)
    return pa.table(dict(zip(known, arrays, strict=True)))


def arrow_type(kind: str) -> pa.DataType | None:
    """The Arrow type for a Hive type; None for nested ones, which stay as they are."""
    import pyarrow as pa

    head, _, inner = kind.lower().replace(" ", "").partition("(")
    if head == "decimal":
        digits, _, scale = (inner.rstrip(")") or "10,0").partition(",")
        return pa.decimal128(int(digits), int(scale or 0))
    plain = {
        "string": pa.string(),
        "char": pa.string(),
        "varchar": pa.string(),
        "tinyint": pa.int8(),
        "smallint": pa.int16(),
        "int": pa.int32(),
        "integer": pa.int32(),
        "bigint": pa.int64(),
        "long": pa.int64(),
        "boolean": pa.bool_(),
        "float": pa.float32(),
        "double": pa.float64(),
        "date": pa.date32(),
        # Athena and Spark read microseconds without a zone; nanoseconds are unknown to most readers.
        "timestamp": pa.timestamp("us"),
        "binary": pa.binary(),
    }
    return plain.get(head)


def _texts(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Values as the catalog spells them: dates in ISO form, null as Hive writes it."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    return pc.fill_null(column.cast(pa.string()), NULL_VALUE)
