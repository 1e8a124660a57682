"""Great Expectations 1.x on pandas: one suite, one batch, results in the shape BASIC (counts, 20 samples).

The decimal column becomes float: with Decimal objects in it, each value is converted through a walk up the
call stack, and a million rows take a quarter of an hour. No Data Docs, no checkpoint, no store on disk.
"""

from __future__ import annotations

import os
import sys
import warnings
from typing import Any

os.environ["GX_ANALYTICS_ENABLED"] = "false"  # read when it is imported

import great_expectations as gx
import great_expectations.expectations as gxe
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds

from benchmarks import checks as c
from benchmarks.runners.report import Finding, Job, emit, job_from

NUMBERS: dict[c.Function, Any] = {
    "mean": gxe.ExpectColumnMeanToBeBetween,
    "median": gxe.ExpectColumnMedianToBeBetween,
    "stdev": gxe.ExpectColumnStdevToBeBetween,
    "distinct_count": gxe.ExpectColumnUniqueValueCountToBeBetween,
    "sum": gxe.ExpectColumnSumToBeBetween,
    "max": gxe.ExpectColumnMaxToBeBetween,
}


def expectation(check: c.Check, vendors: list[int]) -> Any:
    """One check as an expectation; None where GX has none on pandas."""
    match check:
        case c.RowCount(low=low, high=high):
            return gxe.ExpectTableRowCountToBeBetween(min_value=low, max_value=high)
        case c.Schema(columns=columns):
            return gxe.ExpectTableColumnsToMatchOrderedList(column_list=[name for name, _ in columns])
        case c.NotNull(column=column, mostly=mostly):
            return gxe.ExpectColumnValuesToNotBeNull(column=column, mostly=mostly)
        case c.Unique(columns=(column,)):
            return gxe.ExpectColumnValuesToBeUnique(column=column)
        case c.Unique(columns=columns):
            return gxe.ExpectCompoundColumnsToBeUnique(column_list=list(columns))
        case c.InSet(column=column, values=values):
            return gxe.ExpectColumnValuesToBeInSet(column=column, value_set=list(values))
        case c.Between(column=column, low=low, high=high):
            return gxe.ExpectColumnValuesToBeBetween(column=column, min_value=low, max_value=high)
        case c.Matches(column=column, pattern=pattern):
            return gxe.ExpectColumnValuesToMatchRegex(column=column, regex=pattern)
        case c.Length(column=column, length=length):
            return gxe.ExpectColumnValueLengthsToEqual(column=column, value=length)
        case c.PairGreater(column=column, other=other):
            return gxe.ExpectColumnPairValuesAToBeGreaterThanB(
                column_A=column, column_B=other, or_equal=True, ignore_row_if="either_value_is_missing"
            )
        case c.Parses(column=column, type="INTEGER"):
            # Any text of at most nine digits is a 32-bit whole number.
            return gxe.ExpectColumnValuesToMatchRegex(column=column, regex=r"^\s*[+-]?[0-9]{1,9}\s*$")
        case c.References(column=column):
            return gxe.ExpectColumnValuesToBeInSet(column=column, value_set=vendors)
        case c.Aggregate(column=column, function=function, low=low, high=high):
            return NUMBERS[function](column=column, min_value=low, max_value=high)
        case _:
            return None


def read(job: Job) -> tuple[pd.DataFrame, list[int]]:
    """The orders as a frame, and the known vendors."""
    day = pa.schema([("order_date", pa.date32())])
    partitioning = ds.partitioning(day, flavor="hive")
    table = ds.dataset(job.folder / "orders", partitioning=partitioning).to_table()
    price = table.schema.get_field_index("unit_price")
    table = table.set_column(price, "unit_price", table["unit_price"].cast(pa.float64()))
    vendors = ds.dataset(job.folder / "vendors.parquet").to_table(columns=["vendor_id"])
    return table.to_pandas(self_destruct=True), vendors["vendor_id"].to_pylist()


def run(job: Job) -> dict[str, Finding]:
    """Validate once. Returns the findings by check id."""
    frame, vendors = read(job)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas("here").add_dataframe_asset("orders")
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})
    wanted = {check.id: check for check in c.checks(job.rows, job.checks)}
    expectations = []
    for check in wanted.values():
        made = expectation(check, vendors)
        if made is not None:
            made.meta = {"check": check.id}
            expectations.append(made)
    suite = gx.ExpectationSuite(name="orders", expectations=expectations)
    result = batch.validate(suite, result_format={"result_format": "BASIC", "partial_unexpected_count": 20})
    said = {each.expectation_config.meta["check"]: each for each in result.results}
    return {id_: finding(wanted[id_], each) for id_, each in said.items()}


def finding(check: c.Check, said: Any) -> Finding:
    """What GX said of one check."""
    if said.exception_info.get("raised_exception"):
        return Finding("error")
    counted = isinstance(check, (*c.PER_ROW, c.Unique))
    return Finding.of(bool(said.success), said.result.get("unexpected_count") if counted else None)


def main(arguments: list[str]) -> int:
    """Run once and report."""
    warnings.simplefilter("ignore")
    notes = "no custom condition; schema without types, decimal as float, parse as regex, reference as a set"
    emit(run(job_from("gx", arguments)), notes=notes)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
