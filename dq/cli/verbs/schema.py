"""`dq schema`: the JSON Schema of suites, for editors."""

from __future__ import annotations

import json
from pathlib import Path

import click

from dq.cli import options
from dq.cli.screen import Screen


@click.command(short_help="Print the JSON Schema of suites, for editors.")
@click.option("--out", metavar="FILE", type=click.Path(dir_okay=False), help="Write it to a file instead.")
@options.screen_options
def command(screen: Screen, out: str | None) -> int:
    """Print the JSON Schema of suite files. Editors complete and check suites with it.

    The project's own expectations are in it, from plugins and definitions.

    \b
    Write it beside the suites, and name it in their first line:
      dq schema --out suites/dq.schema.json
      # yaml-language-server: $schema=dq.schema.json
    """  # noqa: D301 - click wants the control character itself, to keep these lines apart
    from dq.config import find_root
    from dq.suites import suite_json_schema
    from dq.suites.project import project_definitions

    own = project_definitions(find_root(Path()))  # imports the project's plugins first
    schema = suite_json_schema(own.values())
    if out is None:
        screen.document(schema)
        return 0
    Path(out).write_text(json.dumps(schema, indent=2) + "\n", encoding="utf-8")
    if screen.json:
        screen.document({"written": out})
    elif not screen.quiet:
        screen.remark(f"wrote {out}")
    return 0
