"""dq as in `runners/dq.py`, with a stopwatch at its seams: prints what every stage cost, as JSON.

The seams are functions of dq, named below. One that is no longer there is reported, and its time then
belongs to the stage around it. The stopwatch itself costs a few milliseconds.
"""

from __future__ import annotations

import functools
import importlib
import json
import sys
import time
from collections.abc import Callable
from typing import Any

from benchmarks.checks import COLUMNS, checks
from benchmarks.runners.report import job_from
from benchmarks.stopwatch import Stopwatch
from benchmarks.suite import suite_of

REST = "everything else"
STAGES = (
    ("dq.validation", "load_suite", "read the suite"),
    ("dq.suites.datasets", "open_source", "find the files"),
    ("dq.validation", "Validation._ask", "name the metrics"),
    ("dq.validation", "Validation._judge", "judge"),
    ("dq.validation", "_verdict", "write the verdicts"),
    ("dq.engines.duckdb", "DuckDBEngine.__init__", "open DuckDB, read the schema"),
    ("dq.engines.duckdb", "DuckDBEngine.facts", "footers"),
    ("dq.engines.duckdb", "DuckDBEngine.probe", "probe"),
    ("dq.engines.duckdb", "DuckDBEngine.close", "close DuckDB"),
    ("dq.engines.execute", "worth_probing", "plan"),
    ("dq.engines.execute", "make_plan", "plan"),
    ("dq.sql.render", "Renderer.to_sql", "write SQL"),
)
"""Module, function, and the stage that it is."""
QUESTION = ("dq.engines.execute", "_ask")
SAMPLE = ("dq.validation", "Validation._sample")
QUERIES = (("dq.engines.duckdb", "DuckDBEngine.rows"), ("dq.engines.duckdb", "DuckDBEngine.arrow"))
SAMPLES = "samples of bad rows"


class Seams:
    """Puts a stopwatch at the seams of dq.

    Attributes:
        missing: seams that dq no longer has.
    """

    def __init__(self, watch: Stopwatch) -> None:
        self.missing: list[str] = []
        self._watch = watch
        self._inside = ""  # the question or the sample that queries now belong to
        self._asked = 0
        self._numbers: dict[int, int] = {}

    def place(self) -> None:
        """Wrap every seam."""
        for module, function, label in STAGES:
            self._wrap(module, function, functools.partial(self._timed, label))
        self._wrap(*QUESTION, self._question)
        self._wrap(*SAMPLE, self._sample)
        for seam in QUERIES:
            self._wrap(*seam, self._query)

    def _wrap(self, module: str, path: str, wrapper: Callable[[Any], Any]) -> None:
        try:
            owner: Any = importlib.import_module(module)
            *outer, name = path.split(".")
            for part in outer:
                owner = getattr(owner, part)
            inner = getattr(owner, name)
        except (ImportError, AttributeError):
            self.missing.append(f"{module}.{path}")
            return
        setattr(owner, name, functools.wraps(inner)(wrapper(inner)))

    def _timed(self, label: str, inner: Any) -> Any:
        def timed(*args: Any, **named: Any) -> Any:
            with self._watch.during(label):
                return inner(*args, **named)

        return timed

    def _question(self, inner: Any) -> Any:
        def asked(question: Any, *args: Any, **named: Any) -> Any:
            number = self._numbers.setdefault(id(question), len(self._numbers) + 1)
            before = self._inside, self._asked
            self._inside = f"{number}. {getattr(question.route, 'value', question.route)}"
            self._asked = len(question.metrics)
            try:
                return inner(question, *args, **named)
            finally:
                self._inside, self._asked = before

        return asked

    def _sample(self, inner: Any) -> Any:
        def sampled(*args: Any, **named: Any) -> Any:
            self._inside = SAMPLES
            try:
                return inner(*args, **named)
            finally:
                self._inside = ""

        return sampled

    def _query(self, inner: Any) -> Any:
        known = {name for name, _ in COLUMNS}

        def queried(engine: Any, query: Any, *args: Any, **named: Any) -> Any:
            from sqlglot import exp

            if not self._inside:
                return inner(engine, query, *args, **named)
            with self._watch.during(self._inside) as stage:
                stage.columns |= {column.name for column in query.find_all(exp.Column)} & known
                stage.asked = self._asked
                return inner(engine, query, *args, **named)

        return queried


def main(arguments: list[str]) -> int:
    """`STARTED DATADIR ROWS ...`: validate once, print every stage. STARTED: when the process started."""
    watch = Stopwatch(REST)
    before = {"wall": time.time() - float(arguments[0]), "cpu": watch.cpu_before}
    job = job_from("profiled", arguments[1:])
    watch.watch_imports(split="dq")
    import dq

    seams = Seams(watch)
    seams.place()
    dq.validate(str(job.folder / "orders"), suite_of(checks(job.rows, job.checks), job.folder))
    watch.charge()
    stages = [
        {**vars(stage), "columns": sorted(stage.columns)} for stage in watch.stages.values() if stage.wall
    ]
    print(json.dumps({"before": before, "stages": stages, "missing": seams.missing}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
