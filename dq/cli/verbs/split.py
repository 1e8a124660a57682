"""`dq split`: good rows here, bad rows there."""

from __future__ import annotations

from typing import Any

import click

from dq.cli import options
from dq.cli.exit_codes import ExitCode
from dq.cli.screen import Screen


@click.command(short_help="Write good and bad rows into two new datasets.")
@click.argument("named", metavar="[SUITE]", required=False)
@click.option("--suite", metavar="FILE", help="The suite, instead of the argument.")
@click.option("--good", metavar="DIR", required=True, help="Folder to be made for the good rows.")
@click.option("--bad", metavar="DIR", required=True, help="Folder to be made for the bad rows.")
@click.option(
    "--only", multiple=True, metavar="ID", help="Only this expectation makes a row bad; repeatable."
)
@options.data_option
@options.partition_option
@options.params_option
@options.input_option
@options.engine_options
@options.screen_options
def command(
    screen: Screen,
    named: str | None,
    suite: str | None,
    good: str,
    bad: str,
    only: tuple[str, ...],
    data: str | None,
    partition: dict[str, str],
    params: dict[str, Any],
    input_: str | None,
    threads: int | None,
    memory: str | None,
) -> int:
    """Write the rows that break nothing into one new dataset, and the others, with reasons, into another.

    Every row is in exactly one of them, with all its columns, private ones too. The data itself is not
    touched. The exit code is 0 when both datasets are there, whatever the data is like.

    \b
    Example:
      dq split suites/flights.yml --partition date=2013-02-08 --good clean --bad rejected
    """  # noqa: D301 - click wants the control character itself, to keep these lines apart
    from dq.cli import places
    from dq.rows.split import split

    loaded = places.suite_at(options.wanted_suite(named, suite), params)
    with screen.progress(f"Splitting {loaded.name}"):
        done = split(
            loaded,
            good,
            bad,
            data=places.located(data, loaded.root),
            partition=partition,
            input=places.located(input_, loaded.root),
            only=only or None,
            options=places.options_at(loaded.root, threads, memory),
        )
    if screen.json:
        screen.document(done.to_dict())
    elif not screen.quiet:
        screen.text(str(done))
        for id_, rows in sorted(done.reasons.items(), key=lambda pair: -pair[1]):
            screen.text(f"  {rows:>12,}  {id_}")
        for id_, reason in done.left_out.items():
            screen.remark(f"{id_} had no say: {reason}")
    return ExitCode.PASSED
