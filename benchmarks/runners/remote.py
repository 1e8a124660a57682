"""dq on a local table or on the same table on S3: `FOLDER ROWS all|two [URL]`.

The reference table stays local, so that only the orders are read from afar.
"""

from __future__ import annotations

import sys
from pathlib import Path

import dq
from benchmarks.checks import checks
from benchmarks.object_store import BUCKET
from benchmarks.runners.report import Finding, emit
from benchmarks.suite import suite_of
from dq.aws.options import AwsOptions

TWO = ("email", "discount")
"""The columns of the small suite."""


def main(arguments: list[str]) -> int:
    """Validate once and report."""
    folder, rows, which = Path(arguments[0]), int(arguments[1]), arguments[2]
    url = arguments[3] if len(arguments) > 3 else None
    asked = [c for c in checks(rows, 31) if which == "all" or getattr(c, "column", None) in TWO]
    options = dq.EngineOptions(aws=AwsOptions(endpoint=url))
    data = f"s3://{BUCKET}/orders/" if url else str(folder / "orders")
    result = dq.validate(data, suite_of(asked, folder), options=options)
    emit({v.id: Finding(v.outcome.value, v.unexpected) for v in result.verdicts}, queries=result.queries)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
