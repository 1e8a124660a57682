"""The command `dq`: a group that loads a verb when it is named."""

from __future__ import annotations

import importlib
import keyword
import sys
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import click

from dq.cli.exit_codes import ExitCode
from dq.cli.problems import Debug, problem_of
from dq.cli.screen import Screen
from dq.errors import did_you_mean

SECTIONS: Mapping[str, tuple[str, ...]] = {
    "Check": ("validate", "run", "publish"),
    "Repair": ("rollback", "split", "doctor"),
    "Understand": ("explain", "history", "replay", "report", "store"),
    "Begin": ("demo", "list", "schema", "import", "export"),
}
"""The verbs, in the order of the help page. Each is `command` in the module of its name in `dq.cli.verbs`;
a word of Python gets an underscore: `import_`."""


class Verbs(click.Group):
    """A group whose commands live in modules of their names.

    Args:
        sections: command names by the heading they stand under in the help.
        package: where the modules are.
        attributes: what `click.Group` takes.
    """

    def __init__(self, *, sections: Mapping[str, tuple[str, ...]], package: str, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.sections = sections
        self.package = package

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All verbs, in the order of the help page."""
        return [name for names in self.sections.values() for name in names]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a verb, its module imported now; None when there is none."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module = f"{cmd_name}_" if keyword.iskeyword(cmd_name) else cmd_name
        command: click.Command = importlib.import_module(f"{self.package}.{module}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the words name.

        Raises:
            click.UsageError: there is none; offers the nearest.
        """
        known = self.list_commands(ctx)
        if args[0] in known or args[0].startswith("-"):
            return super().resolve_command(ctx, args)
        hint = did_you_mean(args[0], known) or f" There are: {', '.join(known)}."
        raise click.UsageError(f"no verb '{args[0]}'.{hint}", ctx)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does; without any word the help goes to standard error, so that a script fails loudly."""
        if not args and not ctx.resilient_parsing:
            click.echo(ctx.get_help(), err=True)
            ctx.exit(ExitCode.USAGE)
        return super().parse_args(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The verbs under their headings, all in one column width."""
        width = max(len(name) for name in self.list_commands(ctx))
        for heading, names in self.sections.items():
            commands = [(name, self.get_command(ctx, name)) for name in names]
            rows = [(name.ljust(width), c.get_short_help_str(100)) for name, c in commands if c is not None]
            with formatter.section(heading):
                formatter.write_dl(rows)


class Program(Verbs):
    """The whole program: what any verb raises becomes calm words and an exit code here."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Carry out a command line.

        Returns:
            The exit code, an int; with `standalone_mode` the process ends with it instead.
        """
        words = list(sys.argv[1:] if args is None else args)
        screen = Screen(json=asks_for_json(words))
        try:
            with warnings.catch_warnings():
                warnings.showwarning = _telling(screen)
                answer = super().main(
                    words, prog_name, complete_var, standalone_mode=False, obj=screen, **extra
                )
            code = int(answer or 0)
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - nothing may end in a raw trace
            problem = problem_of(error)
            screen.problem(problem, error, trace=Debug(screen.verbose).wanted)
            code = int(problem.code)
        screen.close()
        if standalone_mode:
            sys.exit(code)
        return code


def asks_for_json(words: Sequence[str]) -> bool:
    """Whether `--json` is among the words; known before they are parsed, as an error may come first."""
    before = words[: words.index("--")] if "--" in words else words
    return "--json" in before


def _telling(screen: Screen) -> Any:
    def tell(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
        screen.remark(f"warning: {message}")

    return tell


def _version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if not wanted or ctx.resilient_parsing:
        return
    from importlib.metadata import version

    click.echo(f"dq {version('dq-lake')}")
    ctx.exit()


@click.command(
    cls=Program,
    sections=SECTIONS,
    package="dq.cli.verbs",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Every verb has --help, and --json for machines. Exit codes: 0 good, 1 bad data, 2 usage, "
    "3 could not look, 4 not rolled back.",
)
@click.option(
    "--version", is_flag=True, expose_value=False, is_eager=True, callback=_version, help="Show the version."
)
def cli() -> None:
    """Data-quality tests for data lakes.

    Is a partition right? If not: who must not see it, and why?
    """
