"""`dq demo`: the whole story on real flights."""

from __future__ import annotations

import click

from dq.cli import options
from dq.cli.screen import Screen


@click.command(short_help="See the whole story on real flights.")
@click.option("--fault", metavar="NAME", default="km", show_default=True, help="What goes wrong; see below.")
@click.option(
    "--folder", metavar="DIR", default="dq-demo", show_default=True, help="Where the lake is built."
)
@options.screen_options
def command(screen: Screen, fault: str, folder: str) -> int:
    """Build a small lake from real flights out of New York, and let one night go wrong.

    Day by day a raw partition is validated, transformed and published through the gate. On one day a fault is
    planted: the bad bytes are kept from readers, and a note says why.

    \b
    Faults:
      km               one carrier's distances are in kilometres
      null-delays      one airport's delays are null since an hour
      duplicate-file   one file is delivered twice
      half-file        half of one file is missing
      unknown-carrier  a carrier code that the lookup does not know
    """  # noqa: D301 - click wants the control character itself, to keep these lines apart
    from pathlib import Path

    from dq.demo.faults import fault as known
    from dq.demo.story import tell

    planted = known(fault)
    with screen.aside() as console:
        told = tell(Path(folder), planted.name, console)
    if screen.json:
        screen.document(
            {
                "folder": str(told.folder),
                "fault": planted.name,
                "refused": told.refused.to_dict(),
                "rolled_back": told.rolled_back.to_dict(),
                "seconds": told.seconds,
            }
        )
    return 0
