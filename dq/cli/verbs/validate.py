"""`dq validate`: verdicts, and nothing is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from dq.cli import options
from dq.cli.screen import Screen

if TYPE_CHECKING:
    from dq.rows.files import Output


@click.command(short_help="Judge data by a suite; write nothing.")
@click.argument("named", metavar="[SUITE]", required=False)
@click.option("--suite", metavar="FILE", help="The suite: YAML, or Great Expectations JSON.")
@options.data_option
@options.partition_option
@options.params_option
@options.input_option
@options.failing_rows_options
@options.fail_on_option
@options.engine_options
@options.screen_options
def command(
    screen: Screen,
    named: str | None,
    suite: str | None,
    data: str | None,
    partition: dict[str, str],
    params: dict[str, Any],
    input_: str | None,
    failing_rows: Output | None,
    fail_on: str,
    threads: int | None,
    memory: str | None,
) -> int:
    """Judge data by a suite. Writes nothing but, where asked, failing rows.

    SUITE may be left out when the project's folder `suites` holds exactly one.

    \b
    Examples:
      dq validate suites/flights.yml --partition date=2013-02-08
      dq validate --suite orders.yml --data orders.csv --json
      dq validate suites/flights.yml --failing-rows bad
    """  # noqa: D301 - click wants the control character itself, to keep these lines apart
    from dq.cli import places
    from dq.cli.exit_codes import code_of_result
    from dq.rows.files import name_for, write_failing_rows
    from dq.store import new_run_id
    from dq.validation import validate

    loaded = places.suite_at(options.wanted_suite(named, suite), params)
    with screen.progress(f"Validating {loaded.name}"):
        result = validate(
            places.located(data, loaded.root),
            loaded,
            partition,
            input=places.located(input_, loaded.root),
            options=places.options_at(loaded.root, threads, memory),
        )
        written = None
        if failing_rows is not None:
            written = write_failing_rows(result, failing_rows, name_for(result, new_run_id()))
    code = code_of_result(result, fail_on)
    if screen.json:
        rows = {} if written is None else {"failing_rows": written.to_dict()}
        screen.document({**result.to_dict(), **rows})
    elif code or not screen.quiet:
        from dq.report.terminal import result_view

        screen.show(result_view(result, verbose=screen.verbose))
    if written is not None:
        screen.remark(str(written))
    return code
