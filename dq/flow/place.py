"""Where a suite's data, its store and its journal are, found once per run."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from dq.aws.options import AwsOptions
from dq.config import load_config
from dq.flow.layouts import layout_of
from dq.lake.layout import Layout
from dq.rollback.journal import Journal
from dq.rollback.opening import journal_of
from dq.store import FileStore
from dq.store.opening import store_in
from dq.suites import Suite
from dq.validation import EngineOptions


@dataclass(frozen=True)
class Place:
    """Everything around one dataset that outlives a run.

    Attributes:
        store: records and notes.
        journal: of publishing and rollback.
        layout: how the dataset is stored; None for frames, single files and globs, which cannot be
            rolled back.
        options: threads, memory, and where AWS is: as given, else as configured.
    """

    store: FileStore
    journal: Journal
    layout: Layout | None
    options: EngineOptions = field(default_factory=EngineOptions)


def place_of(suite: Suite, data: Any, store: Any = None, options: EngineOptions | None = None) -> Place:
    """The place of a suite's dataset.

    Args:
        suite: says the project root and, unless `data` does, the dataset.
        data: what the caller gave; None for the suite's own.
        store: a folder, `s3://bucket/prefix` or a store; None for the configured one.
        options: as the caller gave them; what they do not say of AWS, the configuration does.

    Raises:
        ConfigError: the configuration is wrong.
        DataError: the store lies inside the table.
    """
    config = load_config(suite.root)
    if options is None:
        options = EngineOptions(config.threads, config.memory_limit, config.aws)
    elif options.aws == AwsOptions():
        options = replace(options, aws=config.aws)
    kept = store_in(config.store if store is None else store, suite.root, options.aws)
    where = suite.data if data is None else data
    layout = layout_of(where, suite.root, kept, options.aws)
    return Place(kept, journal_of(kept), layout, options)
