"""`dq publish`: write, audit, publish."""

from __future__ import annotations

from typing import Any

import click

from dq.cli import options
from dq.cli.screen import Screen


@click.command(short_help="Let readers see staged files only if they pass.")
@click.argument("staged", type=click.Path())
@click.option("--suite", metavar="FILE", help="The suite; it names the table.")
@options.partition_option
@options.params_option
@options.input_option
@options.store_option
@options.fail_on_option
@options.engine_options
@options.screen_options
def command(
    screen: Screen,
    staged: str,
    suite: str | None,
    partition: dict[str, str],
    params: dict[str, Any],
    input_: str | None,
    store: str | None,
    fail_on: str,
    threads: int | None,
    memory: str | None,
) -> int:
    """Copy STAGED beside the table, validate the copy, and let readers see it only if it passes.

    STAGED is a folder or a file with the new bytes of one partition. What does not pass goes to the
    quarantine; readers never see it.

    \b
    Example:
      dq publish staging/2013-02-08 --suite suites/flights.yml --partition date=2013-02-08
    """  # noqa: D301 - click wants the control character itself, to keep these lines apart
    from dq.cli import places
    from dq.cli.exit_codes import code_of_result
    from dq.cli.views import outcome_view
    from dq.flow.publish import publish

    loaded = places.suite_at(suite, params)
    with screen.progress(f"Publishing to {loaded.name}"):
        outcome = publish(
            staged,
            loaded,
            partition,
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
