"""Options that several verbs share, and what is made of their texts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, TypeVar, cast
from urllib.parse import unquote

import click

from dq.cli.screen import Screen

_Command = TypeVar("_Command", bound=Callable[..., Any])

PARTITION_EXAMPLE = "--partition date=2013-02-08, or --partition date=2013-02-08/hour=03"
_NEXT_PAIR = re.compile(r"/(?=[^/=]+=)")


def screen_options(command: _Command) -> _Command:
    """`--json`, `--quiet` and `--verbose`; the command gets the screen as its first argument."""
    for flags, name, text in (
        (("-v", "--verbose"), "verbose", "Show passes too, and the trace of a fault."),
        (("-q", "--quiet"), "quiet", "Say only what is wrong."),
        (("--json",), "json", "Print one JSON document and nothing else on standard output."),
    ):
        option = click.option(
            *flags, is_flag=True, expose_value=False, is_eager=True, callback=_setter(name), help=text
        )
        command = option(command)
    return cast(_Command, click.make_pass_decorator(Screen)(command))


def _setter(name: str) -> Callable[[click.Context, click.Parameter, bool], None]:
    def store(ctx: click.Context, _: click.Parameter, value: bool) -> None:
        screen = ctx.find_object(Screen)
        if value and screen is not None:
            setattr(screen, name, True)

    return store


def parse_partition(texts: tuple[str, ...]) -> dict[str, str]:
    """Partition values from `column=value` words, in their order; empty for no word.

    A word may hold several pairs, `date=2013-02-08/hour=03`, as folders are named; `%2F` and the like are
    read as in folder names. A slash that no `column=` follows belongs to the value.

    Raises:
        click.BadParameter: a word has another form, or a column is named twice.
    """
    values: dict[str, str] = {}
    for text in texts:
        for pair in _NEXT_PAIR.split(text.strip("/")):
            column, equals, value = pair.partition("=")
            if not equals or not column or not value:
                raise click.BadParameter(f"'{text}' is no partition. Write {PARTITION_EXAMPLE}")
            column, value = unquote(column), unquote(value)
            if values.setdefault(column, value) != value:
                raise click.BadParameter(
                    f"'{column}' is given twice: {values[column]} and {value}. One run looks at one partition"
                )
    return values


def parse_params(texts: tuple[str, ...]) -> dict[str, Any]:
    """Parameter values from `name=value` words.

    A value that is JSON (`5`, `0.99`, `true`, `["AA", "B6"]`, `"007"`) means that; any other is text.

    Raises:
        click.BadParameter: a word has another form.
    """
    values: dict[str, Any] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise click.BadParameter(f"'{text}' is no parameter. Write --param least=600")
        try:
            values[name] = json.loads(value, parse_constant=_no_constant)
        except ValueError:
            values[name] = value
    return values


def _no_constant(name: str) -> Any:
    raise ValueError(name)  # NaN and Infinity are words here, as in JSON proper


def _parsed(parse: Callable[[tuple[str, ...]], Any]) -> Any:
    return lambda _ctx, _param, texts: parse(texts)


partition_option = click.option(
    "--partition",
    multiple=True,
    metavar="COLUMN=VALUE",
    callback=_parsed(parse_partition),
    help="The slice to look at, such as date=2013-02-08; once per partition column.",
)
params_option = click.option(
    "--param",
    "params",
    multiple=True,
    metavar="NAME=VALUE",
    callback=_parsed(parse_params),
    help="Value of a parameter of the suite; may be repeated.",
)
data_option = click.option(
    "--data", metavar="URI", help="Look at this path, glob or folder instead of the suite's own data."
)
input_option = click.option(
    "--input", "input_", metavar="URI", help="What the data was made from, instead of what the suite names."
)
store_option = click.option(
    "--store", metavar="DIR", type=click.Path(file_okay=False), help="Where runs are recorded [default: .dq]."
)
fail_on_option = click.option(
    "--fail-on",
    type=click.Choice(["warning", "critical"]),
    default="critical",
    show_default=True,
    help="The least severity whose failure makes the exit code 1.",
)
suite_option = click.option(
    "--suite", "suite", metavar="FILE", help="The suite; found from the records when left out."
)


def engine_options(command: _Command) -> _Command:
    """`--threads` and `--memory`, for the engine."""
    threads = click.option(
        "--threads", type=click.IntRange(min=1), metavar="N", help="Threads of the engine [default: all]."
    )
    memory = click.option(
        "--memory", metavar="SIZE", callback=_memory, help="Memory that the engine may use, such as 2GB."
    )
    return threads(memory(command))


def _memory(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    if value is not None and not re.fullmatch(r"\d+(\.\d+)?\s*([KMGT]i?B|B)", value.strip(), re.IGNORECASE):
        raise click.BadParameter(f"'{value}' is no amount of memory. Write --memory 2GB")
    return value


def wanted_suite(named: str | None, option: str | None) -> str | None:
    """The suite that is meant, by argument or by option.

    Raises:
        click.UsageError: both are given.
    """
    if named is not None and option is not None and named != option:
        raise click.UsageError(f"two suites are named: {named} and {option}")
    return named if named is not None else option


output_option = click.option(
    "-o", "--output", metavar="FILE", help="Write it to this file, which must be new."
)


def write_new(file: str, text: str) -> None:
    """A text into a file that was not there.

    Raises:
        UsageError: it is there, or cannot be written.
    """
    from dq.errors import UsageError

    try:
        with open(file, "x", encoding="utf-8") as out:
            out.write(text)
    except FileExistsError:
        raise UsageError(f"{file}: is there already; name another file, or remove it first") from None
    except OSError as error:
        raise UsageError(f"{file}: cannot be written: {error.strerror}") from None
