"""What a folder on this machine promises."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

from dq.doctor.findings import Finding, Level


def folder_findings(table: Path, store: Path) -> Iterator[Finding]:
    """What there is to say about a table's folder and the store beside it.

    Args:
        table: the table's folder.
        store: the store's folder; need not exist yet.
    """
    if not table.is_dir():
        yield Finding("table", Level.BLOCKER, f"{table} is no folder.", "Name the folder of a table.")
        return
    if store == table or table in store.parents:
        yield Finding(
            "store",
            Level.BLOCKER,
            f"The store {store} lies inside the table; readers would find quarantined bytes.",
            "Set `store:` in dq.yml to a place beside the table.",
        )
    yield _writable(table)
    yield _links(store)
    yield _space(table, store)


def _writable(table: Path) -> Finding:
    if os.access(table, os.W_OK | os.X_OK) and os.access(table.parent, os.W_OK | os.X_OK):
        return Finding("permissions", Level.OK, f"{table} and the folder around it can be written.")
    return Finding(
        "permissions",
        Level.BLOCKER,
        f"{table}, or the folder around it, cannot be written, so readers' sight cannot be changed.",
        "Run as a user who may.",
    )


def _links(store: Path) -> Finding:
    """Whether the store's file system has hard links, by which files of the store appear whole."""
    there = next(folder for folder in (store, *store.parents) if folder.is_dir())
    probe, twin = (there / f".dq-doctor-{uuid.uuid4().hex}" for _ in range(2))
    try:
        probe.touch()
        os.link(probe, twin)
    except OSError as error:
        return Finding(
            "store",
            Level.BLOCKER,
            f"{there}: {os.strerror(error.errno or 0)}; the store needs to be written, and needs hard links.",
            "Put the store on another file system.",
        )
    finally:
        for path in (probe, twin):
            path.unlink(missing_ok=True)
    return Finding("store", Level.OK, f"{store} can be written, and has hard links.")


def _space(table: Path, store: Path) -> Finding:
    there = next(folder for folder in (store, *store.parents) if folder.is_dir())
    free = shutil.disk_usage(there).free
    used = sum(entry.stat().st_size for entry in table.rglob("*") if entry.is_file())
    if free < used:
        return Finding(
            "space",
            Level.WARNING,
            f"{free / 2**30:.1f} GB are free where the store lies, and the table has {used / 2**30:.1f} GB.",
            "A quarantined partition is copied; leave room for the largest.",
        )
    return Finding("space", Level.OK, f"{free / 2**30:.1f} GB are free where the store lies.")
