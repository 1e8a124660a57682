"""`dq store ddl`: the table over the verdicts of all runs, for Athena."""

from __future__ import annotations

import click

from dq.cli import options
from dq.cli.screen import Screen


@click.command(short_help="Print the Athena table over all verdicts.")
@click.option("--database", metavar="NAME", default="", help="Database of the table [default: the editor's].")
@click.option("--table", metavar="NAME", default="dq_verdicts", show_default=True, help="Name of the table.")
@click.option("--location", metavar="URI", help="Where the verdicts are on S3 [default: below the store].")
@click.option(
    "--by-suite", is_flag=True, help="Queries name one suite's folder (suite_folder), and read no other."
)
@options.store_option
@options.screen_options
def command(
    screen: Screen, database: str, table: str, location: str | None, by_suite: bool, store: str | None
) -> int:
    """Print CREATE EXTERNAL TABLE for the verdict files of the store. Nothing is created or asked.

    With --json: the same as TableInput of Glue's CreateTable, for `aws glue create-table` and Terraform.
    """
    from dq.cli import places
    from dq.store.ddl import verdict_table

    made = verdict_table(places.store_at(store).address, location, database, table, by_suite=by_suite)
    if screen.json:
        screen.document({"database": database, "table": made.glue(), "sql": made.sql()})
    else:
        screen.text(f"{made.sql()};")
    return 0
