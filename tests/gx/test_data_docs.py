"""Data Docs: readable without a network, and nothing of the data is markup."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import real_gx  # noqa: F401 - skips where Great Expectations is not installed

import dq
from dq.errors import UsageError
from dq.gx.data_docs import write_data_docs

EVIL = "<script>alert(1)</script>"
TABLE = pa.table(
    {
        "s": [EVIL, "$x <img src=x onerror=alert(2)> & ö", "good", None],
        "secret": ["hidden-1", "hidden-2", "x", "x"],
        "<b>n</b>": [1, 2, 3, 4],
    }
)
SUITE: dict[str, Any] = {
    "suite": "orders.daily <i>",
    "show": ["s", "<b>n</b>"],
    "columns": {
        "s": [{"in_set": ["good", "<u>"]}, {"not_null": None, "notes": "see <a href='javascript:x'>"}],
        "secret": [{"in_set": ["x"]}],
        "<b>n</b>": [{"max": {"max": 3}}, {"quantiles": [[0.5, 1, 2]]}],
        "missing": ["not_null"],
    },
    "table": [{"row_count": {"min": 1}}, {"satisfy": "s <> '<hr>' and \"<b>n</b>\" > 1"}],
}


class Seen(HTMLParser):
    """Elements and attributes of a page, and its text."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.words: list[str] = []
        self.styles = False
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.styles = tag == "style"
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        self.styles = False

    def handle_data(self, data: str) -> None:
        if not self.styles:
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    index = write_data_docs(dq.validate(TABLE, SUITE), folder)
    assert index == folder / "index.html"
    return folder


def pages(site: Path) -> dict[str, Seen]:
    return {str(path.relative_to(site).parent): Seen(path) for path in site.rglob("*.html")}


def test_nothing_loads_and_nothing_runs(site: Path) -> None:
    assert len(list(site.rglob("*.html"))) == 3
    for seen in pages(site).values():
        assert not seen.tags & {"script", "link", "img", "iframe", "u", "footer"}
        assert not [name for name, _ in seen.attributes if name.startswith("on")]
        assert "//" not in " ".join(
            value for name, value in seen.attributes if name in ("href", "src", "style")
        )
        assert ("content", "default-src 'none'; style-src 'unsafe-inline'; img-src data:") in seen.attributes
    assert not [page for page in site.rglob("*.html") if re.search("https?:/", page.read_text())]


def test_links_lead_to_pages_that_are_there(site: Path) -> None:
    for path in site.rglob("*.html"):
        links = [
            value for name, value in Seen(path).attributes if name == "href" and not value.startswith("#")
        ]
        for link in links:
            assert (path.parent / link).resolve().exists(), (path, link)
        if path.parent != site:
            assert "../index.html" in links
    run_page = next((site / "validations").iterdir())
    assert any("expectations/" in value for name, value in Seen(run_page).attributes if name == "href")


def test_a_run_is_told_as_it_was(site: Path) -> None:
    seen = pages(site)
    run = seen["validations"].text
    assert "orders.daily <i>" in run
    assert EVIL in run
    assert "$x <img src=x onerror=alert(2)> & ö" in run
    assert "hidden-1" not in "".join(page.text for page in seen.values())
    assert "2 unexpected values found. 50% of 4 total rows." in run
    assert "table-satisfy: s <> '<hr>' and \"<b>n</b>\" > 1" in run
    assert "missing" in run
    suite = seen["expectations"].text
    assert re.search(r"values must belong to this set: good *,? *<u>", suite)
    assert "orders.daily <i>" in seen["."].text
    assert "fail" in seen["."].text


def test_runs_gather_in_the_index(tmp_path: Path) -> None:
    result = dq.validate(TABLE, {"suite": "a", "columns": {"s": ["not_null"]}})
    good = dq.validate(TABLE, {"suite": "b", "table": [{"row_count": {"min": 1}}]})
    write_data_docs(result, tmp_path)
    write_data_docs([result, good], tmp_path)
    index = Seen(tmp_path / "index.html").text
    assert index.count("of 1") == 2
    assert index.index(" b ") < index.index(" a ")  # the newest first
    later = replace(result, started=result.started.replace(year=2030))
    write_data_docs(later, tmp_path)
    assert "2030-" in Seen(tmp_path / "index.html").text
    assert len(list((tmp_path / "validations").iterdir())) == 3


def test_without_the_extra_the_message_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "great_expectations.render.view", None)
    with pytest.raises(UsageError, match=r"pip install 'dq-lake\[gx\]'"):
        write_data_docs(dq.validate(TABLE, SUITE), tmp_path / "site")
    assert not (tmp_path / "site").exists()


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(UsageError, match="cannot be written"):
        write_data_docs(dq.validate(TABLE, SUITE), tmp_path / "taken")
