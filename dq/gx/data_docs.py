"""Data Docs: recorded runs as pages, through Great Expectations' own renderers.

A folder with `index.html`, a page for each run under `validations/` and a page for each suite under
`expectations/`. The pages stand alone: they open without a network, and nothing in them runs.
"""

from __future__ import annotations

import html
import json
import re
import warnings
from collections.abc import Iterable
from os import PathLike
from pathlib import Path
from typing import Any

from dq.errors import UsageError
from dq.expectations.gx_library import theirs
from dq.gx import pages
from dq.gx.results import to_gx
from dq.gx.stand_in import renderable
from dq.result import Result, RunRecord

_ABOUT = re.compile(r'<meta name="dq-run" content="([^"]*)">')
_HEAD_BYTES = 200_000
"""Enough of a page to hold its head, the style sheets included."""


def write_data_docs(
    runs: Result | RunRecord | Iterable[Result | RunRecord], folder: str | PathLike[str]
) -> Path:
    """Write the pages of some runs, of their suites, and the index of all runs in the folder.

    Values of columns that the suite does not mark `show` are left out, as in every report. Pages of other
    runs that are there already stay, and stay in the index. A page of the same run is written anew.

    Args:
        runs: results or recorded runs.
        folder: made if it is not there.

    Returns:
        The path of the index.

    Raises:
        UsageError: Great Expectations (extra `gx`) is not installed, or the folder cannot be written.
    """
    given = [runs] if isinstance(runs, Result | RunRecord) else list(runs)
    view = theirs("render.view").DefaultJinjaPageView()
    root = Path(folder)
    try:
        for run in given:
            _write_run(run, root, view)
        return _write_index(root)
    except OSError as error:
        raise UsageError(f"{error.filename or folder}: cannot be written: {error.strerror}") from error


def _write_run(run: Result | RunRecord, root: Path, view: Any) -> None:
    result, run_id = (run.result, run.run_id) if isinstance(run, RunRecord) else (run, "")
    run_id = run_id or f"{result.suite}-{result.started:%Y%m%dT%H%M%S%f}"
    words = {verdict.id: f"{verdict.id}: {verdict.expected}" for verdict in result.verdicts}
    document = to_gx(result, run_name=run_id)
    for one in document["results"]:
        one["expectation_config"] = renderable(one["expectation_config"], words[one["meta"]["dq"]["id"]])
    page, configs = pages.file_name(run_id), [one["expectation_config"] for one in document["results"]]
    about = {
        "run": run_id,
        "suite": result.suite,
        "partition": str(result.partition) if result.partition.values else "",
        "started": result.started.isoformat(timespec="seconds"),
        "status": result.status.value,
        "passed": document["statistics"]["successful_expectations"],
        "of": document["statistics"]["evaluated_expectations"],
    }
    told = f'<meta name="dq-run" content="{html.escape(json.dumps(about))}">\n'
    _write(root / "validations" / f"{page}.html", _validation_page(document, view, told))
    _write(
        root / "expectations" / _suite_file(result.suite),
        _suite_page(result.suite, configs, view),
    )


def _validation_page(document: dict[str, Any], view: Any, about: str) -> str:
    schema = theirs("core.expectation_validation_result").ExpectationSuiteValidationResultSchema()
    renderer = theirs("render.renderer").ValidationResultsPageRenderer()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rendered = view.render(renderer.render(schema.load(pages.neutral(document))))
    return pages.standing_alone(rendered, "..", about)


def _suite_page(name: str, configs: list[dict[str, Any]], view: Any) -> str:
    renderer = theirs("render.renderer").ExpectationSuitePageRenderer()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        suite = theirs("core").ExpectationSuite(name=pages.neutral(name), expectations=pages.neutral(configs))
        rendered = view.render(renderer.render(suite))
    return pages.standing_alone(rendered, "..")


def _write_index(root: Path) -> Path:
    """The index of every run page in the folder, newest first; only the heads of the pages are read."""
    found = []
    for path in (root / "validations").glob("*.html"):
        with path.open(encoding="utf-8") as page:
            about = _ABOUT.search(page.read(_HEAD_BYTES))
        if about:
            found.append((json.loads(html.unescape(about[1])), path.name))
    found.sort(key=lambda pair: (pair[0]["started"], pair[0]["run"]), reverse=True)
    rows = "\n".join(_row(about, name) for about, name in found)
    heads = "".join(
        f"<th>{head}</th>" for head in ("Started", "Suite", "Partition", "Status", "Passed", "Run")
    )
    text = (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="UTF-8">\n<title>Data Docs</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1.0">\n</head>\n'
        f'<body>\n<div class="ge-index">\n<h1>Data Docs</h1>\n<table>\n<thead><tr>{heads}</tr></thead>\n'
        f"<tbody>\n{rows}\n</tbody>\n</table>\n</div>\n</body>\n</html>\n"
    )
    index = root / "index.html"
    _write(index, pages.with_style(text))
    return index


def _row(about: dict[str, Any], page: str) -> str:
    good = about["status"] in ("pass", "warn")
    link = f'<a href="validations/{page}">{html.escape(about["run"])}</a>'
    suite = f'<a href="expectations/{_suite_file(about["suite"])}">{html.escape(about["suite"])}</a>'
    status = f'<span class="text-{"success" if good else "danger"}">{html.escape(about["status"])}</span>'
    started, partition = html.escape(about["started"]), html.escape(about["partition"])
    cells = (started, suite, partition, status, f"{about['passed']} of {about['of']}", link)
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _suite_file(name: str) -> str:
    return pages.file_name(name.replace("/", ".")) + ".html"  # as links say it, which take folders for dots


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
