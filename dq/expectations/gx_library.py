"""Great Expectations itself, imported when it is needed: it takes seconds, and is an extra."""

from __future__ import annotations

import importlib
import os
import sys
import warnings
from typing import Any

from dq.errors import UsageError

_ANALYTICS = "GX_ANALYTICS_ENABLED"


def theirs(module: str) -> Any:
    """A module of Great Expectations, e.g. `core` or `render.view`; without its own warnings.

    Its usage reports over the network are off where dq is the first to load it.

    Raises:
        UsageError: it is not installed.
    """
    name = f"great_expectations.{module}" if module else "great_expectations"
    quiet = "great_expectations" not in sys.modules and _ANALYTICS not in os.environ
    if quiet:
        os.environ[_ANALYTICS] = "false"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return importlib.import_module(name)
    except ImportError as error:
        raise UsageError(
            f"this needs Great Expectations, which cannot be loaded ({error}). "
            "Install it: pip install 'dq-lake[gx]'"
        ) from error
    finally:
        if quiet:
            del os.environ[_ANALYTICS]
