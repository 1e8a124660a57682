"""`dq validate`: verdicts, and nothing is written."""

from __future__ import annotations

from typing import Any

import click

from dq.cli import options
from dq.cli.screen import Screen


@click.command(short_help="Judge data by a suite; write nothing.")
@click.argument("named", metavar="[SUITE]", required=False)
@click.option("--suite", metavar="FILE", help="The suite: YAML, or Great Expectations JSON.")
@options.data_option
@options.partition_option
@options.params_option
@options.input_option
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
    fail_on: str,
    threads: int | None,
    memory: str | None,
) -> int:
    """Judge data by a suite. Writes nothing.

    SUITE may be left out when the project's folder `suites` holds exactly one.

    \b
    Examples:
      dq validate suites/flights.yml --partition date=2013-02-08
      dq validate --suite orders.yml --data orders.csv --json
    """  # noqa: D301 - click wants the control character itself, to keep these lines apart
    from dq.cli import places
    from dq.cli.exit_codes import code_of_result
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
    code = code_of_result(result, fail_on)
    if screen.json:
        screen.document(result.to_dict())
    elif code or not screen.quiet:
        from dq.report.terminal import result_view

        screen.show(result_view(result, verbose=screen.verbose))
    return code
