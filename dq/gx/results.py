"""Results in the shape of Great Expectations' `ExpectationSuiteValidationResult` (1.24)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from dq.errors import UsageError
from dq.gx.formats import ResultFormat, parse
from dq.gx.json_values import json_value
from dq.gx.observed import SHAPES, observed_result
from dq.gx.unexpected import Unexpected, map_result, of_sample
from dq.lake.source import TableSource
from dq.origin import Origin
from dq.result import Result
from dq.suites.conditions import to_tree
from dq.suites.params import is_open
from dq.verdict import Outcome, Verdict

if TYPE_CHECKING:
    from dq.gx.looking import Look
    from dq.suites.model import Item

SHAPE = "1.24.1"
"""The version of Great Expectations whose shape this is."""
_CLEAN = {"raised_exception": False, "exception_traceback": None, "exception_message": None}
_ROW_BY_ROW = (
    "expect_column_values_", "expect_column_value_", "expect_column_pair_", "expect_multicolumn_",
    "expect_compound_", "expect_select_",
)  # fmt: skip
_AS_A_WHOLE = ("expect_column_values_to_be_of_type", "expect_column_values_to_be_in_type_list")


def to_gx(
    result: Result,
    result_format: str | Mapping[str, Any] = "SUMMARY",
    *,
    values: bool = False,
    run_name: str = "",
) -> dict[str, Any]:
    """A result as Great Expectations' JSON; see `dq.Result.to_gx`.

    Raises:
        UsageError: the format is unknown, or asks for private values to name rows by.
        DataError: `values` is set, and the data changed since it was judged.
    """
    wanted = parse(result_format)
    shown = result if values else result.masked()
    _naming_is_shown(wanted, result, values)
    with ExitStack() as held:
        look = _look(result, wanted, values, held)
        results = [_one(verdict, shown, wanted, values, look) for verdict in shown.verdicts]
    good = sum(one["success"] for one in results)
    return {
        "success": good == len(results),
        "results": results,
        "suite_name": result.suite,
        "suite_parameters": _parameters(result),
        "statistics": {
            "evaluated_expectations": len(results),
            "successful_expectations": good,
            "unsuccessful_expectations": len(results) - good,
            "success_percent": good / len(results) * 100 if results else None,
        },
        "meta": _meta(result, run_name),
        "id": None,
    }


def _naming_is_shown(wanted: ResultFormat, result: Result, values: bool) -> None:
    hidden = [name for name in wanted.unexpected_index_column_names if name not in result.show]
    if hidden and not values:
        raise UsageError(
            f"unexpected_index_column_names: the values of '{hidden[0]}' are private; list the column under "
            "`show` in the suite, or pass values=True"
        )


def _look(result: Result, wanted: ResultFormat, values: bool, held: ExitStack) -> Look | None:
    """The data again, where something of it is wanted and may be shown."""
    origin = result.origin
    asked = [v for v in result.verdicts if v.unexpected and (values or _is_shown(v, result))]
    if wanted.rank == 0 or not asked or not isinstance(origin, Origin):
        return None
    from dq.gx.looking import Look

    return held.enter_context(Look(origin, wanted))


def _is_shown(verdict: Verdict, result: Result) -> bool:
    return bool(verdict.columns) and all(column in result.show for column in verdict.columns)


def by_rows(verdict: Verdict) -> bool:
    """Whether Great Expectations writes the result of such an expectation row by row."""
    if verdict.expectation in _AS_A_WHOLE or verdict.expectation in SHAPES:
        return False
    if verdict.expectation.startswith(_ROW_BY_ROW):
        return True
    return verdict.considered is not None and verdict.unexpected is not None


def _one(
    verdict: Verdict, result: Result, wanted: ResultFormat, values: bool, look: Look | None
) -> dict[str, Any]:
    about: dict[str, Any] = {"id": verdict.id, "outcome": verdict.outcome.value}
    if verdict.reason:
        about["reason"] = verdict.reason
    content: dict[str, Any] = {}
    raised: dict[str, Any] = dict(_CLEAN)
    if verdict.outcome is Outcome.ERROR:
        raised = {
            "raised_exception": True,
            "exception_traceback": verdict.reason,
            "exception_message": verdict.reason,
        }
    elif by_rows(verdict):
        found = _unexpected(verdict, result, values, look) if wanted.rank else None
        content = map_result(verdict, found, wanted)
        about |= _said(verdict, found, wanted)
    else:
        content = observed_result(verdict, wanted)
    if verdict.details:
        about["details"] = json_value(verdict.details)
    return {
        "success": succeeded(verdict),
        "expectation_config": _config(verdict, item_of(result, verdict)),
        "result": content,
        "meta": {"dq": about},
        "exception_info": raised,
    }


def succeeded(verdict: Verdict) -> bool:
    """`success` as Great Expectations would say it: without rows to judge, only aggregates fail."""
    if verdict.outcome is not Outcome.UNTESTED:
        return verdict.outcome is Outcome.PASS
    return by_rows(verdict) or not verdict.expectation.startswith("expect_column_")


def _unexpected(verdict: Verdict, result: Result, values: bool, look: Look | None) -> Unexpected | None:
    """The unexpected rows as far as they are at hand; None when they are private."""
    if not verdict.unexpected:
        in_memory = isinstance(result.origin, Origin) and isinstance(result.origin.sources[""], TableSource)
        query = "df.filter(items=[], axis=0)" if in_memory else ""
        return Unexpected((), complete=True, places=(), rows=(), query=query)
    if not values and not _is_shown(verdict, result):
        return None
    found = look.unexpected(verdict) if look is not None else None
    return found or of_sample(verdict)


def _said(verdict: Verdict, found: Unexpected | None, wanted: ResultFormat) -> dict[str, Any]:
    """What a reader must know about lists that are not there, or not whole."""
    if wanted.rank == 0:
        return {}
    if found is None:
        named = ", ".join(f"'{column}'" for column in verdict.columns) or "the table"
        return {"values": f"hidden: {named} not listed under `show`"}
    if not found.complete:
        return {"values": f"{len(found.values)} of {verdict.unexpected} unexpected values are at hand"}
    return {}


def item_of(result: Result, verdict: Verdict) -> Item | None:
    """What the suite says of an expectation; None for a result that was read back."""
    return result.origin.suite.item(verdict.id) if isinstance(result.origin, Origin) else None


def _config(verdict: Verdict, item: Item | None) -> dict[str, Any]:
    """The configuration, parameters filled in: as Great Expectations wrote it where it came from there."""
    theirs: Mapping[str, Any] = item.gx if item is not None else {}
    kwargs = json_value(verdict.kwargs)
    where = kwargs.pop("where", None)
    if "kwargs" in theirs and "type" in theirs:
        kwargs = {
            name: kwargs.get(name, value) if is_open(value) else value
            for name, value in theirs["kwargs"].items()
        }
    elif where is not None:
        tree = to_tree(where)
        kwargs["row_condition"] = tree or {"type": "pass_through", "pass_through_filter": where}
    config = {
        "type": verdict.expectation,
        "kwargs": kwargs,
        "meta": dict(item.meta) if item is not None else {},
        "severity": verdict.severity.value,
    }
    told = {"notes": item.notes if item is not None else "", "id": None, "description": None, **theirs}
    return config | {key: told[key] for key in ("notes", "id", "description") if told[key]}


def _parameters(result: Result) -> dict[str, Any]:
    origin = result.origin
    return dict(json_value(origin.suite.params)) if isinstance(origin, Origin) else {}


def _meta(result: Result, run_name: str) -> dict[str, Any]:
    started = result.started.astimezone(dt.timezone.utc)
    return {
        "great_expectations_version": SHAPE,
        "batch_spec": {"path": result.location, "data_asset_name": result.location},
        "batch_markers": {"ge_load_time": started.strftime("%Y%m%dT%H%M%S.%fZ")},
        "active_batch_definition": {
            "datasource_name": "dq",
            "data_connector_name": result.engine.partition(" ")[0],
            "data_asset_name": result.suite,
            "batch_identifiers": json_value(result.partition.as_dict()),
        },
        "batch_parameters": json_value(result.partition.as_dict()),
        "validation_id": None,
        "checkpoint_id": None,
        "run_id": {"run_name": run_name or None, "run_time": started.isoformat()},
        "validation_time": started.isoformat(),
        "dq": {
            "status": result.status.value,
            "suite_hash": result.suite_hash,
            "engine": result.engine,
            "rows": result.rows,
        },
    }
