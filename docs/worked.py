"""Worked examples: for each expectation a suite, the few rows it is asked about, and what comes out.

They stand in `docs/examples.yml` by full name. The outcome is written there by hand; a test runs every
example and compares. What the page shows besides, counts and measured values, comes from that same run.
"""

from __future__ import annotations

import datetime as dt
import functools
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dq.expectations.base import Expectation, Scope
    from dq.metrics import Metric
    from dq.verdict import Verdict

EXAMPLES = Path(__file__).with_name("examples.yml")
NOW = dt.datetime(2013, 2, 9, 6, tzinfo=dt.timezone.utc)
"""The moment of every example."""

Rows = Mapping[str, Sequence[Any]]


@dataclass(frozen=True)
class Example:
    """One entry of the file.

    Attributes:
        suite: YAML of a suite by itself.
        data: values by column, one per row.
        others: the same for what the suite names under `input` and `datasets`, by path.
        types: DuckDB types of columns whose values do not tell, by column.
        outcome: of the expectation that the entry is about.
    """

    suite: str
    data: Rows = field(default_factory=dict)
    others: Mapping[str, Rows] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)
    outcome: str = ""


@dataclass(frozen=True)
class Worked:
    """An example that was run.

    Attributes:
        verdict: on the expectation.
        expectation: as the example declares it.
        scope: what it could know of the data.
        metrics: what it asked for, by its own names.
        open: how many questions the footers of its file left open.
    """

    verdict: Verdict
    expectation: Expectation
    scope: Scope
    metrics: Mapping[str, Metric]
    open: int


@functools.cache
def examples() -> Mapping[str, Example]:
    """Every example by full name of its expectation."""
    from ruamel.yaml import YAML

    loaded = YAML(typ="safe", pure=True).load(EXAMPLES.read_text(encoding="utf-8"))
    return {
        name: Example(suite=entry) if isinstance(entry, str) else Example(**entry)
        for name, entry in loaded.items()
    }


def example(cls: type[Expectation]) -> Example:
    """The example of an expectation.

    Raises:
        LookupError: it has none.
    """
    found = examples().get(cls.type)
    if found is None:
        raise LookupError(f"{cls.type} has no example; add one to docs/examples.yml")
    return found


@functools.cache
def worked(cls: type[Expectation]) -> Worked:
    """The example of an expectation, run on Parquet files.

    Raises:
        LookupError: it has none, or its suite does not hold the expectation.
    """
    return run(cls, example(cls))


def run(cls: type[Expectation], shown: Example) -> Worked:
    """Writes an example's data, and judges it.

    Raises:
        LookupError: its suite does not hold the expectation.
    """
    from dq.lake.manifest import Partition
    from dq.plan import make_plan
    from dq.suites import load_suite
    from dq.validation import Validation

    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        (folder / "dq.yml").write_text("{}\n")
        (folder / "suite.yml").write_text(shown.suite)
        _write(folder / "data.parquet", shown.data, shown.types)
        for path, rows in shown.others.items():
            _write(folder / path, rows, shown.types)
        suite = load_suite(folder / "suite.yml")
        with Validation(suite, str(folder / "data.parquet"), Partition(), now=NOW) as validation:
            found = zip(suite.items, validation.result().verdicts, strict=True)
            item, verdict = next((pair for pair in found if type(pair[0].expectation) is cls), (None, None))
            if item is None or verdict is None:
                raise LookupError(f"the example of {cls.type} in docs/examples.yml holds another expectation")
            metrics = item.expectation.metrics(validation.scope)
            facts = {metric.source: validation.engine.facts(metric.source) for metric in metrics.values()}
            plan = make_plan(metrics.values(), facts, validation.engine.ability)
            return Worked(verdict, item.expectation, validation.scope, metrics, len(plan.questions))


def _write(path: Path, rows: Rows, types: Mapping[str, str]) -> None:
    import duckdb
    import pyarrow as pa
    from sqlglot import exp

    path = path if path.suffix == ".parquet" else path / "part.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    columns = []
    for name in rows:
        column = exp.column(name, quoted=True)
        cast = exp.cast(column, types[name], dialect="duckdb") if name in types else column
        columns.append(exp.alias_(cast, name, quoted=True))
    with duckdb.connect() as con:
        con.register("found", pa.table({name: list(values) for name, values in rows.items()}))
        con.sql(exp.select(*columns).from_("found").sql("duckdb")).write_parquet(str(path))


def rows_as_text(rows: Rows) -> str:
    """The rows with one column to a line, so that many fit: `dep_delay  -3  12  null`."""
    cells = [[name, *(_shown(value) for value in values)] for name, values in rows.items()]
    widths = [max(len(line[i]) for line in cells) for i in range(len(cells[0]))]
    lines = (
        "  ".join(
            [line[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(line[1:], widths[1:], strict=True))]
        )
        for line in cells
    )
    return "\n".join(lines)


def _shown(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value != value:
        return "NaN"
    if isinstance(value, str):
        return value or "''"
    return str(value)
