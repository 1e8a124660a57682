"""`dq run`: the whole line on what readers see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from dq.cli import options
from dq.cli.screen import Screen

if TYPE_CHECKING:
    from dq.suites import Suite


@click.command(short_help="Validate what readers see, record it, roll back what is bad.")
@click.argument("named", metavar="[SUITE]", required=False)
@click.option("--suite", metavar="FILE", help="The suite, instead of the argument.")
@options.selection_option
@click.option("--all-partitions", is_flag=True, help="Run every partition that readers can see, by itself.")
@click.option(
    "--skip-done", is_flag=True, help="Leave out partitions that this suite judged since they last changed."
)
@click.option(
    "--incremental",
    is_flag=True,
    help="Keep the states of metrics per partition; of many partitions read only those that are new.",
)
@options.data_option
@options.flow_options
@options.screen_options
def command(
    screen: Screen,
    named: str | None,
    suite: str | None,
    selection: tuple[str, ...],
    all_partitions: bool,
    skip_done: bool,
    incremental: bool,
    data: str | None,
    words: options.FlowWords,
) -> int:
    """Validate what readers see, record it, and do what the suite says about a failure.

    With `on_failure: rollback` a bad partition is taken away from its readers, its bytes are kept, the last
    validated ones are put back, and a note says why.

    Several partitions are run one after the other, oldest first, each exactly as if it had been run alone;
    one that is bad or cannot be read does not stop the others, and the exit code is the worst. Days of a
    range that are not there are untested, as a missing day is when it is named alone; a pattern takes what
    is there. After an interruption the same command with --skip-done goes on.

    \b
    Examples:
      dq run suites/flights.yml --partition date=2013-02-08
      dq run suites/flights.yml --partition date=2013-02-01..2013-02-28
      dq run suites/flights.yml --all-partitions --skip-done
    """  # noqa: D301 - click wants the control character itself, to keep these lines apart
    from dq.cli import places
    from dq.cli.telling import tell_outcome
    from dq.flow.run import run
    from dq.lake.selection import parse

    if all_partitions and selection:
        raise click.UsageError("--all-partitions and --partition do not go together")
    loaded = places.suite_at(options.wanted_suite(named, suite), words.params)
    arguments = words.arguments(loaded.root) | {"incremental": incremental or None}
    located = places.located(data, loaded.root)
    one = parse(selection).one
    if one is None or all_partitions or skip_done:
        chosen: Sequence[str | dict[str, str]] | None = None if all_partitions else selection or [{}]
        return _many(screen, loaded, chosen, located, words.fail_on, arguments | {"skip_done": skip_done})
    with screen.progress(f"Running {loaded.name}"):
        outcome = run(loaded, one.as_dict(), located, **arguments)
    return tell_outcome(screen, outcome, words.fail_on)


def _many(
    screen: Screen,
    suite: Suite,
    selection: Sequence[str | dict[str, str]] | None,
    data: str | None,
    fail_on: str,
    arguments: dict[str, Any],
) -> int:
    from dq.cli.telling import tell_runs
    from dq.flow.many import run_many
    from dq.flow.runs import PartitionRun, Runs

    done: list[PartitionRun] = []
    of, interrupted = 0, False
    with screen.bar(f"Running {suite.name}") as progress:

        def tell(one: PartitionRun, total: int) -> None:
            nonlocal of
            of = total
            done.append(one)
            progress(len(done), total)

        try:
            run_many(suite, selection, data, **arguments, tell=tell)
        except KeyboardInterrupt:
            if not done:
                raise
            interrupted = True
    code = tell_runs(screen, Runs(suite.name, tuple(done)), fail_on, of=of, interrupted=interrupted)
    if interrupted:
        from dq.flow.rolling import status

        for entry in status(store=arguments["store"]):
            if not entry.is_complete and entry.next:
                screen.remark(f"{entry.partition}: {entry.next}")
    return code
