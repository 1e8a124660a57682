"""`python -m benchmarks`: dq beside SQL written by hand, other tools, and only reading the data."""

from __future__ import annotations

import argparse
import compileall
import os
import platform
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path

from benchmarks import memory, partitions, peers, profiling, remote, rollback, sizes, startup, table
from benchmarks.bench import Bench, outcomes, own, wrong
from benchmarks.measure import ROOT, Limits

HOME = Path(__file__).with_name("data")
RUNNERS = ("hand", "dq", "raw")
KINDS = ("passing", "shuffled", "failing")
MILLION = 1_000_000


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print. Returns 0 if dq worked and was right everywhere, else 1."""
    options = _parser().parse_args(arguments)
    limits = Limits(options.time_limit, round(options.memory_guard * 1e9))
    bench = Bench(round(options.rows * MILLION), options.runs, options.home.absolute(), limits)
    print(_machine(), end="\n\n")
    _compile()
    for name in ["profile"] if options.profile else options.tables:
        TABLES[name](bench, options)
    for problem in bench.problems:
        print(f"NOT RIGHT: {problem}", file=sys.stderr)
    return 1 if bench.problems else 0


def _compile() -> None:
    """Compile dq and the runners as pip compiles what it installs: no process below compiles on the clock.

    Otherwise that hangs on who ran the checkout before, and on `PYTHONDONTWRITEBYTECODE`.
    """
    for package in ("dq", "benchmarks/runners"):
        compileall.compile_dir(ROOT / package, quiet=1)
    compileall.compile_dir(ROOT / "benchmarks", maxlevels=0, quiet=1)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    add = parser.add_argument
    add("--tables", nargs="+", choices=TABLES, default=list(TABLES), help="what is measured (all)")
    add("--profile", action="store_true", help="only where dq's time goes: `--tables profile`")
    add("--rows", type=float, default=10.0, help="rows of the table, in millions (10)")
    add("--runs", type=int, default=3, help="rounds; every runner runs once in each (3)")
    add("--data", nargs="+", choices=KINDS, default=list(KINDS), help="kinds of table (all)")
    add("--only", nargs="+", choices=RUNNERS, default=list(RUNNERS), help="runners of the table `own` (all)")
    add("--peers", nargs="+", choices=peers.PEERS, default=list(peers.PEERS), help="other tools (all)")
    add("--checks", type=int, choices=(31, 100), default=31, help="checks of the profile (31)")
    add("--memory-rows", type=float, default=50.0, help="rows of the table `memory`, in millions (50)")
    add("--memory-limit", default="256MB", help="memory that dq may take there (256MB)")
    add("--memory-guard", type=float, default=16.0, help="GB beyond which any process is ended (16)")
    add("--time-limit", type=float, default=1800.0, help="seconds after which any process is ended (1800)")
    add("--objects", nargs="+", type=int, default=[1, 100, 1000], help="of a rollback (1 100 1000)")
    add("--home", type=Path, default=HOME, help="where tables are kept (benchmarks/data)")
    return parser


def _own(bench: Bench, options: argparse.Namespace) -> None:
    for kind in options.data:
        job = bench.job(kind)
        found = outcomes(own(job, options.only), bench)
        bench.problems += [f"{kind}: {problem}" for problem in wrong(found, job)]
        lines = table.costs(
            {name: [each.cost for each in of_runner.runs] for name, of_runner in found.items()},
            {name: of_runner.answer.queries for name, of_runner in found.items() if of_runner.answer},
        )
        bench.show(f"{bench.rows:,} rows, {kind} data", lines)


def _peers(bench: Bench, options: argparse.Namespace) -> None:
    """All tools at full size; and at a million rows, where imports weigh more, with failures too."""
    small = min(bench.rows, MILLION)
    for rows, kind in dict.fromkeys([(bench.rows, "passing"), (small, "passing"), (small, "failing")]):
        lines = peers.compare(bench, bench.job(kind, rows), options.peers)
        bench.show(f"Other tools: {rows:,} rows, {kind} data, 31 checks", lines)


def _sizes(bench: Bench, options: argparse.Namespace) -> None:
    bench.show(f"31 and 100 checks: {bench.rows:,} rows, passing data", sizes.compare(bench, "passing"))


def _partitions(bench: Bench, options: argparse.Namespace) -> None:
    lines = partitions.compare(bench, "passing")
    bench.show(f"30 partitions of {bench.rows // 30:,} rows, passing data, 30 checks", lines)


def _s3(bench: Bench, options: argparse.Namespace) -> None:
    lines = remote.compare(bench, "passing")
    bench.show(f"Local and on S3 (a server on this machine): {bench.rows:,} rows, passing data", lines)


def _memory(bench: Bench, options: argparse.Namespace) -> None:
    rows = round(options.memory_rows * MILLION)
    kinds = [kind for kind in options.data if kind != "failing"]
    lines = memory.compare(bench, rows, options.memory_limit, kinds)
    bench.show(f"{rows:,} rows with a memory limit of {options.memory_limit}", lines)


def _startup(bench: Bench, options: argparse.Namespace) -> None:
    lines, problems = startup.measure(rounds=max(bench.rounds, 5))
    bench.show("Start", lines)
    bench.problems += problems


def _profile(bench: Bench, options: argparse.Namespace) -> None:
    for kind in options.data:
        lines, problems = profiling.measure(bench.job(kind, checks=options.checks), bench.rounds)
        bench.show(f"Profile of dq: {bench.rows:,} rows, {kind} data, {options.checks} checks", lines)
        bench.problems += problems


def _rollback(bench: Bench, options: argparse.Namespace) -> None:
    bench.show("Rollback of one partition, every object replaced", rollback.compare(bench, options.objects))


def _machine() -> str:
    size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} cores, {size:.0f} GB, {platform.system()}, Python {platform.python_version()}, "
        f"DuckDB {version('duckdb')}. Load before the first run: {load:.1f}."
    )


TABLES: dict[str, Callable[[Bench, argparse.Namespace], None]] = {
    "own": _own,
    "checks": _sizes,
    "partitions": _partitions,
    "memory": _memory,
    "s3": _s3,
    "peers": _peers,
    "start": _startup,
    "profile": _profile,
    "rollback": _rollback,
}
"""Every table, in the order in which they are printed."""


if __name__ == "__main__":
    sys.exit(main())
