"""The checks of the benchmark as a dq suite, written as a user would: the short form, as a dict."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks import checks as c

Declaration = dict[str, Any]
SCHEMA = "table-schema"


def suite_of(checks: Iterable[c.Check], folder: Path) -> dict[str, Any]:
    """The checks in the short form of a suite, with the checks' ids."""
    columns: dict[str, list[Declaration]] = {}
    table: list[Declaration] = []
    for check in checks:
        if isinstance(check, c.Schema):
            names = [name for name, _ in check.columns]
            table.append({"columns": names, "id": f"{SCHEMA}-columns"})
            for name, type_name in check.columns:
                declaration = {"of_type": type_name, "id": f"{SCHEMA}-{name}"}
                columns.setdefault(name, []).append(declaration)
        elif (declared := column_declaration(check)) is not None:
            column, declaration = declared
            columns.setdefault(column, []).append({**declaration, "id": check.id})
        else:
            table.append({**table_declaration(check), "id": check.id})
    vendors = {"vendors": str(folder / "vendors.parquet")}
    return {"suite": "orders", "datasets": vendors, "columns": columns, "table": table}


def column_declaration(check: c.Check) -> tuple[str, Declaration] | None:
    """The check as a declaration under its column; None if it belongs to the table."""
    match check:
        case c.NotNull(column=column, mostly=mostly):
            return column, {"not_null": {}, **({} if mostly == 1.0 else {"mostly": mostly})}
        case c.Unique(columns=(column,)):
            return column, {"unique": {}}
        case c.InSet(column=column, values=values):
            return column, {"in_set": list(values)}
        case c.Between(column=column, low=low, high=high):
            return column, {"between": [low, high]}
        case c.Matches(column=column, pattern=pattern):
            return column, {"regex": pattern}
        case c.Length(column=column, length=length):
            return column, {"length": length}
        case c.Aggregate(column=column, function=function, low=low, high=high):
            return column, {function: [low, high]}
        case c.References(column=column, dataset=dataset, key=key):
            return column, {"references": f"{dataset}.{key}"}
        case _:
            return None


def table_declaration(check: c.Check) -> Declaration:
    """The check as a declaration of the table.

    Raises:
        TypeError: the check belongs to a column.
    """
    match check:
        case c.RowCount(low=low, high=high):
            return {"row_count": {"min": low, "max": high}}
        case c.Unique(columns=columns):
            return {"unique": list(columns)}
        case c.PairGreater(column=column, other=other):
            return {"pair_greater": {"column_A": column, "column_B": other, "or_equal": True}}
        case c.Parses(column=column, type=type_name):
            return {"satisfy": f"{column} IS NULL OR TRY_CAST({column} AS {type_name}) IS NOT NULL"}
        case c.Satisfies(condition=condition):
            return {"satisfy": condition}
        case _:
            raise TypeError(f"{check.id} is not a check of the table.")
