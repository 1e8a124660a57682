"""The checks as Pointblank steps, the same for polars and for DuckDB; a check may take two steps."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pointblank as pb

from benchmarks import checks as c
from benchmarks.runners.report import Finding, Job


@dataclass(frozen=True)
class Library:
    """What a check is in the table's own library.

    Attributes:
        types: names of the DuckDB types.
        parses: whether the text of a column is a whole number, per row.
        condition: whether `table-satisfy` holds, per row.
        numbers: aggregates that Pointblank has no step for; of a column of the table it is given.
        vendors: the other dataset.
    """

    types: Mapping[str, str]
    parses: Callable[[str], Any]
    condition: Any
    numbers: Mapping[str, Callable[[Any, str], Any]]
    vendors: Any


def validation(table: Any, library: Library, job: Job, samples: bool) -> dict[str, Finding]:
    """Interrogate once. Returns the findings by check id.

    Args:
        table: a frame, or an ibis table.
        library: of the table.
        job: which checks.
        samples: whether 20 bad rows per step are kept.
    """
    plan = pb.Validate(table)
    steps: dict[str, tuple[int, int]] = {}
    done = 0
    wanted = c.checks(job.rows, job.checks)
    for check in wanted:
        plan, added = add(plan, check, library)
        steps[check.id] = (done + 1, done + added)
        done += added
    plan = plan.interrogate(collect_tbl_checked=False, collect_extracts=samples, get_first_n=20)
    failed, share = plan.n_failed(), plan.f_failed()
    report = {step.i: step for step in plan.validation_info}
    findings = {}
    for check in wanted:
        first, last = steps[check.id]
        numbers = range(first, last + 1)
        if any(report[i].eval_error for i in numbers):
            findings[check.id] = Finding("error")
        elif isinstance(check, c.NotNull):
            findings[check.id] = Finding.of(share[first] <= 1 - check.mostly + 1e-12, failed[first])
        else:
            passed = all(failed[i] == 0 for i in numbers)
            findings[check.id] = Finding.of(passed, failed[first] if isinstance(check, c.PER_ROW) else None)
    return findings


def add(plan: Any, check: c.Check, library: Library) -> tuple[Any, int]:
    """The plan with this check, and how many steps that took."""
    match check:
        case c.RowCount(low=low, high=high):
            middle = (low + high) // 2
            return plan.row_count_match(middle, tol=high - middle), 1
        case c.Schema(columns=columns):
            schema = pb.Schema(columns=[(name, library.types[kind]) for name, kind in columns])
            return plan.col_schema_match(schema), 1
        case c.NotNull(column=column):
            return plan.col_vals_not_null(column), 1
        case c.Unique(columns=columns):
            return plan.rows_distinct(columns_subset=list(columns)), 1
        case c.InSet(column=column, values=values):
            return plan.col_vals_in_set(column, set=list(values)), 1
        case c.Between(column=column, low=low, high=high):
            return plan.col_vals_between(column, low, high, na_pass=True), 1
        case c.Matches(column=column, pattern=pattern):
            return plan.col_vals_regex(column, pattern, na_pass=True), 1
        case c.Length(column=column, length=length):
            return plan.col_vals_str_len(column, length, length, na_pass=True), 1
        case c.PairGreater(column=column, other=other):
            return plan.col_vals_ge(column, pb.col(other), na_pass=True), 1
        case c.References(column=column, key=key):
            return plan.col_vals_in_table(column, ref_table=library.vendors, ref_column=key, na_pass=True), 1
        case c.Parses(column=column):
            return plan.col_vals_expr(library.parses(column)), 1
        case c.Satisfies():
            return plan.col_vals_expr(library.condition), 1
        case c.Aggregate():
            return _aggregate(plan, check, library)
    raise TypeError(f"{check.id}: a kind of check that is not known here")


def _aggregate(plan: Any, check: c.Aggregate, library: Library) -> tuple[Any, int]:
    column, low, high = check.column, check.low, check.high
    if check.function == "max" and isinstance(low, dt.datetime):
        day = dt.timedelta(days=1)
        return plan.data_freshness(column, max_age=day, reference_time=low + day), 1
    number = library.numbers.get(check.function)
    if number is not None and high is not None:
        return plan.specially(lambda table: bool(low <= number(table, column) <= high)), 1
    step = {"mean": "col_avg", "stdev": "col_sd", "sum": "col_sum"}[check.function]
    return getattr(getattr(plan, f"{step}_ge")(column, low), f"{step}_le")(column, high), 2
