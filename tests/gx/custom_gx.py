"""Classes as a user of Great Expectations writes them; importing this registers them there."""

from __future__ import annotations

import warnings
from typing import Any

from real_gx import gx, gxe

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from great_expectations.execution_engine import PandasExecutionEngine
    from great_expectations.expectations.expectation import BatchExpectation, ColumnMapExpectation
    from great_expectations.expectations.metrics import ColumnMapMetricProvider, column_condition_partial

    class ColumnValuesOdd(ColumnMapMetricProvider):  # type: ignore[misc]  # no types there
        condition_metric_name = "column_values.dq_odd"
        condition_value_keys = ()

        @column_condition_partial(engine=PandasExecutionEngine)  # type: ignore[untyped-decorator]  # no types
        def _pandas(cls, column: Any, **kwargs: Any) -> Any:  # noqa: N805 - their convention
            if (column == 13).any():
                raise ArithmeticError("13 is in there")
            return column % 2 == 1

    class ExpectColumnValuesToBeOdd(ColumnMapExpectation):  # type: ignore[misc]  # no types there
        """Values are odd."""

        map_metric = "column_values.dq_odd"

    class ExpectColumnMaxToBeSmall(gxe.ExpectColumnMaxToBeBetween):  # type: ignore[misc]  # no types there
        """The usual way: a class of theirs with arguments filled in."""

        max_value: Any = 5

    class ExpectTableToBePrecious(BatchExpectation):  # type: ignore[misc]  # no types there
        """A table rule with a required argument."""

        least: int
        metric_dependencies = ("table.row_count",)
        success_keys = ("least",)

        def _validate(self, metrics: Any, **kwargs: Any) -> Any:
            rows = metrics["table.row_count"]
            return {"success": rows >= self.least, "result": {"observed_value": rows}}


__all__ = ["ExpectColumnMaxToBeSmall", "ExpectColumnValuesToBeOdd", "ExpectTableToBePrecious", "gx"]
