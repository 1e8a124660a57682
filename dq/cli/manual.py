"""The page `docs/cli.md`, made from the commands themselves."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import click

from dq.cli.app import Verbs, cli
from dq.cli.exit_codes import ExitCode, meaning

_HEAD = """\
# The command line

<!-- Made by `python -m docs.generate` from the commands; change those instead. -->

Results go to standard output; progress, warnings and errors go to standard error, one problem a line, each
with its position where there is one. With `--json`, standard output carries exactly one JSON document, for
errors too: `{"error": {"type", "exit_code", "message", "problems", "hint"}}`. Colours and bars appear only on
a terminal; `NO_COLOR` turns colours off. `DQ_DEBUG=1` prints the trace of a fault in dq itself.
"""
_SHARED = ("-h, --help", "--json", "-q, --quiet", "-v, --verbose")


def reference() -> str:
    """The Markdown of the page, ending with a line break."""
    parts = [_HEAD, _exit_codes(), _everywhere()]
    context = _root()
    for heading, names in cli.sections.items():
        parts.append(f"## {heading}\n")
        for name in names:
            parts += _sections(name, context)
    return "\n".join(parts).rstrip() + "\n"


def _exit_codes() -> str:
    rows = [f"| {int(code)} | {meaning(code)} |" for code in ExitCode]
    return "\n".join(["## Exit codes\n", "| code | meaning |", "|---:|---|", *rows, ""])


def _everywhere() -> str:
    command = cli.get_command(_root(), "validate")
    rows = [] if command is None else _options(command, click.Context(command, parent=_root()))
    rows = [row for row in rows if row[0] in _SHARED]
    return "\n".join(["## On every verb\n", *_table(rows), ""])


def _sections(name: str, parent: click.Context) -> Iterator[str]:
    """The section of a verb, and those of the verbs below it."""
    group = parent.command
    command = group.get_command(parent, name) if isinstance(group, Verbs) else None
    if command is None:
        return
    context = click.Context(command, info_name=name, parent=parent)
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    yield f"### `{context.command_path}`\n"
    yield f"```text\n{usage}\n```\n"
    yield _prose(command.help or "")
    rows = [row for row in _options(command, context) if row[0] not in _SHARED]
    if rows:
        yield "\n".join([*_table(rows), ""])
    if isinstance(command, Verbs):
        for below in command.list_commands(context):
            yield from _sections(below, context)


def _root() -> click.Context:
    return click.Context(cli, info_name="dq", help_option_names=["-h", "--help"])


def _options(command: click.Command, context: click.Context) -> list[tuple[str, str]]:
    """Each option as it is written, and what it says."""
    options = [option for option in command.get_params(context) if isinstance(option, click.Option)]
    records = (option.get_help_record(context) for option in options)
    return [record for record in records if record is not None]


def _table(rows: list[tuple[str, str]]) -> list[str]:
    def cell(text: str) -> str:
        return " ".join(text.split()).replace("|", "\\|")

    return ["| option | |", "|---|---|", *(f"| `{cell(name)}` | {cell(text)} |" for name, text in rows)]


def _prose(text: str) -> str:
    """A help text as Markdown: what click keeps line by line becomes a code block."""
    blocks = []
    for block in inspect.cleandoc(text).split("\n\n"):
        if block.startswith("\b"):
            head, _, body = block.removeprefix("\b\n").partition("\n")
            blocks.append(f"{head}\n\n```sh\n{inspect.cleandoc(body)}\n```")
        else:
            blocks.append(block)
    return "\n\n".join(blocks) + "\n"
