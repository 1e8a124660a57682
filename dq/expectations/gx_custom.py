"""Expectations that a user registered with Great Expectations: it judges them itself, on the rows in memory.

A fallback, and labelled so: verdicts carry `details.evaluated_by: great_expectations`. The rows within the
filter are handed over as a pandas frame, at most a million of them; beyond that the verdict is an error,
never an answer from a sample.
"""

from __future__ import annotations

import functools
import json
import re
import sys
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import ConfigDict, Field, create_model, model_validator

from dq.errors import EngineError
from dq.expectations.base import Expectation, Judgement, Scope, nothing_considered
from dq.expectations.gx_library import theirs
from dq.expectations.traits import Cost
from dq.metrics import Foreign, Metric, RowCount, State
from dq.verdict import Outcome

if TYPE_CHECKING:
    import pyarrow as pa

_NOT_ARGUMENTS = frozenset(
    {
        "id", "meta", "notes", "result_format", "description", "catch_exceptions", "rendered_content",
        "severity", "windows", "batch_id", "row_condition", "condition_parser",
    }
)  # fmt: skip
"""Fields of every expectation there that say nothing about what is expected, or that dq does itself."""
_RAISED = re.compile(r"^([A-Za-z_][\w.]*(?:Error|Exception|Warning)?)(?::|$)", re.MULTILINE)


def adopted(name: str) -> type[Expectation] | None:
    """A class for a type that is registered with Great Expectations; None when there is none.

    Only looks where the library is loaded already, as it is once a module with such a class was imported.
    """
    if "great_expectations" not in sys.modules:
        return None
    registry = theirs("expectations.registry")
    try:
        implementation = registry.get_expectation_impl(name)
    except Exception:  # noqa: BLE001 - it raises errors of its own for what it does not know
        return None
    return _class_of(name, implementation)


@functools.cache
def _class_of(name: str, implementation: Any) -> type[Expectation]:
    fields: dict[str, Any] = {}
    for field in implementation.__fields__.values():
        if field.name not in _NOT_ARGUMENTS:
            default = ... if field.required else None
            fields[field.name] = (Any, Field(default=default, description="As in Great Expectations."))
    made = create_model(_words(name), __base__=CustomGxExpectation, __module__=__name__, **fields)
    made.type = name
    made.short = name
    made.level = "column" if "column" in fields else "table"
    made.__doc__ = f"{name}, as Great Expectations judges it. At most {_Answer.most:,} rows."
    return made


def _words(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


class CustomGxExpectation(Expectation):
    """Base of the classes that are made for registered types."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    cost: ClassVar[Cost] = Cost.OUTSIDE

    @model_validator(mode="after")
    def _accepted_there(self) -> CustomGxExpectation:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                theirs("expectations.registry").get_expectation_impl(self.type)(**self.arguments)
            except Exception as error:  # noqa: BLE001 - whatever a user's class raises is about its arguments
                told = " ".join(str(error).splitlines()[1:] or [str(error)]).strip()
                raise ValueError(f"Great Expectations refuses it: {told}") from None
        return self

    @property
    def arguments(self) -> dict[str, Any]:
        """What it was given, without the filter, which dq applies."""
        return self.model_dump(exclude_unset=True, exclude={"where"})

    @property
    def named_columns(self) -> tuple[str, ...]:
        """The columns under the names that Great Expectations has for them."""
        given = self.arguments
        single = [
            given[name] for name in ("column", "column_A", "column_B") if isinstance(given.get(name), str)
        ]
        listed = given.get("column_list")
        return tuple(single) or (tuple(listed) if isinstance(listed, list | tuple) else ())

    def metrics(self, scope: Scope) -> dict[str, Metric]:
        """The answer of Great Expectations, and the rows.

        Raises:
            NotEvaluable: a column does not exist.
        """
        for name in self.named_columns:
            scope.column(name)
        config = json.dumps({"type": self.type, "kwargs": self.arguments}, sort_keys=True, default=str)
        return {"answer": _Answer(where=self.filter, config=config), "rows": RowCount(where=self.filter)}

    def judge(self, values: Mapping[str, Any], scope: Scope) -> Judgement:
        """Their verdict; `untested` where no row was considered."""
        answer, rows = values["answer"], values["rows"]
        details = {"evaluated_by": "great_expectations"}
        counted = answer["unexpected"] is not None
        considered = rows - (answer["missing"] or 0) if counted else None
        if rows == 0 or considered == 0:
            reason = nothing_considered(rows, self.where)
            counts = {"considered": 0, "unexpected": 0} if counted else {}
            return Judgement(Outcome.UNTESTED, rows=rows, details=details, reason=reason, **counts)
        observed = answer["observed"]
        if considered:
            observed = (considered - answer["unexpected"]) / considered
        return Judgement(
            Outcome.PASS if answer["success"] else Outcome.FAIL,
            observed=observed,
            rows=rows,
            considered=considered,
            unexpected=answer["unexpected"],
            missing=answer["missing"],
            details=details,
        )

    def expected(self) -> str:
        """`as expect_column_values_to_be_prime of Great Expectations says`."""
        return f"as {self.type} of Great Expectations says"


@dataclass(frozen=True, kw_only=True)
class _Answer(Foreign):
    """What Great Expectations says of the rows.

    Value: `{"success": bool, "unexpected": int | None, "missing": int | None, "observed": JSON}`.

    Attributes:
        config: the configuration, as JSON.
    """

    config: str

    def look(self, rows: pa.Table) -> State:
        """Ask its validator.

        Raises:
            EngineError: the class raised, or could not be asked.
        """
        config = json.loads(self.config)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                found = _validated(config, rows.to_pandas())
            except Exception as error:
                raise EngineError(_told(config["type"], type(error).__name__)) from error
        raised = found.get("exception_info") or {}
        entries = [raised] if "raised_exception" in raised else list(raised.values())
        for entry in entries:
            if entry.get("raised_exception"):
                names = _RAISED.findall(str(entry.get("exception_traceback")).strip().splitlines()[-1])
                raise EngineError(_told(config["type"], names[-1] if names else "an exception"))
        result = found.get("result") or {}
        answer = {
            "success": bool(found["success"]),
            "unexpected": result.get("unexpected_count") if "element_count" in result else None,
            "missing": result.get("missing_count"),
            "observed": result.get("observed_value"),
        }
        return (answer,)


def _told(name: str, error: str) -> str:
    """Which error, not its text: that may quote values."""
    return f"Great Expectations raised {error} in {name}; its text may hold values and is left out"


def _validated(config: Mapping[str, Any], frame: Any) -> dict[str, Any]:
    """Their result for one configuration on one frame, as JSON."""
    base: Any = theirs("validator.validator").Validator

    class Silent(base):  # type: ignore[misc]  # a class of a library without types here
        def _determine_progress_bars(self) -> bool:
            return False

    engine = theirs("execution_engine").PandasExecutionEngine()
    validator = Silent(execution_engine=engine, batches=[theirs("core.batch").Batch(data=frame)])
    made = theirs("expectations.expectation_configuration").ExpectationConfiguration(**config)
    basic = {"result_format": "BASIC", "partial_unexpected_count": 0}
    (found,) = validator.graph_validate(configurations=[made], runtime_configuration={"result_format": basic})
    document: dict[str, Any] = found.to_json_dict()
    return document
