"""How far the distribution of a column is from an expected one: Kullback-Leibler divergence."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from dq.expectations.base import Expectation, Judgement, NotEvaluable, Scope, nothing_considered, register
from dq.expectations.column import ColumnName, nan_metric, without_nan
from dq.expectations.entropy import divergence
from dq.expectations.literals import NUMBERS, Number, Value, kind, matching, show, term
from dq.expectations.traits import Cost, Tool
from dq.metrics import CountWhere, Metric, RowCount, ValueCounts
from dq.sql.words import And, Column, Compare, Condition, In, IsNull, Lit, Not, both
from dq.verdict import Outcome

Weight = Annotated[float, Field(ge=0)]


def _infinite(value: Any) -> Any:
    return float(value) if value in ("inf", "-inf") else value


Edge = Annotated[Number, BeforeValidator(_infinite)]
"""An edge between bins; the text `inf` or `-inf` for an open end, since JSON has no such number."""


class ExpectedPartition(BaseModel):
    """The expected distribution: the weight of each value, or of each bin between two edges.

    A bin holds its lower edge but not its upper one; the last bin holds both. Weights sum to 1.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    weights: tuple[Weight, ...] = Field(min_length=1, description="Share of each value or bin.")
    values: tuple[Value, ...] | None = Field(default=None, description="The values, for categories.")
    bins: tuple[Edge, ...] | None = Field(
        default=None, description="Edges of the bins, upwards; the outermost may be -inf and inf."
    )
    tail_weights: tuple[Weight, Weight] | None = Field(
        default=None, description="Share below the first edge, and above the last one."
    )

    @model_validator(mode="after")
    def _is_a_distribution(self) -> ExpectedPartition:
        if (self.values is None) == (self.bins is None):
            raise ValueError("a partition has either values or bins")
        total = math.fsum((*self.weights, *(self.tail_weights or ())))
        if not math.isclose(total, 1, rel_tol=1e-5, abs_tol=1e-8):
            raise ValueError(f"the weights sum to {total:.10g}, not to 1")
        if self.values is not None:
            self._are_categories(self.values)
        if self.bins is not None:
            self._are_edges(self.bins)
        return self

    def _are_categories(self, values: tuple[Value, ...]) -> None:
        if len(values) != len(self.weights):
            raise ValueError(f"{len(values)} values need as many weights, got {len(self.weights)}")
        if len({(isinstance(value, bool), value) for value in values}) < len(values):
            raise ValueError("a value stands in the partition twice")
        if self.tail_weights is not None:
            raise ValueError("tail_weights belong to bins; categories have no tails")

    def _are_edges(self, bins: tuple[Number, ...]) -> None:
        if len(bins) != len(self.weights) + 1:
            raise ValueError(
                f"{len(self.weights)} weights need {len(self.weights) + 1} edges, got {len(bins)}"
            )
        if not all(float(low) < float(high) for low, high in pairwise(bins)):
            raise ValueError("the edges of the bins do not go up")
        if self.tail_weights is not None and any(math.isinf(float(edge)) for edge in bins):
            raise ValueError("a bin that reaches to infinity is a tail itself: leave tail_weights out")

    @property
    def open_ends(self) -> tuple[bool, bool]:
        """Whether the first bin reaches down to minus infinity, and the last one up to infinity."""
        edges = self.bins or (0,)
        return float(edges[0]) == -math.inf, float(edges[-1]) == math.inf


@register
class ExpectColumnKLDivergenceToBeLessThan(Expectation):
    """The Kullback-Leibler divergence (relative entropy, in nats) from an expected partition is small.

    It is the sum over all parts of `observed * ln(observed / expected)`; 0 means that both agree. Where
    something is observed of which nothing is expected it is infinite and fails; a holdout expects a little
    there. Observed: the divergence, None when it is infinite. Nulls and NaN are left out.

    Categories: `{values: [..], weights: [..]}`; `tail_weight_holdout` is what all other values together are
    expected to weigh. Numbers: `{bins: [edges], weights: [..], tail_weights: [below, above]}`;
    `tail_weight_holdout` is shared by what lies below and above, `internal_weight_holdout` by bins of weight
    0. Without a threshold it is measured and passes. Without a partition there is nothing to differ from
    and it is untested (Great Expectations compares the data with itself and passes).
    """

    type: ClassVar[str] = "expect_column_kl_divergence_to_be_less_than"
    short: ClassVar[str] = "kl_divergence"
    level: ClassVar[Literal["column", "table"]] = "column"
    positional: ClassVar[tuple[str, ...]] = ("partition_object", "threshold")
    aliases: ClassVar[Mapping[str, str]] = {"partition": "partition_object", "below": "threshold"}
    nulls: ClassVar[str] = "Left out. NaN is left out too."
    cost: ClassVar[Cost] = Cost.GROUPING
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "dbt": "dbt_expectations.expect_column_kl_divergence_to_be_less_than",
    }

    column: ColumnName
    partition_object: ExpectedPartition | None = Field(default=None, description="The expected distribution.")
    threshold: float | None = Field(default=None, ge=0, description="Largest divergence that passes.")
    internal_weight_holdout: float = Field(default=0, ge=0, le=1, description="For bins of weight 0.")
    tail_weight_holdout: float = Field(default=0, ge=0, le=1, description="For what no part covers.")
    bucketize_data: bool = Field(default=True, description="Count numbers by bins; needed with bins.")
    min_value: Any = Field(default=None, description="Accepted for Great Expectations' sake; no effect.")
    max_value: Any = Field(default=None, description="Accepted for Great Expectations' sake; no effect.")

    @model_validator(mode="after")
    def _holdouts_fit(self) -> ExpectColumnKLDivergenceToBeLessThan:
        partition = self.partition_object
        if partition is None:
            return self
        if partition.values is not None and self.internal_weight_holdout:
            raise ValueError("internal_weight_holdout belongs to bins; categories have no empty bins")
        if partition.bins is not None and not self.bucketize_data:
            raise ValueError("bins need bucketize_data: true")
        if self.tail_weight_holdout and partition.tail_weights is not None:
            raise ValueError("tail_weight_holdout and tail_weights say the same; give one")
        if self.tail_weight_holdout and all(partition.open_ends):
            raise ValueError("tail_weight_holdout has no meaning: the bins reach to infinity on both sides")
        if self.tail_weight_holdout + self.internal_weight_holdout > 1:
            raise ValueError("both holdouts together are more than everything")
        return self

    @property
    def named_columns(self) -> tuple[str, ...]:
        """The one column."""
        return (self.column,)

    def metrics(self, scope: Scope) -> dict[str, Metric]:
        """Rows in each part of the partition; rows, nulls and NaNs."""
        column = scope.column(self.column)
        wanted: dict[str, Metric] = {
            "rows": RowCount(where=self.filter),
            "missing": CountWhere(condition=IsNull(column), where=self.filter),
            **nan_metric(column, self.filter),
        }
        partition = self.partition_object
        if partition is None:
            return wanted
        where = both(self.filter, without_nan(column))
        if partition.values is not None:
            return wanted | self._categories(column, partition.values, where)
        if kind(column) not in NUMBERS:
            raise NotEvaluable(f"column '{column.name}' is {column.type}, which has no bins of numbers")
        parts = _bins(column, partition.bins or ())
        return wanted | {f"part{i}": CountWhere(condition=part, where=where) for i, part in enumerate(parts)}

    def _categories(
        self, column: Column, values: tuple[Value, ...], where: Condition | None
    ) -> dict[str, Metric]:
        of = term(column)
        parts: dict[str, Metric] = {}
        for i, value in enumerate(values):
            parts[f"part{i}"] = CountWhere(condition=In(of, matching(column, (value,))), where=where)
        others = Not(In(of, matching(column, values)))
        return parts | {"others": ValueCounts(of=of, where=both(where, others), most=1)}

    def judge(self, values: Mapping[str, Any], scope: Scope) -> Judgement:
        """`details` holds both partitions, as weights of the same parts."""
        rows, missing, nan = values["rows"], values["missing"], values.get("nan", 0)
        details: dict[str, Any] = {"nan": nan} if nan else {}
        total = rows - missing - nan
        if not total:
            reason = "every value is null or NaN" if rows > missing else nothing_considered(rows, self.where)
            return Judgement(Outcome.UNTESTED, rows=rows, missing=missing, details=details, reason=reason)
        partition = self.partition_object
        if partition is None:
            reason = "no partition is given to compare with"
            return Judgement(Outcome.UNTESTED, rows=rows, missing=missing, details=details, reason=reason)
        counts = [values[f"part{i}"] for i in range(_number_of_parts(partition))]
        if partition.values is not None:
            measured, parts = self._of_categories(partition, counts, values["others"], total)
        else:
            measured, parts = self._of_bins(partition, counts, total)
        good = self.threshold is None or measured <= self.threshold
        return Judgement(
            Outcome.PASS if good else Outcome.FAIL,
            observed=measured if math.isfinite(measured) else None,
            rows=rows,
            missing=missing,
            details=details | parts,
            reason="" if good or math.isfinite(measured) else "rows stand where nothing is expected",
        )

    def _of_categories(
        self, partition: ExpectedPartition, counts: list[int], others: Mapping[str, Any], total: int
    ) -> tuple[float, dict[str, Any]]:
        held = self.tail_weight_holdout if others["distinct"] else 0.0
        expected = [weight * (1 - held) for weight in partition.weights]
        observed = [count / total for count in counts]
        rest = (others["rows"] / total, held, others["distinct"], (others["entropy"] or 0.0) * math.log(2))
        named = {"values": list(partition.values or ())}
        details = {
            "observed_partition": {**named, "weights": observed},
            "expected_partition": {**named, "weights": expected},
        }
        if others["distinct"]:
            details["other_values"] = {"distinct": others["distinct"], "weight": rest[0]}
        return divergence(observed, expected, rest), details

    def _of_bins(
        self, partition: ExpectedPartition, counts: list[int], total: int
    ) -> tuple[float, dict[str, Any]]:
        expected = self._expected_bins(partition)
        observed = [count / total for count in counts]
        edges = list(partition.bins or ())
        down, up = partition.open_ends
        edges = edges[down : len(edges) - up]
        details = {
            name: {"bins": edges, "weights": weights[1:-1], "tail_weights": [weights[0], weights[-1]]}
            for name, weights in (("observed_partition", observed), ("expected_partition", expected))
        }
        return divergence(observed, expected), details

    def _expected_bins(self, partition: ExpectedPartition) -> list[float]:
        """The expected weights: below, of the bins, above."""
        tail, internal = self.tail_weight_holdout, self.internal_weight_holdout
        weights = [weight * (1 - tail - internal) for weight in partition.weights]
        empty = weights.count(0)
        if internal and empty:
            weights = [weight or internal / empty for weight in weights]
        down, up = partition.open_ends
        below, above = partition.tail_weights or (tail / 2, tail / 2)
        if down != up:
            below = above = tail  # the other tail is a bin
        return ([] if down else [below]) + weights + ([] if up else [above])

    def expected(self) -> str:
        """`KL divergence from a partition of 3 values at most 0.1`."""
        if self.partition_object is None:
            return "KL divergence from a partition that is not given"
        count = len(self.partition_object.weights)
        parts = f"{count} {'values' if self.partition_object.values is not None else 'bins'}"
        limit = "of any size" if self.threshold is None else f"at most {show(self.threshold)}"
        return f"KL divergence from a partition of {parts} {limit}"


def _number_of_parts(partition: ExpectedPartition) -> int:
    down, up = partition.open_ends
    tails = 0 if partition.values is not None else 2 - down - up
    return len(partition.weights) + tails


def _bins(column: Column, edges: tuple[Number, ...]) -> list[Condition]:
    """Below, every bin, above; a bin that reaches to infinity takes the place of its tail."""
    of, last = term(column), len(edges) - 2
    lits = [Lit(edge) for edge in edges]
    low, high = float(edges[0]), float(edges[-1])
    parts: list[Condition] = [] if low == -math.inf else [Compare("<", of, lits[0])]
    for i in range(last + 1):
        above = None if float(edges[i]) == -math.inf else Compare(">=", of, lits[i])
        inside: Condition = Compare("<=" if i == last else "<", of, lits[i + 1])
        if i == last and high == math.inf:
            inside = Not(IsNull(of))
        parts.append(inside if above is None else And((above, inside)))
    return parts if high == math.inf else [*parts, Compare(">", of, lits[-1])]
