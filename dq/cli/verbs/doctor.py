"""`dq doctor`: can I roll back here?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dq.cli import options
from dq.cli.exit_codes import ExitCode
from dq.cli.screen import Screen

if TYPE_CHECKING:
    from dq.doctor.findings import CheckUp


@click.command(short_help="Say whether a table can be rolled back, and what is missing.")
@click.argument("data", metavar="[DATA]", required=False)
@click.option("--suite", metavar="FILE", help="The suite whose dataset is looked at, instead of DATA.")
@options.store_option
@options.screen_options
def command(screen: Screen, data: str | None, suite: str | None, store: str | None) -> int:
    """Look at a table's storage, catalog and permissions, and say whether a partition can be rolled back.

    DATA is a folder, s3://bucket/prefix/ or glue://database.table; without it, the dataset of the suite.
    Nothing that a reader could see is changed. The exit code is 0 for yes, 4 for no, 3 when too little
    could be looked at.

    \b
    Example:
      dq doctor s3://lake/orders/
    """  # noqa: D301 - click wants the control character itself, to keep these lines apart
    from dq.report.doctor import doctor_view

    found = _checked(data, suite, store)
    if screen.json:
        screen.document(found.to_dict())
    else:
        screen.show(doctor_view(found, all_of_it=not screen.quiet))
    if found.can_roll_back is None:
        return ExitCode.COULD_NOT_LOOK
    return ExitCode.PASSED if found.can_roll_back else ExitCode.NOT_ROLLED_BACK


def _checked(data: str | None, suite: str | None, store: str | None) -> CheckUp:
    from pathlib import Path

    from dq.aws.address import Address, is_remote
    from dq.aws.session import session_of
    from dq.cli import places
    from dq.config import load_config
    from dq.doctor.diagnose import diagnose, home_of
    from dq.errors import UsageError

    root = Path()
    if data is None:
        loaded = places.suite_at(suite, fill=False)
        root, data = loaded.root, str(loaded.data or "")
        if not data:
            raise UsageError(f"suite '{loaded.name}' names no data; name some: dq doctor DATA")
        if "://" not in data:
            data = str(loaded.root / data)
    config = load_config(root)
    kept = store or config.store
    remote = is_remote(kept)
    return diagnose(
        data,
        session_of(config.aws),
        home_of(data, kept),
        store=None if remote else Path(kept),
        journal=Address.parse(kept) if remote else None,
    )
