"""`dq export`: a suite as Great Expectations JSON."""

from __future__ import annotations

import json

import click

from dq.cli import options
from dq.cli.screen import Screen


@click.command(short_help="Turn a suite into Great Expectations JSON.")
@click.argument("suite", required=False)
@options.output_option
@options.screen_options
def command(screen: Screen, suite: str | None, output: str | None) -> int:
    """Turn a suite into the JSON of Great Expectations 1.x.

    What Great Expectations has no place for (policy, datasets, expectations that it does not know) is kept
    under `meta.dq`, where dq finds it again. A file that is there already is not overwritten.

    \b
    Examples:
      dq export suites/orders.yml
      dq export suites/orders.yml -o orders.json
    """  # noqa: D301 - click wants the control character itself, to keep these lines apart
    from dq.cli import places
    from dq.suites import to_gx

    loaded = places.suite_at(suite, fill=False)
    document = to_gx(loaded)
    if output is None:
        screen.document(document)
        return 0
    options.write_new(output, json.dumps(document, indent=2) + "\n")
    ours = len(loaded.items) - len(document["expectations"])
    if screen.json:
        screen.document({"written": output, "expectations": len(document["expectations"]), "kept": ours})
    elif not screen.quiet:
        beyond = f"; {ours} more that it does not know are under meta.dq" if ours else ""
        screen.remark(f"wrote {output}: {len(document['expectations'])} expectations{beyond}")
    return 0
