"""Finding columns by name and types by family."""

from __future__ import annotations

import pytest

from dq.lake.schema import Schema, kind_of
from dq.sql.words import Column

SCHEMA = Schema(
    (Column("id", "BIGINT"), Column("Carrier", "VARCHAR"), Column("x", "DOUBLE"), Column("X", "DATE"))
)


@pytest.mark.parametrize(
    ("kind", "types"),
    [
        ("whole", ["TINYINT", "BIGINT", "UBIGINT", "HUGEINT"]),
        ("real", ["DOUBLE", "FLOAT"]),
        ("decimal", ["DECIMAL(10,2)", "decimal(38, 0)"]),
        ("text", ["VARCHAR", "ENUM('a', 'b')"]),
        ("bool", ["BOOLEAN"]),
        ("date", ["DATE"]),
        ("time", ["TIME", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP_NS"]),
        (
            "other",
            ["INTEGER[]", "DATE[]", "STRUCT(a INTEGER)", "MAP(VARCHAR, INTEGER)", "INTERVAL", "BLOB", "UUID"],
        ),
    ],
)
def test_families_of_types(kind: str, types: list[str]) -> None:
    assert {kind_of(one) for one in types} == {kind}


def test_a_column_is_found_by_its_name_and_by_case_only_where_that_is_clear() -> None:
    assert SCHEMA.find("id") == Column("id", "BIGINT")
    assert SCHEMA.find("CARRIER") == Column("Carrier", "VARCHAR")
    assert SCHEMA.find("x") == Column("x", "DOUBLE")
    assert SCHEMA.find("X") == Column("X", "DATE")
    assert Schema((Column("ab", "DATE"), Column("AB", "DATE"))).find("Ab") is None
    assert SCHEMA.find("nothing") is None
    assert Schema(()).find("id") is None


def test_a_missing_column_is_told_with_the_nearest_and_what_there_is() -> None:
    assert SCHEMA.missing("Carier") == (
        "column 'Carier' does not exist. Did you mean 'Carrier'? Columns: id, Carrier, x, X"
    )
    many = Schema(tuple(Column(f"c{number}", "DATE") for number in range(13)))
    assert many.missing("zzz").endswith("c10, c11, ...")


def test_names_and_lists() -> None:
    assert SCHEMA.names == ("id", "Carrier", "x", "X")
    assert SCHEMA.to_list()[0] == ["id", "BIGINT"]
