"""Pandera on polars: one DataFrameSchema over a frame that is read whole; all errors are collected."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pandera.polars as pa
import polars as pl

from benchmarks import checks as c
from benchmarks.runners.report import Finding, Job, emit, job_from

TYPES: dict[str, Any] = {
    "BIGINT": pl.Int64,
    "INTEGER": pl.Int32,
    "SMALLINT": pl.Int16,
    "VARCHAR": pl.String,
    "TIMESTAMP": pl.Datetime("us"),
    "DATE": pl.Date,
    "DECIMAL(10,2)": pl.Decimal(10, 2),
    "DOUBLE": pl.Float64,
    "BOOLEAN": pl.Boolean,
}
SCHEMA_REASONS = {"WRONG_DATATYPE", "COLUMN_NOT_IN_DATAFRAME", "COLUMN_NOT_IN_SCHEMA", "COLUMN_NOT_ORDERED"}
NUMBERS: dict[c.Function, Callable[[pl.Expr], pl.Expr]] = {
    "mean": pl.Expr.mean,
    "median": pl.Expr.median,
    "stdev": pl.Expr.std,
    "distinct_count": pl.Expr.n_unique,
    "sum": pl.Expr.sum,
    "max": pl.Expr.max,
}


def condition(expression: pl.Expr, check: c.Check) -> pa.Check:
    """A check of Pandera's from a polars expression."""
    return pa.Check(lambda data: data.lazyframe.select(expression), name=check.id)


def of_column(check: c.Check, job: Job) -> pa.Check | None:
    """A check of one column; None where it is not one, or is a property of the column in Pandera."""
    match check:
        case c.NotNull(column=column, mostly=mostly) if mostly < 1.0:
            return condition(pl.col(column).is_null().mean() <= 1 - mostly + 1e-12, check)
        case c.InSet(values=values):
            return pa.Check.isin(list(values), name=check.id)
        case c.Between(low=low, high=high):
            return pa.Check.in_range(low, high, name=check.id)
        case c.Matches(pattern=pattern):
            return pa.Check.str_contains(pattern, name=check.id)
        case c.Length(length=length):
            return pa.Check.str_length(length, length, name=check.id)
        case c.References(dataset=dataset, key=key):
            known = pl.read_parquet(job.folder / f"{dataset}.parquet", columns=[key])[key].to_list()
            return pa.Check.isin(known, name=check.id)
        case c.Parses(column=column, type="INTEGER"):
            return condition(pl.col(column).cast(pl.Int32, strict=False).is_not_null(), check)
        case c.Aggregate(column=column, function=function, low=low, high=high):
            number = NUMBERS[function](pl.col(column))
            return condition(number >= low if high is None else number.is_between(low, high), check)
        case _:
            return None


def of_table(check: c.Check) -> pa.Check | None:
    """A check of the whole frame; None where it is not one."""
    match check:
        case c.RowCount(low=low, high=high):
            return condition(pl.len().is_between(low, high), check)
        case c.PairGreater(column=column, other=other):
            return condition(pl.col(column) >= pl.col(other), check)
        case c.Satisfies(condition=text):
            return condition(pl.sql_expr(text), check)
        case _:
            return None


def schema(wanted: tuple[c.Check, ...], job: Job) -> pa.DataFrameSchema:
    """All checks as one schema."""
    required = {check.column for check in wanted if isinstance(check, c.NotNull) and check.mostly == 1.0}
    single = {check.columns[0] for check in wanted if isinstance(check, c.Unique) and len(check.columns) == 1}
    together = [
        list(check.columns) for check in wanted if isinstance(check, c.Unique) and len(check.columns) > 1
    ]
    checks: dict[str, list[pa.Check]] = {name: [] for name, _ in c.COLUMNS}
    for check in wanted:
        made = of_column(check, job)
        if made is not None and not isinstance(check, c.RowCount | c.Schema | c.Unique):
            checks[check.column].append(made)
    columns = {
        name: pa.Column(TYPES[kind], checks[name], nullable=name not in required, unique=name in single)
        for name, kind in c.COLUMNS
    }
    of_all = [made for check in wanted if (made := of_table(check)) is not None]
    return pa.DataFrameSchema(columns, checks=of_all, unique=together[0], strict=True, ordered=True)


def run(job: Job) -> dict[str, Finding]:
    """Validate once. Returns the findings by check id."""
    wanted = c.checks(job.rows, job.checks)
    frame = pl.read_parquet(f"{job.folder}/orders/*/*.parquet", hive_partitioning=True)
    found = {check.id: Finding("pass", 0 if isinstance(check, c.PER_ROW) else None) for check in wanted}
    try:
        schema(wanted, job).validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        for error in errors.schema_errors:
            found |= failed(error, wanted)
    return {
        check.id: found[check.id] if not _share(check) else Finding(found[check.id].outcome)
        for check in wanted
    }


def _share(check: c.Check) -> bool:
    return isinstance(check, c.NotNull) and check.mostly < 1.0


def failed(error: Any, wanted: tuple[c.Check, ...]) -> dict[str, Finding]:
    """The check that an error of Pandera's is about."""
    reason = error.reason_code.name
    ids = {check.id: check for check in wanted}
    name = getattr(error.check, "name", None)
    if name in ids:
        counted = isinstance(ids[name], c.PER_ROW) and hasattr(error.failure_cases, "height")
        return {name: Finding("fail", error.failure_cases.height if counted else None)}
    for check in wanted:
        match check:
            case c.Schema() if reason in SCHEMA_REASONS:
                return {check.id: Finding("fail")}
            case c.NotNull(column=error.column_name) if reason == "SERIES_CONTAINS_NULLS":
                return {check.id: Finding("fail", error.failure_cases.height)}
            case c.Unique(columns=columns) if "DUPLICATES" in reason:
                if columns == (error.column_name,) or (len(columns) > 1 and not error.column_name):
                    return {check.id: Finding("fail")}
    raise ValueError(f"Pandera reports {reason}, which no check of the benchmark asked for")


def main(arguments: list[str]) -> int:
    """Run once and report."""
    notes = "aggregates, mostly, pair, parse and custom condition as lambdas; keeps every failing value"
    emit(run(job_from("pandera", arguments)), notes=notes)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
