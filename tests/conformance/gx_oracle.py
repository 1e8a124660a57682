"""Great Expectations itself, asked one question at a time, on pandas or on SQLite."""

from __future__ import annotations

import importlib
import importlib.util
import itertools
import json
import logging
import sqlite3
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd


@contextmanager
def its_own_warnings() -> Iterator[None]:
    """What Great Expectations, SQLAlchemy and pandas warn of among themselves is no matter of dq."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


class Oracle:
    """One ephemeral context.

    Args:
        folder: where the SQLite file lies.

    Attributes:
        speaks_sql: whether SQLite can be asked; that takes SQLAlchemy.
    """

    def __init__(self, folder: Path) -> None:
        logging.getLogger("great_expectations").setLevel(logging.CRITICAL)
        with its_own_warnings():
            gx: Any = importlib.import_module("great_expectations")
            registry: Any = importlib.import_module("great_expectations.expectations.registry")
            self._class = registry.get_expectation_impl
            context = gx.get_context(mode="ephemeral")
            context.variables.progress_bars = {"globally": False, "metric_calculations": False}
            frames = context.data_sources.add_pandas("frames").add_dataframe_asset("frame")
            self._frame = frames.add_batch_definition_whole_dataframe("whole")
            self._file = folder / "oracle.db"
            self.speaks_sql = importlib.util.find_spec("sqlalchemy") is not None
            if self.speaks_sql:
                self._tables = context.data_sources.add_sqlite(
                    "tables", connection_string=f"sqlite:///{self._file}"
                )
        self._numbers = itertools.count()

    def pandas(self, frame: pd.DataFrame) -> Any:
        """A batch of a frame."""
        with its_own_warnings():
            return self._frame.get_batch({"dataframe": frame})

    def sqlite(self, frame: pd.DataFrame) -> Any:
        """A batch of a table with a frame's rows."""
        table = f"t{next(self._numbers)}"
        with its_own_warnings():
            with sqlite3.connect(self._file) as connection:
                frame.to_sql(table, connection, index=False)
            asset = self._tables.add_table_asset(table, table_name=table)
            return asset.add_batch_definition_whole_table("whole").get_batch()

    def ask(self, batch: Any, name: str, kwargs: dict[str, Any]) -> dict[str, Any]:
        """The answer in the form of a recorded case: `success`, `result`, `exception`, `raised`."""
        nothing = {"success": None, "result": None, "exception": None, "raised": None}
        with its_own_warnings():
            try:
                expectation = self._class(name)(**kwargs)
                answer = batch.validate(expectation, result_format="SUMMARY")
            except Exception as error:  # noqa: BLE001 - whatever it raises is its answer
                return {**nothing, "raised": f"{type(error).__name__}: {error}"}
            plain = json.loads(json.dumps(answer.to_json_dict(), default=_plain))
        return {
            "success": plain["success"],
            "result": plain["result"],
            "exception": _message(plain["exception_info"]),
            "raised": None,
        }


def _plain(value: Any) -> Any:
    """Scalars of NumPy and pandas that it leaves in its results."""
    if value is pd.NaT:
        return None
    return value.item() if hasattr(value, "item") else str(value)


def _message(info: dict[str, Any]) -> str | None:
    """What went wrong, from either form of `exception_info`; None when nothing did."""
    infos = [info] if "raised_exception" in info else list(info.values())
    return next((str(one["exception_message"]) for one in infos if one["raised_exception"]), None)
