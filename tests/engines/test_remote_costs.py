from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from aws_server import Cloud
from remote_lake import Served, pinned_source, write_parts
from sqlglot import exp

import dq
from dq.aws.errors import AwsError, Forbidden
from dq.engines import spool
from dq.engines.duckdb import DuckDBEngine
from dq.lake.s3.inventory import TAIL
from dq.lake.source import FileSource
from dq.validation import EngineOptions

FILES, ROWS, COLUMNS = 4, 250_000, 21
TWO = {"columns": {"c03": ["not_null", {"mean": [0, 500]}], "c17": [{"between": [0, 500.5]}]}}


def wide(number: int) -> pa.Table:
    values = np.random.default_rng(number).integers(0, 500, (COLUMNS - 1, ROWS)).astype(np.float32)
    columns = {f"c{n:02d}": values[n] for n in range(COLUMNS - 1)}
    return pa.table({**columns, "id": np.arange(ROWS) + number * ROWS})


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wide")
    write_parts(folder, wide, FILES, group=122_880)
    return folder


@pytest.fixture
def lake(cloud: Cloud, files: Path) -> tuple[Cloud, FileSource]:
    """A million rows of 21 columns, looked at but not read."""
    at = cloud.bucket() / "wide"
    cloud.upload(files, at)
    return cloud, pinned_source(cloud, at)


def chunk_bytes(files: Path, end: int = 0) -> Counter[str]:
    """Compressed bytes by column, as the footers say; without those in the last `end` bytes of a file."""
    sizes: Counter[str] = Counter()
    for path in files.iterdir():
        about, last = pq.read_metadata(path), path.stat().st_size - end
        for group in range(about.num_row_groups):
            for place in range(about.num_columns):
                chunk = about.row_group(group).column(place)
                start = chunk.dictionary_page_offset or chunk.data_page_offset
                sizes[chunk.path_in_schema] += max(min(start + chunk.total_compressed_size, last) - start, 0)
    return sizes


def test_a_suite_over_two_columns_reads_these_and_footers(
    lake: tuple[Cloud, FileSource], files: Path
) -> None:
    cloud, source = lake
    sizes, before = chunk_bytes(files), chunk_bytes(files, TAIL)
    served = Served.by(cloud)
    result = dq.validate(source, TWO)
    assert (result.status.value, result.rows) == ("pass", FILES * ROWS)
    assert served.size == before["c03"] + before["c17"]  # the ends came with the look, footers and all
    needed = sizes["c03"] + sizes["c17"]
    assert 0.95 * needed < served.size <= needed < 0.11 * sum(sizes.values())
    assert set(served.calls) == {"GetObject"}


def test_footers_that_nobody_has_seen_cost_one_request_for_each_file(
    lake: tuple[Cloud, FileSource], files: Path
) -> None:
    cloud, source = lake
    assert source.remote is not None
    source.remote.inventory.tails.clear()
    served = Served.by(cloud)
    result = dq.validate(source, {"columns": {"id": ["not_null", {"between": [0, FILES * ROWS]}]}})
    assert (result.status.value, result.queries) == ("pass", 0)
    assert served.calls == ["GetObject"] * FILES
    assert served.size == FILES * TAIL


def test_a_suite_that_footers_answer_reads_nothing_more(lake: tuple[Cloud, FileSource]) -> None:
    cloud, source = lake
    served = Served.by(cloud)
    result = dq.validate(source, {"columns": {"id": ["not_null", {"between": [0, FILES * ROWS]}]}})
    assert (result.status.value, served.size, served.calls) == ("pass", 0, [])


def test_each_byte_is_asked_for_once_however_many_queries_read_it(
    lake: tuple[Cloud, FileSource], files: Path
) -> None:
    cloud, source = lake
    served = Served.by(cloud)
    more = ["unique", {"median": [0, 500]}, {"in_set": [*range(9)]}, {"mean": [0, 500]}]
    result = dq.validate(source, {"columns": {"c05": more}})
    assert result.queries > 2
    assert served.size == chunk_bytes(files, TAIL)["c05"]


def test_whole_objects_are_fetched_when_most_of_them_is_needed(
    lake: tuple[Cloud, FileSource], files: Path
) -> None:
    cloud, source = lake
    served = Served.by(cloud)
    dq.validate(source, {"columns": {f"c{n:02d}": [{"mean": [0, 500]}] for n in range(20)}})
    sizes = [path.stat().st_size - TAIL for path in files.iterdir()]
    whole, parts = sum(sizes), sum(-(-size // spool.PART) for size in sizes)
    assert (served.size, len(served.ranges)) == (whole, parts)


def test_row_groups_out_of_reach_are_not_read(lake: tuple[Cloud, FileSource], files: Path) -> None:
    cloud, source = lake
    served = Served.by(cloud)
    with closing(DuckDBEngine({"": source})) as engine:
        query = exp.select("count(*)").from_(engine.render.table("")).where("id < 50")
        assert engine.rows(query, pruned=True) == [(50,)]
    first = pq.read_metadata(files / "part-0.parquet").row_group(0).column(COLUMNS - 1)
    assert served.size == first.total_compressed_size


def test_without_room_on_the_disk_every_scan_reads_anew(
    lake: tuple[Cloud, FileSource], files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud, source = lake
    monkeypatch.setattr(spool, "_SHARE_OF_DISK", 0.0)
    served = Served.by(cloud)
    total = exp.select("sum(c01)")
    with closing(DuckDBEngine({"": source})) as engine:
        query = total.from_(engine.render.table(""))
        assert engine.rows(query) == engine.rows(query)
    assert served.size >= 2 * chunk_bytes(files)["c01"]
    assert served.size <= 2.2 * chunk_bytes(files)["c01"] + FILES * TAIL


# --- when S3 says no ---


def broken(cloud: Cloud, how: Any, every: int = 1, times: int = 10**9) -> list[str]:
    """Replies to GETs that are replaced on their way; the keys that were hit."""
    hit: list[str] = []
    seen = [0]
    lock = threading.Lock()

    def send(request: Any, **_: Any) -> Any:
        with lock:
            seen[0] += 1
            if seen[0] % every or len(hit) >= times:
                return None
            hit.append(request.url)
        return how(request)

    cloud.session.client("s3").meta.events.register("before-send.s3.GetObject", send)
    return hit


def saying(status: int, code: str) -> Any:
    from botocore.awsrequest import AWSResponse

    body = f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode()

    class Raw:
        def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
            yield body

    return lambda request: AWSResponse(request.url, status, {}, Raw())


@pytest.mark.parametrize(("status", "code"), [(503, "SlowDown"), (500, "InternalError")])
def test_throttling_in_the_middle_of_a_scan_does_not_fail_the_run(
    lake: tuple[Cloud, FileSource], status: int, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("botocore.retryhandler.random.random", lambda: 0.001)
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0.01)
    cloud, source = lake
    hit = broken(cloud, saying(status, code), every=2, times=5)
    assert dq.validate(source, TWO).status.value == "pass"
    assert len(hit) == 5


def test_a_reply_that_breaks_off_is_read_again(
    lake: tuple[Cloud, FileSource], monkeypatch: pytest.MonkeyPatch
) -> None:
    from botocore.exceptions import IncompleteReadError
    from botocore.response import StreamingBody

    _, source = lake
    monkeypatch.setattr("dq.lake.s3.pinned._PAUSE", 0.001)
    whole, calls = StreamingBody.read, iter(range(10**6))

    def read(self: StreamingBody, amt: int | None = None) -> bytes:
        if next(calls) in (1, 2, 5):
            raise IncompleteReadError(actual_bytes=1, expected_bytes=2)
        return whole(self, amt)  # type: ignore[no-any-return]  # botocore has no types

    monkeypatch.setattr(StreamingBody, "read", read)
    assert dq.validate(source, TWO).status.value == "pass"
    assert next(calls) > 6


@pytest.mark.parametrize("foresee", [True, False])
def test_a_missing_permission_names_action_and_object(
    lake: tuple[Cloud, FileSource], foresee: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud, source = lake
    if not foresee:
        monkeypatch.setattr("dq.engines.remote.Remote.expect", lambda *_: None)
    refused = saying(403, "AccessDenied")
    broken(cloud, lambda request: refused(request) if "part-2" in request.url else None)
    with pytest.raises(Forbidden) as told:
        dq.validate(source, TWO)
    assert str(told.value).startswith(
        f"{source.files[2]}: s3:GetObjectVersion is not allowed to this identity"
    )


def test_an_error_of_one_query_does_not_haunt_the_next(lake: tuple[Cloud, FileSource]) -> None:
    cloud, source = lake
    broken(cloud, saying(400, "Weird"), times=1)
    with closing(DuckDBEngine({"": source})) as engine:
        query = exp.select("count(c01)").from_(engine.render.table(""))
        with pytest.raises(AwsError, match=r"part-\d.parquet: s3:GetObjectVersion failed: Weird: no"):
            engine.rows(query)
        assert engine.rows(query) == [(FILES * ROWS,)]


def test_little_memory_is_enough(lake: tuple[Cloud, FileSource], files: Path) -> None:
    _, source = lake
    data = sum(path.stat().st_size for path in files.iterdir())
    limit = f"{max(data // 10, 30_000_000) // 1_000_000}MB"
    suite = {"columns": {f"c{n:02d}": [{"mean": [0, 500]}] for n in range(20)}}
    assert dq.validate(source, suite, options=EngineOptions(memory_limit=limit)).status.value == "pass"
