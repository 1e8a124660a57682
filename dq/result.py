"""All verdicts of one validation, and the record that is kept of a run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import Field, dataclass, field, fields, replace
from enum import Enum
from typing import TYPE_CHECKING, Any

from dq.codec import decode, encode
from dq.errors import ExpectationFailed, StoreError
from dq.lake.manifest import Manifest, Partition
from dq.verdict import Outcome, Severity, Verdict

if TYPE_CHECKING:
    import pyarrow as pa

SCHEMA_VERSION = 1
"""Of the JSON that `to_dict` writes; `from_dict` reads this version and every earlier one."""

FAILING_ROWS = 100_000
"""Rows that `failing_rows` hands out unless the caller says otherwise."""
FAILING_BYTES = 256 * 1024 * 1024
"""The same for bytes, as Arrow holds them."""


class Status(str, Enum):
    """What a run as a whole says."""

    PASS = "pass"  # noqa: S105 - a status, not a password
    WARN = "warn"
    """Only fails that are not critical."""
    FAIL = "fail"
    """At least one critical fail."""
    UNTESTED = "untested"
    """The partition is empty, or untested expectations gate and there are some."""
    ERROR = "error"
    """Something could not be evaluated, and nothing critical failed."""

    @property
    def good(self) -> bool:
        """Whether readers may see the data: `pass` or `warn`."""
        return self in (Status.PASS, Status.WARN)


def status_of(
    verdicts: Sequence[Verdict], *, empty: bool, allow_empty: bool = False, untested_fails: bool = False
) -> Status:
    """The status of a run.

    Args:
        verdicts: of every expectation.
        empty: whether the partition holds no row.
        allow_empty: an empty partition is judged by its verdicts alone.
        untested_fails: an untested expectation makes the run untested.

    Critical fails come first, then errors, then emptiness, then the rest: `fail` says that data is bad,
    which no missing look at other things can mend.
    """
    outcomes = {(verdict.outcome, verdict.severity) for verdict in verdicts}
    if (Outcome.FAIL, Severity.CRITICAL) in outcomes:
        return Status.FAIL
    if any(outcome is Outcome.ERROR for outcome, _ in outcomes):
        return Status.ERROR
    if empty and not allow_empty:
        return Status.UNTESTED
    if untested_fails and any(outcome is Outcome.UNTESTED for outcome, _ in outcomes):
        return Status.UNTESTED
    if any(outcome is Outcome.FAIL for outcome, _ in outcomes):
        return Status.WARN
    return Status.PASS


@dataclass(frozen=True)
class Result:
    """All verdicts of one validation.

    Attributes:
        suite: name of the suite.
        suite_hash: of its resolved content.
        partition: the slice that was looked at.
        location: what was looked at, as the user named it.
        status: see `Status`.
        verdicts: in the order of the suite.
        rows: row count; None when nothing asked for it and no metadata told it.
        started: UTC.
        seconds: wall time of the validation.
        engine: name and version, e.g. `duckdb 2.0.0`.
        queries: how many queries it took.
        show: columns whose values may leave this object.
        remarks: what else there is to say about the data, e.g. where its columns differ from the catalog's.
        origin: the data that was looked at (`dq.origin.Origin`), for methods that look again; None for a
            result that was read back. Not compared, not printed, not written, not pickled.
    """

    suite: str
    suite_hash: str
    partition: Partition
    location: str
    status: Status
    verdicts: tuple[Verdict, ...]
    rows: int | None
    started: dt.datetime
    seconds: float
    engine: str
    queries: int
    show: frozenset[str] = frozenset()
    remarks: tuple[str, ...] = ()
    origin: object | None = field(default=None, compare=False, repr=False)

    def __getstate__(self) -> dict[str, Any]:
        """Everything but the data at hand, which belongs to this process."""
        return {**self.__dict__, "origin": None}

    @property
    def failed(self) -> tuple[Verdict, ...]:
        """Verdicts with outcome `fail`, the critical first."""
        return tuple(sorted((v for v in self.verdicts if v.failed), key=lambda v: -v.severity.rank))

    def verdict(self, id: str) -> Verdict:  # noqa: A002 - the word that suites and results use
        """The verdict of an expectation.

        Raises:
            KeyError: no expectation of that id.
        """
        for verdict in self.verdicts:
            if verdict.id == id:
                return verdict
        raise KeyError(f"no expectation '{id}' in suite '{self.suite}'")

    def counts(self) -> dict[str, int]:
        """Number of verdicts by outcome; every outcome is present."""
        return {o.value: sum(v.outcome is o for v in self.verdicts) for o in Outcome}

    def raise_if_failed(self) -> Result:
        """This result, if readers may see the data.

        Raises:
            ExpectationFailed: the status is neither `pass` nor `warn`; the message lists what failed.
        """
        if self.status.good:
            return self
        lines = [f"  {line}" for verdict in self.verdicts if (line := summary(verdict))]
        where = f" partition {self.partition}" if self.partition.values else ""
        raise ExpectationFailed("\n".join([f"{self.suite}{where}: {self.status.value}", *lines[:20]]))

    def masked(self) -> Result:
        """The same without values of columns that the suite does not mark `show`."""
        return replace(self, verdicts=tuple(_masked(verdict, self.show) for verdict in self.verdicts))

    def failing_rows(
        self,
        id: str | Iterable[str] | None = None,  # noqa: A002 - the word that suites and results use
        *,
        limit: int | None = FAILING_ROWS,
        max_bytes: int | None = FAILING_BYTES,
        masked: bool = True,
    ) -> pa.Table:
        """All rows that break an expectation, with every reason why, looked up again in the same data.

        A row belongs here when it breaks an expectation, also one whose `mostly` tolerates that; the reasons
        name every expectation asked for that it breaks.

        Args:
            id: of an expectation, or several; None for every one that can be asked row by row.
            limit: rows at most, the first in the order of the files; None for any number. A cut is told by
                the statement below, and by a warning too unless the caller gave a bound.
            max_bytes: bytes at most, as Arrow holds them; None for any number.
            masked: leave out the columns that the suite does not mark `show`; partition columns are never
                private.

        Returns:
            Key columns first, as far as they may be seen (`input: {key: ..}` of the suite, else what it
            first calls unique); then `dq_file` and `dq_row`, the row's file and its place in it from 0, so
            that masked rows can be found; `dq_reasons`, a list of ids, and `dq_reason_count`; then the other
            columns. The schema's metadata holds under `dq` a JSON statement: what was asked, what was left
            out and why, how many rows each expectation has here, whether the table is complete.

        Raises:
            UsageError: no such expectation; one that was named judges the data as a whole; the result was
                read back from a record, so it has no data at hand.
            DataError: a file changed since the validation.
        """
        import dq

        find = dq.result_method("failing_rows")
        rows: pa.Table = find(self, id, limit=limit, max_bytes=max_bytes, masked=masked)
        return rows

    def to_dict(self) -> dict[str, Any]:
        """JSON-friendly and masked; `from_dict` reads it back."""
        plain = {f.name: getattr(self.masked(), f.name) for f in _written(self)}
        plain["partition"] = [list(pair) for pair in self.partition.values]
        plain["status"] = self.status.value
        plain["started"] = self.started.isoformat()
        encoded = {key: encode(value) for key, value in plain.items() if key != "verdicts"}
        if not self.remarks:  # older versions wrote none, and few results have any
            del encoded["remarks"]
        encoded["verdicts"] = [_verdict_to_dict(verdict) for verdict in self.masked().verdicts]
        return {"schema_version": SCHEMA_VERSION} | encoded

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Result:
        """The inverse of `to_dict`.

        Raises:
            StoreError: written by a newer dq, or not a result.
        """
        version = data.get("schema_version")
        if not isinstance(version, int) or version > SCHEMA_VERSION:
            raise StoreError(f"a result of schema version {version!r}; this dq reads up to {SCHEMA_VERSION}")
        try:
            plain = {
                f.name: decode(data[f.name]) for f in _written(cls) if f.name not in ("verdicts", "remarks")
            }
            plain["verdicts"] = tuple(_verdict_from_dict(verdict) for verdict in data["verdicts"])
        except KeyError as error:
            raise StoreError(f"not a result: {error} is missing") from error
        plain["partition"] = Partition(tuple((c, v) for c, v in plain["partition"]))
        plain["status"] = Status(plain["status"])
        plain["started"] = dt.datetime.fromisoformat(plain["started"])
        plain["show"] = frozenset(plain["show"])
        plain["remarks"] = tuple(decode(data.get("remarks", [])))
        return cls(**plain)

    def to_gx(
        self, result_format: str | Mapping[str, Any] = "SUMMARY", *, values: bool = False, run_name: str = ""
    ) -> dict[str, Any]:
        """This result as Great Expectations 1.x writes one: JSON of an `ExpectationSuiteValidationResult`.

        What Great Expectations has no word for stands under `meta.dq`. `untested` succeeds where it would
        (rows to judge: none), `error` has its reason under `exception_info`.

        Args:
            result_format: `BOOLEAN_ONLY`, `BASIC`, `SUMMARY`, `COMPLETE`, or a mapping with that and its
                other keys.
            values: show unexpected values of every column, not only of those under `show`. For use on the
                spot: what is written or sent leaves the circle of those who may see the data.
            run_name: shown as the name of the run.

        Values beyond the sample come from a second look at the data. A result that was read back has only
        its sample; then lists that would not be whole are left out, and `meta.dq` says so.

        Raises:
            UsageError: the format is unknown, or asks for private values to name rows by.
            DataError: the data was to be looked at again, and changed since.
        """
        import dq

        shaped: dict[str, Any] = dq.result_method("to_gx")(
            self, result_format, values=values, run_name=run_name
        )
        return shaped

    def __str__(self) -> str:
        """A few lines for a terminal: status first, then everything that is not a pass."""
        counts = ", ".join(f"{n} {outcome}" for outcome, n in self.counts().items() if n)
        where = f" {self.partition}" if self.partition.values else ""
        rows = "" if self.rows is None else f", {self.rows:,} rows"
        head = f"{self.status.value.upper()}  {self.suite}{where}: {counts}{rows}, {self.seconds:.2f} s"
        lines = [line for v in self.verdicts if (line := summary(v))]
        lines += [f"note     {remark}" for remark in self.remarks]
        return "\n".join([head, *(f"  {line}" for line in lines)])

    __repr__ = __str__


def _written(result: Result | type[Result]) -> tuple[Field[Any], ...]:
    return tuple(f for f in fields(result) if f.name != "origin")


def summary(verdict: Verdict) -> str:
    """One line on a verdict that is not a pass; empty for a pass."""
    if verdict.outcome is Outcome.PASS:
        return ""
    head = f"{verdict.outcome.value:<8} {verdict.id}"
    if verdict.reason:
        return f"{head}: {verdict.reason}"
    if verdict.unexpected is not None and verdict.considered:
        share = verdict.unexpected / verdict.considered
        found = f"{verdict.unexpected:,} of {verdict.considered:,} rows ({share:.2%}) break it"
    else:
        found = f"found {verdict.observed}"
    return f"{head} ({verdict.severity.value}): expected {verdict.expected}; {found}"


@dataclass(frozen=True)
class RunRecord:
    """What is kept of a run: a result, and who, when, from which bytes, by which code.

    Attributes:
        run_id: unique, sorts by time.
        result: masked.
        kind: `run` or `publish`.
        user: who ran it.
        suite: the resolved suite, as `Suite.to_dict` writes it, so that the run can be replayed.
        params: parameter values of the run.
        manifests: exact input files by dataset name; `""` is the dataset under test.
        code_revision: of the project's checkout; empty when there is none.
        versions: of dq, Python, the engine.
        peak_memory: bytes, of the whole process.
        bytes_read: bytes of the files looked at.
        action: what was decided: `none`, `report`, `quarantine` or `rollback`.
        reason: why, in words.
        rollback_id: of the rollback that followed; empty when there was none.
        note: path of the root-cause note, relative to the store; empty when there is none.
        visible: whether readers see these bytes as far as the run knew when it ended.
        token: which state of the partition readers saw, as its layout names states; empty when unknown.
    """

    run_id: str
    result: Result
    kind: str = "run"
    user: str = ""
    suite: Mapping[str, Any] = field(default_factory=dict)
    params: Mapping[str, Any] = field(default_factory=dict)
    manifests: Mapping[str, Manifest] = field(default_factory=dict)
    code_revision: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    peak_memory: int = 0
    bytes_read: int = 0
    action: str = "none"
    reason: str = ""
    rollback_id: str = ""
    note: str = ""
    visible: bool = True
    token: str = ""

    def to_dict(self) -> dict[str, Any]:
        """JSON-friendly; `from_dict` reads it back."""
        plain = {f.name: getattr(self, f.name) for f in fields(self)}
        plain["result"] = self.result.to_dict()
        plain["manifests"] = {key: manifest.to_dict() for key, manifest in self.manifests.items()}
        raw = ("result", "manifests")
        encoded = {key: value if key in raw else encode(value) for key, value in plain.items()}
        return {"schema_version": SCHEMA_VERSION} | encoded

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> RunRecord:
        """The inverse of `to_dict`.

        Raises:
            StoreError: written by a newer dq, or not a record.
        """
        version = data.get("schema_version")
        if not isinstance(version, int) or version > SCHEMA_VERSION:
            raise StoreError(f"a record of schema version {version!r}; this dq reads up to {SCHEMA_VERSION}")
        try:
            plain = {f.name: data[f.name] for f in fields(cls) if f.name != "token"}
            plain["token"] = data.get("token", "")  # earlier records have none
            plain["result"] = Result.from_dict(data["result"])
            plain["manifests"] = {key: Manifest.from_dict(item) for key, item in data["manifests"].items()}
        except KeyError as error:
            raise StoreError(f"not a run record: {error} is missing") from error
        raw = ("result", "manifests")
        return cls(**{key: value if key in raw else decode(value) for key, value in plain.items()})


_OWN_WORDS = ("evaluated_by",)
"""Details whose text is dq's, never the data's."""


def _masked(verdict: Verdict, show: frozenset[str]) -> Verdict:
    if verdict.columns and all(column in show for column in verdict.columns):
        return verdict
    # A table's verdict may list column names; one on columns may list values, in whatever is nested.
    tells = _has_text if verdict.columns else (lambda value: isinstance(value, str | bytes))
    observed = None if tells(verdict.observed) else verdict.observed
    details = {
        name: value for name, value in verdict.details.items() if name in _OWN_WORDS or not tells(value)
    }
    return replace(verdict, sample=(), observed=observed, details=details)


_QUANTILES = {"quantiles", "values"}
"""Keys of an observed value that are words of dq's own."""


def _has_text(value: Any) -> bool:
    """Whether text or bytes are in a value, as an item, a key or nested."""
    if isinstance(value, Mapping):
        keys = () if value.keys() == _QUANTILES else value
        return any(map(_has_text, (*keys, *value.values())))
    if isinstance(value, list | tuple | set | frozenset):
        return any(_has_text(item) for item in value)
    return isinstance(value, str | bytes)


def _verdict_to_dict(verdict: Verdict) -> dict[str, Any]:
    plain = {f.name: getattr(verdict, f.name) for f in fields(verdict)}
    plain["outcome"], plain["severity"] = verdict.outcome.value, verdict.severity.value
    return {key: encode(value) for key, value in plain.items()}


def _verdict_from_dict(data: Mapping[str, Any]) -> Verdict:
    plain = {f.name: decode(data[f.name]) for f in fields(Verdict)}
    plain["outcome"], plain["severity"] = Outcome(plain["outcome"]), Severity(plain["severity"])
    plain["columns"], plain["sample"] = tuple(plain["columns"]), tuple(plain["sample"])
    return Verdict(**plain)
