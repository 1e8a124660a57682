"""`dq replay`: a recorded run again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dq.cli import options
from dq.cli.exit_codes import ExitCode
from dq.cli.screen import Screen

if TYPE_CHECKING:
    from dq.rows.files import Output


@click.command(short_help="Judge the bytes of a recorded run again.")
@click.argument("run_id")
@options.store_option
@options.failing_rows_options
@options.engine_options
@options.screen_options
def command(
    screen: Screen,
    run_id: str,
    store: str | None,
    failing_rows: Output | None,
    threads: int | None,
    memory: str | None,
) -> int:
    """Judge the bytes of a recorded run again, by its suite and at its moment.

    Writes nothing but, where asked, the rows that break the suite.

    The exit code is 0 when every verdict is the recorded one, else 1; files that changed are named.
    """
    from dq.cli import places
    from dq.flow.replay import replay
    from dq.rows.files import write_failing_rows
    from dq.store import new_run_id

    kept = places.store_at(store)
    with screen.progress(f"Replaying {run_id}"):
        again = replay(run_id, store=kept, options=places.options_at(kept.beside, threads, memory))
        written = None
        if failing_rows is not None:
            written = write_failing_rows(again.result, failing_rows, f"{again.run_id}-{new_run_id()}")
    code = ExitCode.PASSED if again.same else ExitCode.BAD_DATA
    if screen.json:
        rows = {} if written is None else {"failing_rows": written.to_dict()}
        screen.document({**again.to_dict(), **rows})
    elif code or not screen.quiet:
        from dq.cli.views import replay_view

        screen.show(replay_view(again))
    if written is not None:
        screen.remark(str(written))
    return code
