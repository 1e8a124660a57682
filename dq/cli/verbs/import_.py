"""`dq import`: a Great Expectations suite as YAML."""

from __future__ import annotations

import click

from dq.cli import options
from dq.cli.screen import Screen


@click.command("import", short_help="Turn a Great Expectations suite into YAML.")
@click.argument("file")
@options.output_option
@click.option("--keep-ids", is_flag=True, help="Keep ids that are UUIDs; they will stand in every report.")
@options.screen_options
def command(screen: Screen, file: str, output: str | None, keep_ids: bool) -> int:
    """Turn a Great Expectations suite (JSON of 1.x or 0.18) into a YAML suite.

    Parameters, conditions, severities, notes and descriptions are kept. What belongs to one run, such as
    `batch_id` and `result_format`, is left out. A file that is there already is not overwritten.

    \b
    Examples:
      dq import gx/expectations/orders.json
      dq import gx/expectations/orders.json -o suites/orders.yml
    """  # noqa: D301 - click wants the control character itself, to keep these lines apart
    from dq.suites import load_suite
    from dq.suites.yaml_out import to_yaml

    suite = load_suite(file, fill=False)
    text = to_yaml(suite, keep_ids=keep_ids)
    if output is not None:
        options.write_new(output, text)
    if screen.json:
        said = {"suite": suite.name, "expectations": len(suite.items), "parameters": list(suite.missing)}
        screen.document(said | ({"written": output} if output else {"yaml": text}))
    elif output is None:
        screen.text(text)
    elif not screen.quiet:
        screen.remark(f"wrote {output}: {len(suite.items)} expectations")
    if suite.missing and not screen.quiet:
        screen.remark(f"to be given when it is run: {', '.join(suite.missing)}")
    return 0
