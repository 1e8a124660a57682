"""`dq schema`: the JSON Schema of suites, for editors; or the schema of data, to be kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from dq.cli import options
from dq.cli.screen import Screen


@click.command(short_help="Print the JSON Schema of suites, for editors; or the schema of data.")
@click.option("--data", metavar="URI", help="Instead, the columns and types of this path, glob or folder.")
@options.partition_option
@click.option("--out", metavar="FILE", type=click.Path(dir_okay=False), help="Write it to a file instead.")
@options.screen_options
def command(screen: Screen, data: str | None, partition: dict[str, str], out: str | None) -> int:
    """Print the JSON Schema of suite files. Editors complete and check suites with it.

    The project's own expectations are in it, from plugins and definitions.

    \b
    Write it beside the suites, and name it in their first line:
      dq schema --out suites/dq.schema.json
      # yaml-language-server: $schema=dq.schema.json

    With --data, the schema of that data, as the expectation `schema` takes it.

    \b
    Record it once, keep it in version control, and name it in the suite:
      dq schema --data lake/orders --out schemas/orders.yml
      # table: [{schema: schemas/orders.yml}]
    """  # noqa: D301 - click wants the control character itself, to keep these lines apart
    if data is not None:
        return _of_data(screen, data, partition, out)
    if partition:
        raise click.UsageError("--partition says which slice of --data; give that too")
    from dq.config import find_root
    from dq.suites import suite_json_schema
    from dq.suites.project import project_definitions

    own = project_definitions(find_root(Path()))  # imports the project's plugins first
    schema = suite_json_schema(own.values())
    if out is None:
        screen.document(schema)
        return 0
    return _written(screen, out, _as_json(schema))


def _of_data(screen: Screen, data: str, partition: dict[str, str], out: str | None) -> int:
    from dq.engines.schema_of import recorded, schema_of

    columns = schema_of(data, partition)
    if out is not None:
        kept = _as_json({"columns": columns}) if out.lower().endswith(".json") else recorded(columns, data)
        return _written(screen, out, kept)
    if screen.json:
        screen.document({"columns": columns})
    else:
        click.echo(recorded(columns, data), nl=False)
    return 0


def _as_json(value: Any) -> str:
    return json.dumps(value, indent=2) + "\n"


def _written(screen: Screen, out: str, text: str) -> int:
    Path(out).write_text(text, encoding="utf-8")
    if screen.json:
        screen.document({"written": out})
    elif not screen.quiet:
        screen.remark(f"wrote {out}")
    return 0
