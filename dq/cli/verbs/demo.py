"""`dq demo`: the whole story on real flights."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

from dq.cli import options
from dq.cli.screen import Screen

if TYPE_CHECKING:
    from pathlib import Path

    from dq.demo.lake import Lake


@click.command(short_help="See the whole story on real flights.")
@click.option("--fault", metavar="NAME", default="km", show_default=True, help="What goes wrong; see below.")
@click.option(
    "--folder", metavar="DIR", default="dq-demo", show_default=True, help="Where the lake is built."
)
@click.option("--s3", is_flag=True, help="On S3 and Glue: a server on this machine stands in for AWS.")
@click.option("--iceberg", is_flag=True, help="In an Iceberg table, whose catalog is a file.")
@options.screen_options
def command(screen: Screen, fault: str, folder: str, s3: bool, iceberg: bool) -> int:
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
    from dq.demo.lake import Lake
    from dq.demo.story import tell

    if s3 and iceberg:
        raise click.UsageError("--s3 and --iceberg are two lakes; choose one")
    planted = known(fault)
    with ExitStack() as held, screen.aside() as console:
        made: Callable[[Path], Lake] = _on_s3(held) if s3 else _in_iceberg() if iceberg else Lake
        told = tell(Path(folder), planted.name, console, made)
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


def _on_s3(held: ExitStack) -> Callable[[Path], Lake]:
    """Makes the lake on a server that runs until the story is told."""
    from functools import partial

    from dq.demo.glue_lake import GlueLake
    from dq.demo.server import made_up_credentials, serving

    held.enter_context(made_up_credentials())
    return partial(GlueLake, url=held.enter_context(serving()))


def _in_iceberg() -> Callable[[Path], Lake]:
    from dq.demo.iceberg_lake import IcebergLake

    return IcebergLake
