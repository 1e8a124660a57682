"""Results, histories and rollbacks as terminal tables.

Every function returns something that a rich `Console` prints; nothing is printed here. Whatever comes from
data or suites is put in as plain text, so markup and control characters in it do nothing. Colour carries no
meaning of its own: every state is also a word.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import IO, TYPE_CHECKING, Any, Literal

from dq.report import text
from dq.verdict import Outcome, Severity, Verdict

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
    from rich.table import Table
    from rich.text import Text

    from dq.baselines import History, HistoryRow
    from dq.result import Result

_WIDE = 100
"""Columns of a terminal from which a verdict fits on one line."""
_NAME = 32
"""Characters of a partition's name in a table."""

_STYLES = {
    "pass": "green",
    "warn": "yellow",
    "fail": "bold red",
    "error": "bold magenta",
    "unreadable": "bold magenta",
    "untested": "cyan",
    "done": "green",
    "undone": "green",
    "refused": "yellow",
    "conflict": "bold red",
    "failed_verify": "bold red",
}
_QUIET = "dim"
_FIRST = (Outcome.FAIL, Outcome.ERROR, Outcome.UNTESTED, Outcome.PASS)


def new_console(file: IO[str] | None = None, *, width: int | None = None, stderr: bool = False) -> Console:
    """A console that honours NO_COLOR and the width of the terminal.

    Args:
        file: written to; None for standard output or standard error.
        width: columns; None for the terminal's own, or 80 where there is none.
        stderr: standard error instead of standard output.
    """
    from rich.console import Console

    return Console(file=file, width=width, stderr=stderr, highlight=False, markup=False, emoji=False)


def result_view(result: Result, *, verbose: bool = False, masked: bool = True) -> RenderableType:
    """The verdicts of a run: a head line, everything that is not a pass, then the passes.

    Args:
        result: of a validation.
        verbose: every pass on its own line instead of one line for all.
        masked: leave out text values of columns that the suite does not mark `show`.
    """
    return _Adaptive(result.masked() if masked else result, verbose)


def history_view(history: History) -> RenderableType:
    """Runs, newest first, one table per suite. `*` marks the runs of the baseline."""
    from rich.console import Group

    from dq.store.names import short_ids

    if not history.rows:
        name = "" if history.suite is None else f" of suite {text.plain(history.suite, 60)}"
        return words(f"No run{name} is recorded.")
    short = short_ids(row.run_id for row in history.rows)
    shown, of = len(history.rows), text.plural(history.total, "run")
    blocks: list[RenderableType] = []
    for suite in dict.fromkeys(row.suite for row in history.rows):
        rows = [row for row in history.rows if row.suite == suite]
        blocks += [words(suite, "bold"), _history_table(rows, short), words("")]
    legend = "* part of the baseline"
    if shown < history.total:
        legend = f"{shown:,} of {of}, newest first; {legend}"
    return Group(*blocks, words(legend, _QUIET))


def rollback_view(rows: Sequence[Mapping[str, Any]]) -> RenderableType:
    """Operations of the rollback journal, newest first, each with what to do next.

    Args:
        rows: oldest first, with the keys of `RollbackStatus.to_dict`: id, kind, dataset, partition, state,
            at, detail, quarantine, next. A missing key is shown empty.
    """
    from rich.console import Group

    if not rows:
        return words("Nothing was rolled back, quarantined or published through this store.")
    blocks: list[RenderableType] = []
    for row in reversed(rows):
        get = {key: text.plain(item) for key, item in row.items() if not isinstance(item, list | tuple)}.get
        head = state(get("state", "").strip() or "unknown")
        head.append(
            f"  {get('kind', '')} of {get('dataset', '')} {get('partition', '')}".rstrip(), style="bold"
        )
        head.append(f"  {get('at', '')[:19].replace('T', ' ')}", style=_QUIET)
        pairs = [("id", get("id", "")), ("why", get("detail", ""))]
        pairs += [("bytes kept in", get("quarantine", "")), ("next", get("next", ""))]
        blocks += [head, _pairs([(label, words(item)) for label, item in pairs if item], indent=2), words("")]
    return Group(*blocks[:-1])


class _Adaptive:
    """Verdicts as one table where they fit, else as short blocks."""

    def __init__(self, result: Result, verbose: bool) -> None:
        self.result = result
        self.verbose = verbose

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        result = self.result
        yield _head(result)
        yield _facts(result)
        order = sorted(result.verdicts, key=_rank)
        passed = [verdict for verdict in order if verdict.outcome is Outcome.PASS]
        shown = order if self.verbose else [v for v in order if v.outcome is not Outcome.PASS]
        if shown:
            yield words("")
            if options.max_width >= _WIDE:
                yield _verdict_table(shown)
            else:
                yield from _verdict_blocks(shown)
        if passed and not self.verbose:
            yield words("")
            line = state("pass")
            line.append(f"      {text.plural(len(passed), 'expectation')}")
            yield line
        for remark in result.remarks:
            yield words(f"note      {remark}", _QUIET)


def _rank(verdict: Verdict) -> tuple[int, int]:
    return _FIRST.index(verdict.outcome), -verdict.severity.rank


def _head(result: Result) -> Text:
    head = state(result.status.value, upper=True)
    head.append(f"  {text.plain(result.suite, 80)}", style="bold")
    if result.partition.values:
        head.append(f"  {text.plain(result.partition)}")
    return head


def _facts(result: Result) -> Text:
    parts = [text.plural(len(result.verdicts), "expectation")]
    if len(result.verdicts) > 1:
        parts[0] += f" ({_counts(result.counts())})"
    if result.rows is not None:
        parts.append(text.plural(result.rows, "row"))
    parts += [text.duration(result.seconds), result.engine]
    return words(", ".join(parts), _QUIET)


def _verdict_table(verdicts: Iterable[Verdict]) -> Table:
    table = plain_table(["", "expectation", "column", "expected", "found", "severity"])
    for verdict in verdicts:
        table.add_row(
            state(verdict.outcome.value),
            words(verdict.id),
            words(", ".join(verdict.columns)),
            words(verdict.expected),
            words(text.found(verdict)),
            _severity(verdict),
        )
    return table


def _verdict_blocks(verdicts: Iterable[Verdict]) -> Iterable[RenderableType]:
    """A few lines per verdict: nothing is cut, whatever the width."""
    for verdict in verdicts:
        head = state(verdict.outcome.value)
        head.append(" " * max(1, 10 - len(verdict.outcome.value)))
        head.append(text.plain(verdict.id), style="bold")
        if verdict.outcome is Outcome.PASS:
            yield head.append(f"  {text.found(verdict)}", style=_QUIET)
            continue
        if verdict.outcome is Outcome.FAIL:
            head.append(f"  {verdict.severity.value}", style=_severity(verdict).style)
        pairs = [("column", words(", ".join(verdict.columns)))] if _hides_column(verdict) else []
        pairs += [("expected", words(verdict.expected))] if verdict.expected else []
        found = "found" if verdict.outcome is Outcome.FAIL else "because"
        yield head
        yield _pairs([*pairs, (found, words(text.found(verdict)))], indent=10)


def _hides_column(verdict: Verdict) -> bool:
    """Whether the id, which usually begins with the column's name, does not tell the columns."""
    return any(column not in verdict.id for column in verdict.columns)


def _severity(verdict: Verdict) -> Text:
    """Of a fail only: of everything else it says nothing."""
    if verdict.outcome is not Outcome.FAIL:
        return words("")
    return words(verdict.severity.value, "" if verdict.severity is Severity.CRITICAL else "yellow")


def _then(row: HistoryRow) -> str:
    """What followed a run, in few words."""
    words = [] if row.action in ("none", "report") else [row.action]
    words += [event.replace("_", " ") for event in row.events]
    if not row.visible and "published" not in row.events:
        words.append("never visible")
    if row.note:
        words.append("note")
    return ", ".join(dict.fromkeys(words))


def _history_table(rows: Iterable[HistoryRow], short: Mapping[str, str]) -> Table:
    names = ["", "run", "partition", "status", "rows", "verdicts", "then"]
    table = plain_table(names, right=("rows",), whole=names[:5])
    for row in rows:
        table.add_row(
            "*" if row.baseline else "",
            words(short[row.run_id]),
            words(text.plain(str(row.partition) or "all", _NAME)),
            state(row.status.value),
            "" if row.rows is None else f"{row.rows:,}",
            words(_broken(row.counts)),
            words(_then(row)),
        )
    return table


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {outcome}" for outcome, count in counts.items() if count) or "none"


def _broken(counts: Mapping[str, int]) -> str:
    """Counts of what is not a pass, or of the passes where there is nothing else."""
    return _counts(
        {outcome: count for outcome, count in counts.items() if count and outcome != "pass"} or counts
    )


def state(word: str, upper: bool = False) -> Text:
    """A status, an outcome or a state of the journal, in its colour."""
    shown = text.plain(word, 40)
    return words("").append(shown.upper() if upper else shown, style=_STYLES.get(word, ""))


def words(shown: str, style: str = "") -> Text:
    """Text as it is; nothing in it is markup."""
    from rich.text import Text

    return Text(text.plain(shown), style=style, overflow="fold")


def plain_table(names: Sequence[str], right: Sequence[str] = (), whole: Sequence[str] = ()) -> Table:
    """A table without lines; columns in `whole` are not broken over lines."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style=_QUIET)
    for name in names:
        justify: Literal["left", "right"] = "right" if name in right else "left"
        table.add_column(name, justify=justify, overflow="fold", no_wrap=name in whole)
    return table


def _pairs(pairs: Sequence[tuple[str, Text]], indent: int) -> RenderableType:
    """Labels and texts, the texts one below the other."""
    from rich.padding import Padding
    from rich.table import Table

    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, style=_QUIET, min_width=8)
    table.add_column(overflow="fold")
    for label, shown in pairs:
        table.add_row(label, shown)
    return Padding(table, (0, 0, 0, indent))
