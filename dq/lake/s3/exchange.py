"""One change of what readers see below a prefix, object by object, in a bucket that keeps versions.

What is to be done is written down as a *sheet* before anything changes: for each object the version that
readers see, the versions beneath it, and where its new bytes come from. A crash between two objects is
resumed from the sheet. First the new bytes are written, then what has no place among them is hidden: no
reader ever finds the partition empty. Markers such as `_SUCCESS` come last.

Every write names the ETag that it expects. Not every server checks that. Therefore each object is looked at
before and after, and at the end all versions are compared with the sheet: a version that is neither in the
sheet nor ours was written by somebody else. It becomes visible again, our other changes are taken back, and
the change ends as a conflict. No version is ever deleted.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from dq.aws.address import Address
from dq.aws.errors import AwsError, Changed
from dq.aws.s3 import S3, Listed, Read
from dq.aws.threads import each
from dq.errors import RollbackConflict
from dq.lake.layout import Steps
from dq.lake.s3.history import History
from dq.lake.s3.inventory import CONTENT, is_hidden
from dq.lake.s3.pins import Pin, by_path

SWAP = "dq-swap"
"""User metadata of what a change brought into readers' sight: the id of its sheet."""
_TRIES = 3


@dataclass(frozen=True)
class Step:
    """What happens to one object.

    Attributes:
        path: relative to the prefix.
        before: the version that readers see; None when they see none.
        etag: of that version; empty when there is none.
        beneath: ids of all versions and markers at the path before anything changed.
        pin: where the new bytes come from; None to hide the object.
    """

    path: str
    before: str | None
    etag: str
    beneath: tuple[str, ...]
    pin: Pin | None

    @property
    def phase(self) -> int:
        """In which order: new data, then hiding, then markers."""
        return (2 if is_hidden(self.path) else 0) + (self.pin is None)


@dataclass(frozen=True)
class Sheet:
    """A change written down.

    Attributes:
        id: of its document.
        steps: what changes.
        still: by path, the versions that readers see before and after.
    """

    id: str
    steps: tuple[Step, ...]
    still: Mapping[str, str]

    @classmethod
    def of(
        cls,
        name: str,
        history: History,
        data: Iterable[Pin],
        foreign: Iterable[Pin] | None,
        same: Iterable[str],
    ) -> Sheet:
        """The change from what readers see to some pinned bytes.

        Args:
            name: id of its document.
            history: as readers see it now.
            data: what they will see.
            foreign: markers that belong to it; None when that is not known, and they stay as they are.
            same: paths whose bytes are already those of their pin.
        """
        goal = by_path((*data, *(foreign or ())))
        stays = set(same) | (set(history.foreign) if foreign is None else set())
        seen = history.seen
        steps = [_step(path, history, goal.get(path)) for path in sorted({*goal, *seen} - stays)]
        return cls(name, tuple(steps), {path: seen[path].version or "null" for path in sorted(stays)})

    def to_dict(self) -> dict[str, Any]:
        """JSON-friendly; read back by `from_dict` without loss."""
        steps = [
            [step.path, step.before, step.etag, list(step.beneath), step.pin and step.pin.to_json()]
            for step in self.steps
        ]
        return {"format": 1, "id": self.id, "steps": steps, "still": dict(self.still)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Sheet:
        """The inverse of `to_dict`.

        Raises:
            KeyError: a field is missing.
        """
        steps = tuple(
            Step(path, before, etag, tuple(beneath), Pin.from_json(pin) if pin else None)
            for path, before, etag, beneath, pin in data["steps"]
        )
        return cls(data["id"], steps, data["still"])


class Exchange:
    """Carries out a sheet; again and again until it is done.

    Args:
        s3: who asks.
        folder: the prefix.
        sheet: what is to be done.
        quarantine: prefix of bad bytes; the tags of these copies must not come back with them.
        steps: hook around every durable action.
    """

    def __init__(self, s3: S3, folder: Address, sheet: Sheet, quarantine: Address, steps: Steps) -> None:
        self._s3 = s3
        self._folder = folder.folder
        self._sheet = sheet
        self._quarantine = quarantine
        self._hook = steps
        self._made: dict[str, str | None] = {}

    def run(self) -> None:
        """Brings readers' sight to where the sheet wants it.

        Raises:
            RollbackConflict: somebody else changed an object; their bytes are what readers see of it.
        """
        try:
            todo = self._todo(History.of(self._s3, self._folder))
            for phase in range(4):
                each(self._do, [step for step in todo if step.phase == phase])
            self._check(History.of(self._s3, self._folder))
        except RollbackConflict as conflict:
            left = self._take_back()
            if not left:
                raise
            raise RollbackConflict(f"{conflict} {left}") from conflict

    def _todo(self, history: History) -> list[Step]:
        """The steps that are not done yet; a conflict where any object is neither as expected nor done."""
        touched = {step.path for step in self._sheet.steps}
        for path in (set(history.seen) | set(self._sheet.still)) - touched:
            if self._sheet.still.get(path) != _id(history.seen.get(path)):
                raise self._conflict(path)
        states = each(lambda step: self._is_done(step, history), self._sheet.steps)
        return [step for step, done in zip(self._sheet.steps, states, strict=True) if not done]

    def _is_done(self, step: Step, history: History) -> bool:
        top = history.seen.get(step.path)
        if _id(top) == step.before:
            return False
        if (top is not None) != (step.pin is not None) or (top is not None and not self._is_ours(step, top)):
            raise self._conflict(step.path)
        return True

    def _do(self, step: Step) -> None:
        for _ in range(_TRIES):
            now = self._s3.head(self._at(step))
            if now is None if step.pin is None else now is not None and self._carries(now):
                return
            if _id(now) != step.before:
                break
            with contextlib.suppress(Changed):  # looked at again: a lost reply makes our own success look so
                if self._write(step, step.pin):
                    return
        raise self._conflict(step.path)

    def _write(self, step: Step, pin: Pin | None) -> bool:
        """One write; whether what is there now is known to be ours."""
        at = self._at(step)
        if pin is None:
            self._hook("before:hide")
            self._made[step.path] = self._s3.hide(at, if_match=step.etag, versioned=True)
            self._hook("after:hide")
            return True
        self._hook("before:restore")
        made = self._s3.copy(
            pin.at,
            at,
            version=pin.version,
            source_etag=pin.etag or None,
            if_none_match=step.before is None,
            if_match=step.etag or None,
            added={CONTENT: pin.entry.checksum, SWAP: self._sheet.id},
            tags={} if str(pin.at).startswith(str(self._quarantine.folder)) else None,
        )
        if self._carries(made):
            self._made[step.path] = made.version
        self._hook("after:restore")
        return self._carries(made)

    def _check(self, history: History) -> None:
        """A conflict unless everything is at its target and nobody else wrote meanwhile."""
        for step in self._todo(history):
            raise self._conflict(step.path)
        for step in self._sheet.steps:
            if self._theirs(step, history):
                raise self._conflict(step.path)

    def _take_back(self) -> str:
        """Takes back what is still ours, and shows again what somebody else wrote beneath it.

        Returns:
            What is left as it is, in words; empty when nothing is.
        """
        history = History.of(self._s3, self._folder)
        left = [
            answer for answer in each(lambda step: self._undo(step, history), self._sheet.steps) if answer
        ]
        failed, hidden = left.count("failed"), left.count("hidden")
        said = [f"{failed} of our own changes could not be taken back."] if failed else []
        said += [f"{hidden} objects were hidden, by us or by them, and stay hidden."] if hidden else []
        return " ".join(said)

    def _undo(self, step: Step, history: History) -> str:
        latest = history.latest(step.path)
        if latest is None or _id(latest) in step.beneath:
            return ""
        if latest.marker and self._made.get(step.path) != latest.version:
            return "hidden" if step.before else ""
        if not latest.marker and not self._is_ours(step, latest):
            return ""
        theirs = self._theirs(step, history)
        back = theirs[0] if theirs else history.find(step.path, step.before) if step.before else None
        try:
            self._hook("before:take-back")
            self._put_back(self._at(step), latest, back)
            self._hook("after:take-back")
        except Changed:
            return ""  # somebody else was there again; what they wrote is what readers see
        except AwsError:
            return "failed"
        return ""

    def _put_back(self, at: Address, latest: Listed, back: Listed | None) -> None:
        if back is None:
            self._s3.hide(at, if_match=latest.etag, versioned=True)
            return
        about = self._s3.head(at, back.version)
        content = about.metadata.get(CONTENT, "") if about else ""
        self._s3.copy(
            at,
            at,
            version=back.version,
            source_etag=back.etag,
            if_none_match=latest.marker,
            if_match=latest.etag or None,
            added={CONTENT: content or f"etag:{back.etag}", SWAP: ""},
        )

    def _theirs(self, step: Step, history: History) -> list[Listed]:
        """Versions that somebody else wrote since the sheet was made, the newest first."""
        stack = history.versions.get(step.path, ())
        new = [one for one in stack if not one.marker and _id(one) not in step.beneath]
        return [one for one in new if not self._is_ours(step, one)]

    def _is_ours(self, step: Step, one: Listed) -> bool:
        if _id(one) in step.beneath:
            return False
        if one.version is not None and self._made.get(step.path) == one.version:
            return True
        about = self._s3.head(self._at(step), one.version)
        return about is not None and self._carries(about)

    def _carries(self, about: Read) -> bool:
        return about.metadata.get(SWAP) == self._sheet.id

    def _at(self, step: Step) -> Address:
        return Address(self._folder.bucket, self._folder.key + step.path)

    def _conflict(self, path: str) -> RollbackConflict:
        return RollbackConflict(
            f"{self._folder}{path} is neither as it was when the plan was made nor as the plan wants it: "
            "another writer was there. What they wrote was left as it is; validate it and make a new plan."
        )


def _step(path: str, history: History, pin: Pin | None) -> Step:
    top = history.seen.get(path)
    return Step(path, _id(top), top.etag if top else "", history.ids(path), pin)


def _id(one: Listed | Read | None) -> str | None:
    """Version id; `null` is that of an object from before its bucket kept versions."""
    return None if one is None else one.version or "null"
