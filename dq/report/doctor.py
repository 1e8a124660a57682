"""A check-up for people to read in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dq.report.text import plain

if TYPE_CHECKING:
    from rich.console import RenderableType

    from dq.doctor.findings import CheckUp

_STYLES = {"ok": "green", "note": "cyan", "warning": "yellow", "blocker": "red", "unknown": "magenta"}
_LONG = 2000


def doctor_view(found: CheckUp, *, all_of_it: bool = True) -> RenderableType:
    """The answer first, then one row per finding with what to do.

    Args:
        found: a check-up.
        all_of_it: whether what is fine is listed too.
    """
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    style = {True: "bold green", False: "bold red", None: "bold magenta"}[found.can_roll_back]
    title = Text(f"Can a partition of {plain(found.location, _LONG)} be rolled back? ")
    title.append(plain(found.answer, _LONG), style)
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for finding in found.findings:
        if not all_of_it and finding.level.value == "ok":
            continue
        said = Text(plain(finding.says, _LONG))
        if finding.todo:
            said.append(f" {plain(finding.todo, _LONG)}", "bold")
        table.add_row(
            Text(finding.level.value, _STYLES[finding.level.value]), Text(plain(finding.topic, _LONG)), said
        )
    return Group(title, Text(""), table)
