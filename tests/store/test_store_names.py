"""Run ids sort by time; no suite name leaves its folder."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from store_samples import run, verdict

from dq.store import LocalStore, new_run_id
from dq.store.names import folder_name, short_ids

HOSTILE = [
    "..",
    ".",
    "",
    "../../etc/passwd",
    "/etc/passwd",
    "a/b",
    "a\\b",
    ".hidden",
    "_marker",
    "nul\x00byte",
    "line\nbreak",
    "suite=x",
    "%2e%2e",
    'Müller\'s "suite"; DROP TABLE--',
    "\udcff",
    "x" * 5000,
    "*?[a]",
    "CON",
    "~root",
]


@pytest.mark.parametrize("suite", HOSTILE)
def test_a_hostile_suite_name_stays_in_the_store(tmp_path: Path, suite: str) -> None:
    root = tmp_path / "deep" / "store"
    store = LocalStore(root)
    record = run("r1", suite=suite, verdicts=(verdict(id=suite, columns=(suite,), expected=suite),))
    store.put_run(record)
    event = store.mark("r1", "looked_at")
    assert store.get_run("r1") == record
    assert store.runs(suite) == [record]
    assert store.count(suite) == 1
    assert store.events("r1") == (event,)
    outside = [path for path in tmp_path.rglob("*") if path.is_file() and root not in path.parents]
    assert outside == []
    assert len([path for path in root.rglob("*") if path.is_file()]) == 4


def test_plain_names_stay_readable() -> None:
    assert folder_name("curated_flights-2") == "curated_flights-2"
    assert folder_name("orders v1.2") == "orders%20v1.2"


@given(st.lists(st.text(max_size=400) | st.sampled_from(HOSTILE), unique=True, max_size=4))
def test_different_names_give_different_safe_folders(names: list[str]) -> None:
    folders = [folder_name(name) for name in names]
    assert len(set(folders)) == len(names)
    for folder in folders:
        assert re.fullmatch(r"[A-Za-z0-9%~-][A-Za-z0-9%~._-]{0,179}", folder)


@given(st.datetimes(), st.datetimes())
def test_run_ids_sort_by_time(one: dt.datetime, other: dt.datetime) -> None:
    first, second = sorted([one, other])
    if first != second:
        assert new_run_id(first) < new_run_id(second)


def test_run_ids_are_in_utc_and_differ_in_the_same_microsecond() -> None:
    moment = dt.datetime(2013, 2, 8, 3, 15, tzinfo=dt.timezone(dt.timedelta(hours=-5)))
    ids = {new_run_id(moment) for _ in range(1000)}
    assert len(ids) == 1000
    assert all(re.fullmatch(r"20130208T081500000000-[0-9a-f]{8}", one) for one in ids)
    assert new_run_id() > "2024"


@given(st.sets(st.text("ab0", min_size=1, max_size=20), max_size=12))
def test_short_ids_are_prefixes_that_tell_runs_apart(ids: set[str]) -> None:
    prefixed = {"20130208T03150" + one for one in ids}
    short = short_ids(prefixed)
    assert set(short) == prefixed
    for run_id, prefix in short.items():
        assert run_id.startswith(prefix)
        assert len(prefix) >= min(15, len(run_id))
        others = [other for other in prefixed if other.startswith(prefix) and other != run_id]
        assert not others or prefix == run_id, "an id that is a prefix of another one is shown whole"
