"""Opening catalogs and tables.

Where secrets go: a value of the configuration may hold `${NAME}`, which is replaced by the variable of the
environment at the moment the catalog is opened, in a mapping that nobody keeps. What pyiceberg then says in
an error is told without those values.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dq.aws.errors import asking
from dq.aws.options import AwsOptions, IcebergOptions
from dq.aws.session import session_of
from dq.errors import ConfigError, DataError, DQError, UsageError, did_you_mean
from dq.lake.iceberg.address import TableAddress

_VARIABLE = re.compile(r"\$\{(\w+)\}")
_SECRET = re.compile(r"secret|password|token|credential|access-key", re.IGNORECASE)
_PYARROW = 17
_SQLITE = "sqlite:///"


def open_table(address: TableAddress, options: IcebergOptions, aws: AwsOptions, catalog: Any = None) -> Any:
    """The table as it is now, as pyiceberg's `Table`.

    Args:
        address: of the table.
        options: catalogs.
        aws: where S3 and Glue are, and as whom.
        catalog: where it is open already.

    Raises:
        ConfigError: the catalog is not configured, or not rightly.
        DataError: the table is not there, or the catalog does not answer.
        UsageError: pyiceberg is not installed.
    """
    catalog = open_catalog(address.catalog, options, aws) if catalog is None else catalog
    from pyiceberg.exceptions import NoSuchNamespaceError, NoSuchTableError

    with telling(address, options):
        try:
            return catalog.load_table(address.table)
        except (NoSuchTableError, NoSuchNamespaceError):
            near = _nearest(catalog, address.table)
            raise DataError(f"{address}: the catalog has no such table.{near}") from None


def open_catalog(name: str, options: IcebergOptions, aws: AwsOptions) -> Any:
    """A catalog, as pyiceberg's `Catalog`.

    Raises:
        ConfigError: it is not configured, or not rightly.
        UsageError: pyiceberg is not installed, or pyarrow is too old for it.
    """
    try:
        from pyiceberg.catalog import load_catalog
        from pyiceberg.utils.config import Config
    except ImportError as error:
        raise UsageError(
            f"iceberg://{name}: pyiceberg is not installed; pip install 'dq-lake[iceberg]'"
        ) from error
    if int(version("pyarrow").partition(".")[0]) < _PYARROW:
        raise UsageError(
            f"iceberg://{name}: pyiceberg needs pyarrow {_PYARROW} or later; {version('pyarrow')} is "
            "installed. pip install 'dq-lake[iceberg]'"
        )
    given = options.catalogs.get(name)
    own = None if given is not None else Config().get_catalog_config(name)
    if given is None and own is None:
        raise ConfigError(
            f"iceberg://{name}: no catalog of this name is configured, neither in dq.yml under "
            f"`iceberg: {{catalogs: ...}}` nor for pyiceberg.{did_you_mean(name, options.catalogs)}"
        )
    stated = {str(k): str(v) for k, v in (given if given is not None else own or {}).items()}
    if given is not None:
        stated = _located(_expanded(name, stated), options.root)
    with telling(f"iceberg://{name}", options):
        kind = stated.get("type", "")
        properties = {**_of_aws(kind, stated, aws), **stated}
        if kind == "glue":
            return _glue(name, properties, aws)
        return load_catalog(name, **properties)


@contextmanager
def telling(what: object, options: IcebergOptions) -> Iterator[None]:
    """Around pyiceberg's work: what it raises becomes a `DataError` that quotes no secret.

    Its `CommitFailedException` and `CommitStateUnknownException` pass, for whoever commits.

    Raises:
        DataError: the catalog or the storage does not answer, or says no.
    """
    try:
        yield
    except (DQError, KeyboardInterrupt):
        raise
    except Exception as error:
        from pyiceberg.exceptions import (
            CommitFailedException,
            CommitStateUnknownException,
            ValidationException,
        )

        if isinstance(error, (CommitFailedException, CommitStateUnknownException, ValidationException)):
            raise
        kind = type(error).__name__
        text = hidden(" ".join(str(error).split()), options)
        raise DataError(f"{what}: the catalog or its storage failed: {kind}: {text}") from None


def hidden(text: str, options: IcebergOptions) -> str:
    """A text without the values of variables that the configuration refers to, and without passwords."""
    names = {n for stated in options.catalogs.values() for v in stated.values() for n in _VARIABLE.findall(v)}
    for name in sorted(names, key=lambda one: -len(os.environ.get(one, ""))):
        value = os.environ.get(name)
        if value:
            text = text.replace(value, f"${{{name}}}")
    return re.sub(r"(\w+://[^/\s:@]*):[^@\s/]+@", r"\1:***@", text)


def _expanded(catalog: str, stated: Mapping[str, str]) -> dict[str, str]:
    """Properties with the environment's values.

    Raises:
        ConfigError: a variable is not set, or a secret is written out.
    """
    found = {}
    for key, value in stated.items():
        plain = _VARIABLE.sub("", value)
        if plain and (_SECRET.search(key) or urlsplit(plain).password):
            raise ConfigError(
                f"iceberg catalog '{catalog}': '{key}' is a secret and is written out in the configuration; "
                f"put it into a variable of the environment and write '{key}: ${{NAME}}'"
            )
        for name in _VARIABLE.findall(value):
            if name not in os.environ:
                raise ConfigError(f"iceberg catalog '{catalog}': '{key}' needs the variable {name}; set it")
        found[key] = _VARIABLE.sub(lambda match: os.environ[match.group(1)], value)
    return found


def _located(stated: dict[str, str], root: Path) -> dict[str, str]:
    """Relative places of local files, made absolute: they start from the project, not from the process."""
    found = dict(stated)
    warehouse, uri = stated.get("warehouse", ""), stated.get("uri", "")
    if stated.get("type") == "sql" and warehouse and "://" not in warehouse:
        found["warehouse"] = (root.absolute() / warehouse).as_uri()
    file = uri.removeprefix(_SQLITE)
    if uri.startswith(_SQLITE) and file and not file.startswith(("/", ":memory:")):
        found["uri"] = f"{_SQLITE}{root.absolute() / file}"
    return found


def _of_aws(kind: str, stated: Mapping[str, str], aws: AwsOptions) -> dict[str, str]:
    """What the settings of AWS mean for pyiceberg; nothing for files that are local."""
    said = replace(aws, iceberg=IcebergOptions()) != AwsOptions()
    if kind != "glue" and not stated.get("warehouse", "").startswith("s3") and not said:
        return {}
    session = session_of(aws)
    found = {"s3.endpoint": aws.endpoint} if aws.endpoint else {}
    with asking("configuration", "AWS"):
        region = session.boto3.region_name
    if region:
        found["client.region"] = region
    if aws.path_style is False:
        found["s3.force-virtual-addressing"] = "true"
    if aws.profile or aws.role:  # pyarrow's own chain knows neither of them
        with asking("sts:AssumeRole", aws.role or f"profile {aws.profile}"):
            keys = session.boto3.get_credentials().get_frozen_credentials()
        found |= {"s3.access-key-id": keys.access_key, "s3.secret-access-key": keys.secret_key}
        found |= {"s3.session-token": keys.token} if keys.token else {}
    return found


def _glue(name: str, properties: Mapping[str, str], aws: AwsOptions) -> Any:
    """The Glue catalog, asked as dq asks it, unless the catalog's own properties say otherwise."""
    from pyiceberg.catalog.glue import GlueCatalog

    own = any(key.startswith("glue.") and key not in ("glue.id", "glue.skip-archive") for key in properties)
    return GlueCatalog(name, client=None if own else session_of(aws).client("glue"), **properties)


def _nearest(catalog: Any, table: str) -> str:
    """`Did you mean`, from the tables of the same namespace."""
    namespace = table.rpartition(".")[0]
    try:
        known = [".".join(found) for found in catalog.list_tables(namespace)]
    except Exception:  # noqa: BLE001 - only a hint; the error that is told is that the table is missing
        return ""
    return did_you_mean(table, known)
