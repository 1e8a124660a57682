"""The documents and the journal of a store, whatever kind of store it is."""

from __future__ import annotations

from dq.errors import StoreError
from dq.rollback.documents import Documents, LocalDocuments
from dq.rollback.journal import Journal
from dq.store.files import FileStore
from dq.store.local import LocalStore


def documents_of(store: FileStore) -> Documents:
    """The documents beside the records of a store.

    Raises:
        StoreError: a store of a kind that has no documents.
    """
    if isinstance(store, LocalStore):
        return LocalDocuments(store.root)
    from dq.rollback.remote import S3Documents
    from dq.store.remote import S3Store

    if isinstance(store, S3Store):
        return S3Documents(store.s3, store.home)
    raise StoreError(f"{store.address}: a store without a journal; expected a folder or s3://bucket/prefix")


def journal_of(store: FileStore) -> Journal:
    """The journal beside the records of a store. Its clock is the one that all users of the store share."""
    return Journal(documents_of(store), clock=store.shelf.now)
