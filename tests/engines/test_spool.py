from __future__ import annotations

import hashlib
import itertools
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import pytest

from dq.aws.address import Address
from dq.engines import spool as module
from dq.engines.filesystem import Handle, Objects
from dq.engines.spool import Spool
from dq.lake.s3.inventory import Inventory
from dq.lake.s3.pinned import Pinned

BODY = bytes(hashlib.shake_256(b"body").digest(200_000))


class Fake(Pinned):
    """An object in memory that counts what is asked of it."""

    def read(self, start: int, length: int) -> bytes:
        if length <= 0:
            return b""
        ASKED.append((start, start + length))
        if FAILING:
            raise FAILING.pop()
        return BODY[start : start + length]


ASKED: list[tuple[int, int]] = []
FAILING: list[BaseException] = []


@pytest.fixture
def one(monkeypatch: pytest.MonkeyPatch) -> Pinned:
    ASKED.clear()
    FAILING.clear()
    monkeypatch.setattr(module, "PART", 10_000)
    return Fake(Address("b", "k"), len(BODY), "e", None, Inventory(cast(Any, None)))


def overlapping() -> bool:
    asked = sorted(ASKED)
    return any(later[0] < sooner[1] for sooner, later in itertools.pairwise(asked))


@pytest.mark.parametrize("seed", range(5))
def test_any_reads_by_many_threads_give_the_bytes_and_ask_for_each_once(
    one: Pinned, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - places to read, no secret
    spans = [sorted(chance.sample(range(len(BODY) + 1), 2)) for _ in range(150)]
    with closing(Spool(str(tmp_path / "s"), room=1 << 20)) as spool, ThreadPoolExecutor(8) as pool:
        spool.ahead((one, start, end) for start, end in spans[:10])
        read = pool.map(lambda span: spool.of(one).read(*span), spans)
        assert all(body == BODY[start:end] for body, (start, end) in zip(read, spans, strict=True))
        assert spool.kept == sum(end - start for start, end in ASKED)
    assert not overlapping()
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize("room", [0, 1, 25_000])
def test_without_room_reads_go_through(one: Pinned, tmp_path: Path, room: int) -> None:
    with closing(Spool(str(tmp_path / "s"), room)) as spool:
        for _ in range(2):
            assert spool.of(one).read(5, 150_000) == BODY[5:150_000]
        assert spool.kept <= room


def test_what_went_wrong_is_raised_to_the_reader_and_tried_anew(one: Pinned, tmp_path: Path) -> None:
    FAILING.append(ValueError("no"))
    with closing(Spool(str(tmp_path / "s"), 1 << 20)) as spool:
        with pytest.raises(ValueError, match="no"):
            spool.of(one).read(0, 9)
        assert spool.kept == 0
        assert spool.of(one).read(0, 9) == BODY[:9]


def test_a_temporary_folder_that_somebody_cleans_costs_a_second_request(one: Pinned, tmp_path: Path) -> None:
    with closing(Spool(str(tmp_path / "s"), 1 << 20)) as spool:
        assert spool.of(one).read(0, 100) == BODY[:100]
        for path in (tmp_path / "s").iterdir():
            path.unlink()
        assert spool.of(one).read(50_000, 50_100) == BODY[50_000:50_100]
        assert spool.of(one).read(0, 100) == BODY[:100]


def test_what_is_dropped_gives_its_room_back(one: Pinned, tmp_path: Path) -> None:
    with closing(Spool(str(tmp_path / "s"), 1 << 20)) as spool:
        spool.of(one).read(0, 50_000)
        assert (spool.kept, len(list((tmp_path / "s").iterdir()))) == (50_000, 1)
        spool.drop(one)
        assert (spool.kept, list((tmp_path / "s").iterdir())) == (0, [])
        assert spool.of(one).read(0, 50) == BODY[:50]


def test_threads_that_share_a_handle_read_where_they_moved(one: Pinned, tmp_path: Path) -> None:
    with closing(Spool(str(tmp_path / "s"), 1 << 20)) as spool:
        handle = Handle(Objects(spool), one)
        both = threading.Barrier(4)

        def reads(number: int) -> bool:
            right = True
            for step in range(50):
                start = (number * 7919 + step * 104_729) % 190_000
                both.wait()
                handle.seek(start)
                both.wait()
                right &= handle.read(100) == BODY[start : start + 100]
            return right

        with ThreadPoolExecutor(4) as pool:
            assert all(pool.map(reads, range(4)))


def test_a_stream_may_be_handed_from_thread_to_thread(one: Pinned, tmp_path: Path) -> None:
    with closing(Spool(str(tmp_path / "s"), 1 << 20)) as spool, ThreadPoolExecutor(1) as other:
        handle = Handle(Objects(spool), one)
        handle.seek(0)
        assert other.submit(handle.read, 10).result() == BODY[:10]
        assert handle.read(10) == BODY[10:20]
        assert other.submit(handle.read, 10).result() == BODY[20:30]
        assert handle.seek(-5, 2) == len(BODY) - 5
        assert (handle.read(), handle.read(), handle.tell()) == (BODY[-5:], b"", len(BODY))
