"""The store at a place, whatever kind of place it is."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from dq.aws.address import Address, is_remote
from dq.aws.options import AwsOptions
from dq.errors import ConfigError
from dq.store.files import FileStore
from dq.store.local import LocalStore


def store_in(where: Any, root: Path | None = None, aws: AwsOptions | None = None) -> FileStore:
    """A store by its place.

    Args:
        where: a folder, `s3://bucket/prefix`, or a store, which is handed back.
        root: where a relative folder starts; the current folder when left out.
        aws: how to reach S3; only asked for with `s3://`.

    Raises:
        StoreError: the folder is a file.
        ConfigError: another scheme.
    """
    if isinstance(where, FileStore):
        return where
    text = os.fspath(where)
    if is_remote(text):
        from dq.aws.s3 import S3
        from dq.store.remote import S3Store

        return S3Store(S3.of(aws or AwsOptions()), Address.parse(text))
    if "://" in text:
        raise ConfigError(f"{text}: no place of a store; expected a folder or s3://bucket/prefix")
    folder = Path(text).expanduser()
    return LocalStore(folder if folder.is_absolute() else (root or Path()).absolute() / folder)
