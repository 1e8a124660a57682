"""The kept bytes of validated partitions: versions where they stay long enough, else copies."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from dq.aws.address import Address
from dq.aws.errors import Archived, Changed, Forbidden, Missing
from dq.aws.lifecycle import Rule, rules_of
from dq.aws.s3 import S3
from dq.aws.threads import each
from dq.errors import RollbackConflict, RollbackRefused
from dq.lake.layout import Steps
from dq.lake.manifest import Manifest
from dq.lake.s3.history import History
from dq.lake.s3.home import Home, pins_from, pins_json
from dq.lake.s3.pins import Pin, unavailable


@dataclass
class Kept:
    """Kept bytes of one table.

    Attributes:
        s3: who asks.
        home: where records and copies are.
        days: how long bytes must stay available.
        steps: hook around every durable action.
    """

    s3: S3
    home: Home
    days: int
    steps: Steps
    _rules: dict[str, tuple[Rule, ...] | None] = field(default_factory=dict)

    def keep(
        self, manifest: Manifest, data: Iterable[Pin], foreign: Iterable[Pin], history: History
    ) -> Address:
        """Makes sure of the bytes that readers see now, and writes down where they are.

        Args:
            manifest: what was validated.
            data: the versions that readers see of it.
            foreign: markers beside it.
            history: of the partition's prefix.

        Returns:
            The record.

        Raises:
            RollbackRefused: a lifecycle rule takes the copies as well.
            RollbackConflict: the bytes went away meanwhile.
        """
        record, pins = self.home.record(manifest), (list(data), list(foreign))
        folder = history.folder
        stay = self.versions_stay(folder)
        if self._is_kept(manifest, {*pins[0], *pins[1]} if stay else set(), history):
            return record
        if not stay:
            self._check_home()
            place = self.home.kept(manifest) / "files"
            pins = self._copies(pins[0], place), self._copies(pins[1], place)
        self.steps("before:record")
        document = {
            "format": 1,
            "manifest": manifest.to_dict(),
            "files": pins_json(pins[0]),
            "foreign": pins_json(pins[1]),
        }
        self.home.write(record, document)
        self.steps("after:record")
        return record

    def _is_kept(self, manifest: Manifest, now: set[Pin], history: History) -> bool:
        """Whether a record names copies, or the very versions that readers see; older ones may end sooner."""
        found = self.find(manifest, history)
        if found is None:
            return False
        places = {(pin.at, pin.version) for pin in (*found[0], *(found[1] or ()))}
        return places == {(pin.at, pin.version) for pin in now} or all(
            self.home.holds(str(at)) for at, _ in places
        )

    def find(
        self, manifest: Manifest, history: History | None
    ) -> tuple[tuple[Pin, ...], tuple[Pin, ...] | None] | None:
        """Where the bytes of a manifest and its markers are; None when some of them cannot be had."""
        found = self.recorded(manifest)
        if found is None or unavailable(self.s3, (*found[0], *(found[1] or ())), history):
            return None
        return found

    def recorded(self, manifest: Manifest) -> tuple[tuple[Pin, ...], tuple[Pin, ...] | None] | None:
        """Where the bytes were when they were kept; None when they never were."""
        document = self.home.read(self.home.record(manifest))
        if document is None:
            return None
        return pins_from(document["files"]) or (), pins_from(document["foreign"])

    def versions_stay(self, folder: Address) -> bool:
        """Whether no lifecycle rule takes versions below a prefix before their time; False if unknown."""
        rules = self._rules_of(folder.bucket)
        if rules is None:
            return False
        return not any(self._is_soon(rule.replaced, rule.archived) for rule in rules if rule.touches(folder))

    def _check_home(self) -> None:
        at = (self.home.at / "kept").folder
        for rule in self._rules_of(at.bucket) or ():
            if rule.touches(at) and self._is_soon(rule.expired, rule.archived):
                raise RollbackRefused(
                    f"Lifecycle rule '{rule.name}' of s3://{at.bucket} takes objects below {at} before "
                    f"{self.days} days are over, and replaced versions of the table do not stay that long. "
                    f"Exempt {at} from it, or let replaced versions live longer."
                )

    def _is_soon(self, *days: int | None) -> bool:
        return any(day is not None and day < self.days for day in days)

    def _rules_of(self, bucket: str) -> tuple[Rule, ...] | None:
        if bucket not in self._rules:
            try:
                self._rules[bucket] = rules_of(self.s3, bucket)
            except Forbidden:  # not knowing is no reason to trust: bytes are copied
                self._rules[bucket] = None
        return self._rules[bucket]

    def _copies(self, pins: Iterable[Pin], place: Address) -> list[Pin]:
        return each(lambda pin: self._copied(pin, place / pin.entry.path), pins)

    def _copied(self, pin: Pin, at: Address) -> Pin:
        self.steps("before:copy")
        try:
            made = self.home.copy(pin, at)
        except (Missing, Archived, Changed) as error:
            raise RollbackConflict(f"The validated bytes cannot be kept any more: {error}") from error
        self.steps("after:copy")
        return Pin(pin.entry, at, made.version, made.etag)
