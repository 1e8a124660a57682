"""`dq report`: recorded runs as pages."""

from __future__ import annotations

import click

from dq.cli import options
from dq.cli.screen import Screen


@click.command(short_help="Write recorded runs as pages.")
@click.argument("run_id", required=False)
@click.option("--all", "every", is_flag=True, help="Every recorded run instead of one.")
@click.option(
    "--gx-data-docs",
    "folder",
    metavar="DIR",
    required=True,
    help="Great Expectations' Data Docs: a folder with an index, and pages that open without a network.",
)
@options.store_option
@options.screen_options
def command(screen: Screen, run_id: str | None, every: bool, folder: str, store: str | None) -> int:
    """Write recorded runs as pages: the newest run, unless RUN_ID names another, or all.

    Pages of other runs in the folder stay, and stay in its index. Values of columns that the suite does not
    mark `show` are left out. Needs Great Expectations: pip install 'dq-lake[gx]'.

    \b
    Examples:
      dq report --gx-data-docs site
      dq report --all --gx-data-docs site
    """  # noqa: D301 - click wants the control character itself, to keep these lines apart
    from dq.cli import places
    from dq.errors import StoreError, UsageError
    from dq.gx.data_docs import write_data_docs

    if run_id and every:
        raise UsageError("name a run, or say --all; not both")
    kept = places.store_at(store)
    runs = [kept.get_run(run_id)] if run_id else kept.runs(limit=None if every else 1)
    if not runs:
        raise StoreError(f"{kept.address}: no run is recorded")
    with screen.progress("Rendering"):
        index = write_data_docs(runs, folder)
    if screen.json:
        screen.document({"index": str(index), "runs": [run.run_id for run in runs]})
    elif not screen.quiet:
        screen.remark(f"wrote {index}: {len(runs)} {'run' if len(runs) == 1 else 'runs'}")
    return 0
