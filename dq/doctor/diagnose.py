"""A check-up of one table: storage, catalog, permissions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from dq.aws.address import Address, is_remote
from dq.aws.errors import AwsError
from dq.aws.glue import Glue, TableAddress
from dq.aws.s3 import S3
from dq.aws.session import Session
from dq.doctor.access import access_findings
from dq.doctor.bucket import bucket_findings
from dq.doctor.catalog import catalog_access, described, table_findings
from dq.doctor.findings import CheckUp, Finding, Level
from dq.doctor.folder import folder_findings
from dq.doctor.journal import journal_findings
from dq.doctor.policies import Around
from dq.errors import UsageError
from dq.lake.glue.location import root_of

GLUE = "glue://"


def diagnose(
    data: str,
    session: Session,
    home: Address | None,
    store: Path | None = None,
    journal: Address | None = None,
) -> CheckUp:
    """Looks at a table without changing anything that a reader could see.

    Args:
        data: a folder, `s3://bucket/prefix/`, or `glue://database.table`.
        session: who asks AWS.
        home: where dq keeps bytes on S3; None for local tables.
        store: the store's folder, for local tables.
        journal: the store's prefix, where it is on S3; None for one in a folder.

    Raises:
        UsageError: data of another kind.
        Missing: there is no such bucket or table.
        Forbidden: not even the table's definition may be read.
    """
    found = _table(data, session, home, store)
    if journal is None:
        return found
    return replace(found, findings=(*found.findings, *journal_findings(S3(session), journal)))


def _table(data: str, session: Session, home: Address | None, store: Path | None) -> CheckUp:
    if data.startswith(GLUE):
        return _glue(data, session, home)
    if is_remote(data):
        return _s3(data, session, home)
    if "://" in data:
        raise UsageError(f"{data}: expected a folder, s3://bucket/prefix/ or glue://database.table")
    found = tuple(folder_findings(Path(data).absolute(), (store or Path(".dq")).absolute()))
    return CheckUp(data, "local", found)


def around(data: str, store: str, session: Session) -> Around:
    """What a policy for a table is about; a table of the catalog is looked up for its location.

    Args:
        data: `s3://bucket/prefix/`, or `glue://database.table`.
        store: the store's folder or address.
        session: who asks AWS.

    Raises:
        UsageError: data that does not lie on S3.
        Missing: there is no such table.
    """
    if is_remote(data):
        table = Address.parse(data).folder
        return Around(table, home_of(str(table), store) or table)
    if not data.startswith(GLUE):
        raise UsageError(f"{data}: a policy is for s3://bucket/prefix/ or glue://database.table")
    database, name = _named(data)
    found = Glue(session).table(TableAddress(database, name))
    table = root_of(found).folder  # its own location may be that of a load by now
    return Around(table, home_of(str(table), store) or table, database, name, bool(found.keys))


def home_of(data: str, store: str) -> Address | None:
    """Where dq keeps bytes of a table on S3: with the store when that is there, else in the table's bucket.

    Args:
        data: as in `diagnose`.
        store: the store's folder or address.
    """
    if is_remote(store):
        return Address.parse(store)
    return Address(Address.parse(data).bucket, "_dq/") if is_remote(data) else None


def _s3(data: str, session: Session, home: Address | None) -> CheckUp:
    s3, table = S3(session), Address.parse(data)
    found = (*bucket_findings(s3, table, in_place=True), *access_findings(s3, table, home or table))
    return CheckUp(data, "s3-versioned", found)


def _glue(data: str, session: Session, home: Address | None) -> CheckUp:
    database, table = _named(data)
    definition = described(session, database, table)
    location = definition.get("StorageDescriptor", {}).get("Location", "")
    keys = len(definition.get("PartitionKeys", ()))

    def looks() -> Iterator[Finding]:
        yield from table_findings(definition)
        yield from catalog_access(session, database, table, keys)
        if is_remote(location):
            where = Address.parse(location)
            s3 = S3(session)
            yield from bucket_findings(s3, where, in_place=False)
            yield from access_findings(s3, where, home or where)

    try:
        found = tuple(looks())
    except AwsError as error:
        found = (Finding("catalog", Level.UNKNOWN, str(error)),)
    return CheckUp(data, "glue-location", found)


def _named(data: str) -> tuple[str, str]:
    """Database and table of `glue://database.table`."""
    database, _, table = data.removeprefix(GLUE).rpartition("/")[2].partition(".")
    if not database or not table:
        raise UsageError(f"{data}: expected glue://database.table")
    return database, table
