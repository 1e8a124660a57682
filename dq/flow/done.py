"""Whether a partition was judged already, by the same suite and on the same bytes."""

from __future__ import annotations

from dq.errors import StoreError
from dq.flow.setting import Setting
from dq.lake.manifest import Manifest, Partition
from dq.result import RunRecord, Status
from dq.store.base import ROLLED_BACK, SUPERSEDED, Head

_TAKES_AWAY = ("quarantine", "rollback")


def done_before(setting: Setting, partition: Partition) -> RunRecord | None:
    """The newest run of a partition, if nothing is left to do about the bytes that readers see now.

    It must have judged the same bytes by the same resolved suite, to the end: with a status other than
    `error`, with its note, and without a rollback that was wanted and is not complete. Bytes are the same
    when the layout's token is (names, sizes, times, inodes), else when their checksums are. That the input,
    or a dataset that is referred to, has changed does not call for another run by itself.

    Args:
        setting: suite and place.
        partition: the slice.

    Returns:
        Its record; None when the partition is to be run.
    """
    place, suite = setting.place, setting.suite
    head = next(iter(place.store.heads(suite.name, partition)), None)
    if place.layout is None or head is None or head.status is Status.ERROR:
        return None
    try:
        record = place.store.record_of(head)
    except StoreError:
        return None
    manifest = record.manifests.get("") if record else None
    if record is None or manifest is None or record.result.suite_hash != suite.hash:
        return None
    if not _finished(setting, head, record):
        return None
    return record if _same_bytes(setting, record, manifest) else None


def _finished(setting: Setting, head: Head, record: RunRecord) -> bool:
    store = setting.place.store
    if record.kind == "publish" and not record.result.status.good:
        return False  # its bytes never were before readers
    if record.action in _TAKES_AWAY:
        return False  # were it complete, readers would see other bytes
    if any(event in (ROLLED_BACK, SUPERSEDED) for event in head.events):
        return False
    return not record.note or store.get_note(head.run_id) is not None


def _same_bytes(setting: Setting, record: RunRecord, manifest: Manifest) -> bool:
    layout = setting.place.layout
    assert layout is not None  # noqa: S101 - asked for before
    token = layout.current(record.result.partition)
    if record.token and token == record.token:
        return True
    return manifest.same_bytes(layout.manifest(record.result.partition))
