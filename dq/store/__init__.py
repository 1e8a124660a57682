"""Where runs are recorded: append-only files that any number of processes may write at once."""

from dq.store.base import Event, Head, Note, Store, StoreWarning, is_baseline, may_be_restored
from dq.store.files import FileStore
from dq.store.local import LocalStore
from dq.store.names import new_run_id

__all__ = [
    "Event",
    "FileStore",
    "Head",
    "LocalStore",
    "Note",
    "Store",
    "StoreWarning",
    "is_baseline",
    "may_be_restored",
    "new_run_id",
]
