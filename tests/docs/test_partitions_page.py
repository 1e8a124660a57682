"""The list of what merges is the code's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from docs.pages import text_of
from dq.expectations import vocabulary
from dq.metrics import Foreign, Metric, QueryMetric, TableMetric

ROW = re.compile(r"^\| `(?P<name>\w+)` \| (?P<merges>yes|no) \|", re.MULTILINE)


def classes() -> Iterator[type[Metric]]:
    """Every class of metrics that dq asks; those that look at rows in memory stand as `Foreign`."""
    waiting: list[type[Metric]] = [Metric]
    while waiting:
        cls = waiting.pop()
        if cls.__module__.startswith("dq."):
            yield cls
        waiting += [] if cls is Foreign else cls.__subclasses__()


def test_every_metric_is_listed_with_whether_it_merges() -> None:
    assert vocabulary()  # every family is imported
    listed = {row["name"]: row["merges"] for row in ROW.finditer(text_of(Path("docs/partitions.md")))}
    told = {cls.__name__: "yes" if cls.mergeable else "no" for cls in classes()}
    for base in (Metric, TableMetric, QueryMetric):
        del told[base.__name__]
    assert listed == told
