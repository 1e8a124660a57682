"""Great Expectations itself, for tests that ask it for the truth; its own warnings are its own."""

from __future__ import annotations

import importlib
import warnings
from typing import Any

import pytest

pytest.importorskip("great_expectations", reason="the extra [gx] is not installed")

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    gx: Any = importlib.import_module("great_expectations")
    gxe: Any = importlib.import_module("great_expectations.expectations")
    core: Any = importlib.import_module("great_expectations.core")
    conditions: Any = importlib.import_module("great_expectations.expectations.row_conditions")
    parameters: Any = importlib.import_module("great_expectations.core.suite_parameters")
    registry: Any = importlib.import_module("great_expectations.expectations.registry")
    results: Any = importlib.import_module("great_expectations.core.expectation_validation_result")


def suite_of(*expectations: Any, **head: Any) -> Any:
    """An `ExpectationSuite` of Great Expectations' own classes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return core.ExpectationSuite(name=head.pop("name", "s"), expectations=list(expectations), **head)


def reread(document: dict[str, Any]) -> Any:
    """What Great Expectations makes of suite JSON."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return core.ExpectationSuite(**document)
