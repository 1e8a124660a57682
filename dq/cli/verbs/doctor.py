"""`dq doctor`: can I roll back here?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from dq.cli import options
from dq.cli.exit_codes import ExitCode
from dq.cli.screen import Screen

if TYPE_CHECKING:
    from dq.aws.options import AwsOptions
    from dq.doctor.findings import CheckUp


@click.command(short_help="Say whether a table can be rolled back, and what is missing.")
@click.argument("data", metavar="[DATA]", required=False)
@click.option("--suite", metavar="FILE", help="The suite whose dataset is looked at, instead of DATA.")
@click.option(
    "--policy",
    "role",
    type=click.Choice(["validate", "publish", "rollback"]),
    help="Print the least IAM policy for this role instead of looking.",
)
@options.store_option
@options.screen_options
def command(screen: Screen, data: str | None, suite: str | None, role: str | None, store: str | None) -> int:
    """Look at a table's storage, catalog and permissions, and say whether a partition can be rolled back.

    DATA is a folder, s3://bucket/prefix/ or glue://database.table; without it, the dataset of the suite.
    Nothing that a reader could see is changed. The exit code is 0 for yes, 4 for no, 3 when too little
    could be looked at.

    \b
    Examples:
      dq doctor s3://lake/orders/
      dq doctor glue://sales.orders --policy rollback
    """  # noqa: D301 - click wants the control character itself, to keep these lines apart
    from dq.report.doctor import doctor_view

    asked = _asked(data, suite, store)
    if role is not None:
        screen.document(_policy(role, *asked))
        return ExitCode.PASSED
    found = _checked(*asked)
    if screen.json:
        screen.document(found.to_dict())
    else:
        screen.show(doctor_view(found, all_of_it=not screen.quiet))
    if found.can_roll_back is None:
        return ExitCode.COULD_NOT_LOOK
    return ExitCode.PASSED if found.can_roll_back else ExitCode.NOT_ROLLED_BACK


def _asked(data: str | None, suite: str | None, store: str | None) -> tuple[str, str, AwsOptions]:
    """What is looked at, the store, and where AWS is."""
    from pathlib import Path

    from dq.cli import places
    from dq.config import load_config
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
    return data, store or config.store, config.aws


def _checked(data: str, store: str, aws: AwsOptions) -> CheckUp:
    from pathlib import Path

    from dq.aws.address import Address, is_remote
    from dq.aws.session import session_of
    from dq.doctor.diagnose import diagnose, home_of

    remote = is_remote(store)
    return diagnose(
        data,
        session_of(aws),
        home_of(data, store),
        store=None if remote else Path(store),
        journal=Address.parse(store) if remote else None,
    )


def _policy(role: str, data: str, store: str, aws: AwsOptions) -> dict[str, Any]:
    from dq.aws.session import session_of
    from dq.doctor.diagnose import around
    from dq.doctor.policies import policy

    return policy(role, around(data, store, session_of(aws)))
