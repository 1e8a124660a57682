"""`dq run`: the whole line on what readers see."""

from __future__ import annotations

from typing import Any

import click

from dq.cli import options
from dq.cli.screen import Screen


@click.command(short_help="Validate what readers see, record it, roll back what is bad.")
@click.argument("named", metavar="[SUITE]", required=False)
@click.option("--suite", metavar="FILE", help="The suite, instead of the argument.")
@options.partition_option
@options.data_option
@options.params_option
@options.input_option
@options.store_option
@options.fail_on_option
@options.engine_options
@options.screen_options
def command(
    screen: Screen,
    named: str | None,
    suite: str | None,
    partition: dict[str, str],
    data: str | None,
    params: dict[str, Any],
    input_: str | None,
    store: str | None,
    fail_on: str,
    threads: int | None,
    memory: str | None,
) -> int:
    """Validate what readers see, record it, and do what the suite says about a failure.

    With `on_failure: rollback` a bad partition is taken away from its readers, its bytes are kept, the last
    validated ones are put back, and a note says why.

    \b
    Example:
      dq run suites/flights.yml --partition date=2013-02-08
    """  # noqa: D301 - click wants the control character itself, to keep these lines apart
    from dq.cli import places
    from dq.cli.exit_codes import code_of_result
    from dq.cli.views import outcome_view
    from dq.flow.run import run

    loaded = places.suite_at(options.wanted_suite(named, suite), params)
    with screen.progress(f"Running {loaded.name}"):
        outcome = run(
            loaded,
            partition,
            places.located(data, loaded.root),
            input=places.located(input_, loaded.root),
            store=places.store_at(store, loaded.root),
            options=places.options_at(loaded.root, threads, memory),
        )
    code = code_of_result(outcome.result, fail_on, outcome.trouble)
    if screen.json:
        screen.document(outcome.to_dict())
    elif code or not screen.quiet:
        screen.show(outcome_view(outcome, verbose=screen.verbose))
    if outcome.trouble:
        screen.remark(outcome.trouble)
    return code
