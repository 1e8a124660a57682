"""Finding a recorded run again, with the exact bytes it looked at."""

from __future__ import annotations

from typing import Any

from dq.baselines import History
from dq.baselines import history as read_history
from dq.config import find_root, load_config
from dq.errors import StoreError, UsageError
from dq.flow.layouts import layout_of
from dq.flow.place import Place
from dq.lake.from_manifest import source_at
from dq.lake.source import Source
from dq.result import RunRecord
from dq.rollback.opening import journal_of
from dq.rollback.quarantine import entries
from dq.store import FileStore
from dq.store.opening import store_in
from dq.suites import Suite
from dq.validation import EngineOptions


def open_store(store: Any = None) -> FileStore:
    """A store, from a folder or an address, or as configured around the current folder."""
    if isinstance(store, FileStore):
        return store
    config = load_config()
    return store_in(config.store if store is None else store, aws=config.aws)


def history(suite: str | None = None, limit: int = 30, *, store: Any = None) -> History:
    """Recorded runs, newest first, and which of them are the baseline.

    Args:
        suite: name of a suite; None for all.
        limit: runs at most.
        store: folder of the store; None for the configured one.

    Returns:
        The history; without rows when nothing was recorded.
    """
    return read_history(open_store(store), suite, limit)


def find_run(run_id: str, store: FileStore) -> RunRecord:
    """The record of a run; of the newest run with a failure when no id is given.

    Raises:
        StoreError: there is no such run.
    """
    if run_id:
        return store.get_run(run_id)
    for record in store.newest():
        if record.result.failed:
            return record
    raise StoreError(f"{store.address}: no run with a failure is recorded ({store.count()} runs)")


def suite_of(record: RunRecord, store: FileStore) -> Suite:
    """The suite as the run resolved it, with paths from the project around the store.

    Around a store that is in no folder, that is the project around the current folder.
    """
    return Suite.from_dict(record.suite, root=find_root(store.beside))


def place_around(record: RunRecord, store: FileStore) -> Place:
    """The place of a run's dataset."""
    suite = suite_of(record, store)
    options = EngineOptions(aws=load_config(suite.root).aws)
    layout = layout_of(suite.data, suite.root, store, options.aws) if suite.data else None
    return Place(store, journal_of(store), layout, options)


def bytes_of(record: RunRecord, place: Place) -> Source | None:
    """The exact files a run looked at: where they were, where they are kept, or in quarantine.

    None for tables in memory, and for bytes that are no longer anywhere.
    """
    manifest = record.manifests.get("")
    if manifest is None or not manifest.files:
        return None
    folders = [manifest.location]
    kept = place.layout.kept(manifest) if place.layout else None
    if kept:
        folders.append(kept)
    try:
        quarantined = [entry for entry in entries(place.journal.documents) if entry.run_id == record.run_id]
    except UsageError:
        quarantined = []
    folders += [entry.location for entry in quarantined]
    for folder in folders:
        source = source_at(folder, manifest, record.result.location, place.options.aws, place.layout)
        if source is not None:
            return source
    return None
