"""`dq publish`: write, audit, publish."""

from __future__ import annotations

import click

from dq.cli import options
from dq.cli.screen import Screen


@click.command(short_help="Let readers see staged files only if they pass.")
@click.argument("staged", type=click.Path())
@click.option("--suite", metavar="FILE", help="The suite; it names the table.")
@options.partition_option
@options.flow_options
@options.screen_options
def command(
    screen: Screen,
    staged: str,
    suite: str | None,
    partition: dict[str, str],
    words: options.FlowWords,
) -> int:
    """Copy STAGED beside the table, validate the copy, and let readers see it only if it passes.

    STAGED is a folder or a file with the new bytes of one partition. What does not pass goes to the
    quarantine; readers never see it.

    \b
    Example:
      dq publish staging/2013-02-08 --suite suites/flights.yml --partition date=2013-02-08
    """  # noqa: D301 - click wants the control character itself, to keep these lines apart
    from dq.cli import places
    from dq.cli.telling import tell_outcome
    from dq.flow.publish import publish

    loaded = places.suite_at(suite, words.params)
    with screen.progress(f"Publishing to {loaded.name}"):
        outcome = publish(staged, loaded, partition, **words.arguments(loaded.root))
    return tell_outcome(screen, outcome, words.fail_on)
