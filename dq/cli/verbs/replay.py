"""`dq replay`: a recorded run again."""

from __future__ import annotations

import click

from dq.cli import options
from dq.cli.exit_codes import ExitCode
from dq.cli.screen import Screen


@click.command(short_help="Judge the bytes of a recorded run again.")
@click.argument("run_id")
@options.store_option
@options.engine_options
@options.screen_options
def command(screen: Screen, run_id: str, store: str | None, threads: int | None, memory: str | None) -> int:
    """Judge the bytes of a recorded run again, by its suite and at its moment. Writes nothing.

    The exit code is 0 when every verdict is the recorded one, else 1; files that changed are named.
    """
    from dq.cli import places
    from dq.flow.replay import replay

    kept = places.store_at(store)
    with screen.progress(f"Replaying {run_id}"):
        again = replay(run_id, store=kept, options=places.options_at(kept.root, threads, memory))
    code = ExitCode.PASSED if again.same else ExitCode.BAD_DATA
    if screen.json:
        screen.document(again.to_dict())
    elif code or not screen.quiet:
        from dq.cli.views import replay_view

        screen.show(replay_view(again))
    return code
