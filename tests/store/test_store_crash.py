"""Many writers at once, and writers that die: nothing is lost, nothing is half there."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from store_samples import run

from dq.errors import StoreError
from dq.store import LocalStore, StoreWarning
from dq.store.exclusive import create, is_temporary, sweep

WRITER = Path(__file__).with_name("recording.py")
PROCESSES, RUNS = 20, 5
KILLED = 8


class Stop(Exception):  # noqa: N818 - the end of a world is no error of the code
    """The world ends here."""


def start(root: Path, writer: str, count: int, processes: int = 1) -> subprocess.Popen[str]:
    command = [sys.executable, str(WRITER), str(root), writer, str(count), str(processes)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def assert_whole(store: LocalStore) -> None:
    """Every record, twin, event and note that can be seen can be read; a warning is an error here."""
    for record in store.runs():
        assert len(record.result.verdicts) == 20
        store.events(record.run_id)
        note = store.get_note(record.run_id)
        assert note is not None
        assert len(note.markdown) > 2500
    for path in store.root.rglob("*.parquet"):
        assert pq.read_metadata(path).num_rows == 20


def test_twenty_processes_record_at_once_and_lose_nothing(tmp_path: Path) -> None:
    crowd = start(tmp_path, "w", RUNS, PROCESSES)
    out, _ = crowd.communicate(timeout=120)
    assert crowd.returncode == 0
    printed: dict[str, list[str]] = {}
    for line in out.splitlines():
        writer, run_id = line.split()
        printed.setdefault(writer, []).append(run_id)
    assert len(printed) == PROCESSES
    store = LocalStore(tmp_path)
    assert_whole(store)
    kept: dict[str, list[str]] = {}
    for record in reversed(store.runs()):
        kept.setdefault(record.user, []).append(record.run_id)
    assert kept == printed
    assert store.count() == PROCESSES * RUNS
    for record in store.runs():
        (event,) = store.events(record.run_id)
        assert event.detail == {"writer": record.user}
    assert len(list(tmp_path.glob("verdicts/*/*.parquet"))) == PROCESSES * RUNS
    assert not [path for path in tmp_path.rglob("*") if is_temporary(path.name)]


def test_a_killed_writer_leaves_nothing_half_visible(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    moments = random.Random(8)  # noqa: S311 - when to kill, not a secret
    recorded: list[str] = []
    for number in range(KILLED):
        writer = start(tmp_path, f"k{number}", 100_000)
        assert writer.stdout is not None
        recorded += writer.stdout.readline().split()[1:]
        time.sleep(moments.random() / 30)
        os.kill(writer.pid, signal.SIGKILL)
        recorded += [line.split()[1] for line in writer.stdout.read().splitlines()]
        writer.wait()
        writer.stdout.close()
        assert_whole(store)
    there = {record.run_id for record in store.runs()}
    assert set(recorded) <= there
    assert len(there) <= len(recorded) + KILLED, "at most one more of each writer: recorded, not yet printed"
    assert len(recorded) >= KILLED
    store.repair()
    assert {path.stem for path in tmp_path.glob("verdicts/*/*.parquet")} == there


@pytest.mark.parametrize("crash", ["write", "link"])
def test_a_crash_before_the_link_leaves_nothing_visible(tmp_path: Path, crash: str) -> None:
    def stop(step: str) -> None:
        if step == crash:
            raise Stop

    with pytest.raises(Stop):
        LocalStore(tmp_path, stop).put_run(run("r1"))
    store = LocalStore(tmp_path)
    assert store.runs() == []
    assert store.count() == 0
    store.put_run(run("r1", user="a different record, since the first never came to be"))
    assert store.get_run("r1").user.startswith("a different")


@pytest.mark.parametrize("stop_at", range(9))
def test_a_crash_anywhere_is_completed_by_recording_again(tmp_path: Path, stop_at: int) -> None:
    steps: list[str] = []

    def stop(step: str) -> None:
        steps.append(step)
        if len(steps) == stop_at + 1:
            raise Stop

    with pytest.raises(Stop):
        LocalStore(tmp_path, stop).put_run(run("r1"))
    store = LocalStore(tmp_path)
    assert store.count() == (1 if stop_at >= 5 else 0), "the record counts from its link on"
    assert len(list(store.heads())) == store.count()
    store.put_run(run("r1"))
    assert store.get_run("r1") == run("r1")
    assert len(list(tmp_path.glob("verdicts/suite=flights/r1.parquet"))) == 1


def test_temporary_files_are_ignored_and_swept_when_old(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    store.put_run(run("r1"))
    half = tmp_path / "runs/flights/.0123.partial"
    half.write_text('{"half": ')
    assert [record.run_id for record in store.runs()] == ["r1"]
    assert sweep(half.parent) == 0, "its writer may be at work"
    long_ago = time.time() - 2 * 24 * 3600
    os.utime(half, (long_ago, long_ago))
    store.repair()
    assert not half.exists()
    assert store.count() == 1


def test_of_many_threads_one_creates_and_nobody_overwrites(tmp_path: Path) -> None:
    path = tmp_path / "a" / "file"
    ready = threading.Barrier(8)

    def attempt(number: int) -> str:
        ready.wait()
        try:
            return "created" if create(path, b"%d" % number) else "found"
        except FileExistsError:
            return "refused"

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(attempt, range(8)))
    assert sorted(answers) == ["created", *["refused"] * 7]
    assert path.read_bytes() == b"%d" % answers.index("created")
    assert [entry.name for entry in path.parent.iterdir()] == ["file"]


def test_a_write_whose_reply_was_lost_is_recognised(tmp_path: Path) -> None:
    path = tmp_path / "file"
    assert create(path, b"mine") is True
    assert create(path, b"mine") is False
    with pytest.raises(FileExistsError):
        create(path, b"other")
    assert path.read_bytes() == b"mine"


def test_marks_set_at_once_are_all_kept(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    store.put_run(run("r1"))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: store.mark("r1", "looked_at", {"by": number}), range(24)))
    events = store.events("r1")
    assert sorted(event.detail["by"] for event in events) == list(range(24))
    assert [event.number for event in events] == list(range(1, 25))


def test_a_folder_that_is_a_file_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("in the way")
    with pytest.raises(StoreError, match="runs: cannot be listed: Not a directory"):
        LocalStore(tmp_path).put_run(run("r1"))
    with pytest.raises(StoreError, match=r"file: cannot be written: Not a directory"):
        create(tmp_path / "runs" / "flights" / "file", b"")


def test_an_unreadable_event_is_named_and_left_out(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    store.put_run(run("r1"))
    store.mark("r1", "rolled_back")
    (folder,) = (tmp_path / "events/flights").iterdir()
    (folder / "r1.restored.2.json").write_text("{")
    with pytest.warns(StoreWarning, match=r"r1\.restored\.2\.json was left out"):
        assert [event.name for event in store.events("r1")] == ["rolled_back"]
