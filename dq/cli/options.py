"""Options that several verbs share, and what is made of their texts."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import unquote

import click

from dq.cli.screen import Screen
from dq.errors import UsageError

if TYPE_CHECKING:
    from dq.rows.files import Output

_Command = TypeVar("_Command", bound=Callable[..., Any])

PARTITION_EXAMPLE = "--partition date=2013-02-08, or --partition date=2013-02-08/hour=03"


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
    from dq.lake.selection import pairs_of

    values: dict[str, str] = {}
    for text in texts:
        try:
            pairs = [(column, unquote(value)) for column, value in pairs_of(text)]
        except UsageError:
            raise click.BadParameter(f"'{text}' is no partition. Write {PARTITION_EXAMPLE}") from None
        for column, value in pairs:
            if values.setdefault(column, value) != value:
                raise click.BadParameter(
                    f"'{column}' is given twice: {values[column]} and {value}. One run looks at one partition"
                )
    return values


def parse_selection(texts: tuple[str, ...]) -> tuple[str, ...]:
    """The words of a selection, made sure that it can be understood.

    Raises:
        click.BadParameter: it cannot.
    """
    from dq.lake.selection import pairs_of, parse

    for text in texts:
        try:
            list(pairs_of(text))
        except UsageError:
            raise click.BadParameter(f"'{text}' is no partition. Write {PARTITION_EXAMPLE}") from None
    try:
        parse(texts)
    except UsageError as error:
        raise click.BadParameter(str(error)) from None
    return texts


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
selection_option = click.option(
    "--partition",
    "selection",
    multiple=True,
    metavar="COLUMN=VALUE",
    callback=_parsed(parse_selection),
    help="The slice to look at, such as date=2013-02-08; once per partition column. Several, each run by "
    "itself: date=2013-02-01..2013-02-28, date=2013-02-08,2013-02-13 or 'date=2013-02-*'.",
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
    "--store", metavar="PLACE", help="Folder or s3://bucket/prefix where runs are recorded [default: .dq]."
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


@dataclass(frozen=True)
class FlowWords:
    """What `run` and `publish` take alike, as it was given.

    Attributes:
        params: values of the suite's parameters.
        input: what the data was made from.
        store: folder or address of the store.
        fail_on: the least severity whose failure makes the exit code 1.
        threads: of the engine.
        memory: that the engine may use.
        failing_rows: where rows that break the suite are written; None for nowhere.
    """

    params: dict[str, Any]
    input: str | None
    store: str | None
    fail_on: str
    threads: int | None
    memory: str | None
    failing_rows: Output | None

    def arguments(self, root: Path) -> dict[str, Any]:
        """The arguments of `dq.run` and `dq.publish`, paths as the user of a shell means them.

        Args:
            root: of the suite's project.
        """
        from dq.cli import places

        return {
            "input": places.located(self.input, root),
            "store": places.store_at(self.store, root),
            "options": places.options_at(root, self.threads, self.memory),
            "failing_rows": self.failing_rows,
        }


def flow_options(command: _Command) -> _Command:
    """The options that `run` and `publish` share; the command gets them as `words`."""

    @functools.wraps(command)
    def called(
        *args: Any,
        params: dict[str, Any],
        input_: str | None,
        store: str | None,
        fail_on: str,
        threads: int | None,
        memory: str | None,
        failing_rows: Output | None,
        **rest: Any,
    ) -> Any:
        words = FlowWords(params, input_, store, fail_on, threads, memory, failing_rows)
        return command(*args, words=words, **rest)

    for add in (
        engine_options,
        fail_on_option,
        failing_rows_options,
        store_option,
        input_option,
        params_option,
    ):
        called = add(called)
    return cast(_Command, called)


def _memory(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    if value is not None and not re.fullmatch(r"\d+(\.\d+)?\s*([KMGT]i?B|B)", value.strip(), re.IGNORECASE):
        raise click.BadParameter(f"'{value}' is no amount of memory. Write --memory 2GB")
    return value


def failing_rows_options(command: _Command) -> _Command:
    """`--failing-rows` and what goes with it; the command gets `failing_rows`, an `Output` or None."""

    @functools.wraps(command)
    def with_output(
        *args: Any, failing_rows: str | None, max_failing_rows: int | None, unmasked: bool, **rest: Any
    ) -> Any:
        output = _output(failing_rows, max_failing_rows, unmasked)
        return command(*args, failing_rows=output, **rest)

    folder = click.option(
        "--failing-rows",
        metavar="DIR",
        type=click.Path(file_okay=False),
        help="Write all rows that break an expectation into this folder, as Parquet.",
    )
    most = click.option(
        "--max-failing-rows",
        type=click.IntRange(min=0),
        metavar="N",
        help="At most so many [default: 100000].",
    )
    unmasked = click.option(
        "--unmasked", is_flag=True, help="Write private columns too, not only those that the suite shows."
    )
    return cast(_Command, folder(most(unmasked(with_output))))


def _output(folder: str | None, most: int | None, unmasked: bool) -> Output | None:
    """Where failing rows go.

    Raises:
        click.UsageError: bounds or masking without a folder.
    """
    if folder is None:
        if most is not None or unmasked:
            raise click.UsageError("--max-failing-rows and --unmasked go with --failing-rows DIR")
        return None
    from dq.rows.failing import Extent
    from dq.rows.files import Output

    masked = not unmasked
    return Output.of(
        Output(Path(folder), Extent(masked=masked) if most is None else Extent(most, masked=masked))
    )


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
