"""A lower and an upper bound: validation, comparison, wording."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field, model_validator

from dq.expectations.base import Expectation
from dq.expectations.literals import Bound, Number, WholeNumber, aligned, show

_LOW = "Lower bound; none when left out."
_HIGH = "Upper bound; none when left out."


class Bounds(Expectation):
    """Mixin: a lower and an upper bound, each inclusive unless strict.

    Without any bound an aggregate is measured and passes; a row rule (`needs_bound`) is refused then.
    """

    positional: ClassVar[tuple[str, ...]] = ("min_value", "max_value")
    aliases: ClassVar[Mapping[str, str]] = {"min": "min_value", "max": "max_value"}
    needs_bound: ClassVar[bool] = False

    min_value: Any = Field(default=None, description=_LOW)
    max_value: Any = Field(default=None, description=_HIGH)
    strict_min: bool = Field(default=False, description="Exclude the lower bound itself.")
    strict_max: bool = Field(default=False, description="Exclude the upper bound itself.")

    @classmethod
    def arguments_from(cls, value: Any) -> dict[str, Any]:
        """As everywhere, but a list must hold both bounds: a single value does not say which one it is.

        Raises:
            ValueError: it is neither two values nor a mapping.
        """
        pair = isinstance(value, list | tuple) and len(value) == 2
        if value is None or isinstance(value, Mapping) or pair:
            return super().arguments_from(value)
        raise ValueError(f"{cls.short} takes [min, max] or {{min: .., max: ..}}, got {value!r}")

    @model_validator(mode="after")
    def _bounds_make_sense(self) -> Bounds:
        low, high = self.min_value, self.max_value
        if low is None and high is None and self.needs_bound:
            raise ValueError("min_value and max_value are both missing: nothing would ever break it")
        for field, bound in (("min_value", low), ("max_value", high)):
            if bound is not None and bound != bound:
                raise ValueError(f"{field} is NaN, which has no order")
        if low is not None and high is not None:
            try:
                a, b = aligned(low, high)
                crossed, empty = a > b, a == b and (self.strict_min or self.strict_max)
            except TypeError:
                raise ValueError(f"min_value {low!r} and max_value {high!r} cannot be compared") from None
            if crossed:
                raise ValueError(f"min_value {low!r} is greater than max_value {high!r}")
            if empty:
                raise ValueError(f"no value lies strictly between {low!r} and {high!r}")
        return self

    def within(self, value: Any) -> bool:
        """Whether a measured value lies within the bounds; dates and datetimes compare as moments."""
        above = below = True
        if self.min_value is not None:
            measured, low = aligned(value, self.min_value)
            above = measured > low if self.strict_min else measured >= low
        if self.max_value is not None:
            measured, high = aligned(value, self.max_value)
            below = measured < high if self.strict_max else measured <= high
        return bool(above and below)

    def expected(self) -> str:
        """`between 1 and 20`, `at least 1`, `below 20`, `of any size`."""
        low, high = self.min_value, self.max_value
        if low is not None and high is not None and not (self.strict_min or self.strict_max):
            return f"exactly {show(low)}" if low == high else f"between {show(low)} and {show(high)}"
        parts = []
        if low is not None:
            parts.append(f"{'above' if self.strict_min else 'at least'} {show(low)}")
        if high is not None:
            parts.append(f"{'below' if self.strict_max else 'at most'} {show(high)}")
        return " and ".join(parts) or "of any size"


class ValueBounds(Bounds):
    """Bounds of any type with an order."""

    min_value: Bound | None = Field(default=None, description=_LOW)
    max_value: Bound | None = Field(default=None, description=_HIGH)


class NumberBounds(Bounds):
    """Bounds that are numbers."""

    min_value: Number | None = Field(default=None, description=_LOW)
    max_value: Number | None = Field(default=None, description=_HIGH)


class CountBounds(Bounds):
    """Bounds that are whole numbers."""

    min_value: WholeNumber | None = Field(default=None, description=_LOW)
    max_value: WholeNumber | None = Field(default=None, description=_HIGH)

    @model_validator(mode="after")
    def _a_count_can_reach_it(self) -> CountBounds:
        if self.max_value is not None and self.max_value < 0:
            raise ValueError(f"max_value {self.max_value} is negative: every count would break it")
        return self
