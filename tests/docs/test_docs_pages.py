"""Pages agree with the code and with each other."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import click
import pytest

import dq
from docs.generate import stale
from docs.pages import PAGES, ROOT, Block, anchors, blocks, commands, links, prose, text_of
from dq.cli.app import Verbs, cli
from dq.expectations import vocabulary

PICTURES = sorted((ROOT / "docs" / "images").glob("*.svg"))
SUITES = blocks("yaml suite")


def test_generated_pages_are_up_to_date() -> None:
    assert stale() == [], "run: make docs"


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_links_resolve(page: Path) -> None:
    broken = []
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = (ROOT / page.parent / path).resolve() if path else ROOT / page
        if not target.exists() or (anchor and anchor not in anchors(target.relative_to(ROOT))):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_named_files_exist(page: Path) -> None:
    named = re.findall(r"`((?:dq|docs|tests|benchmarks|sample_data)/[\w./-]+)`", prose(page))
    made = tuple((ROOT / ".gitignore").read_text().split())  # folders that only a run brings forth
    assert [name for name in named if not (name.startswith(made) or (ROOT / name).exists())] == []


def test_every_page_is_reached_from_the_index() -> None:
    reached = {(ROOT / "docs" / link.partition("#")[0]).resolve() for link in links(Path("docs/README.md"))}
    pages = {ROOT / page for page in PAGES if page.parts[0] == "docs"} - {ROOT / "docs/README.md"}
    assert pages - reached == set()


def test_suites_are_there_to_be_tested() -> None:
    pages = {block.page.name for block in SUITES}
    assert {"README.md", "suites.md", "expectations.md"} <= pages
    assert len(SUITES) >= len(vocabulary()) + 10


@pytest.mark.parametrize("block", SUITES, ids=lambda block: block.name)
def test_suites_load(block: Block, tmp_path: Path) -> None:
    suite = tmp_path / "suite.yml"
    suite.write_text(block.text)
    assert dq.load_suite(suite).items


def test_each_expectation_is_shown_by_an_example_of_its_own() -> None:
    text = text_of(Path("docs/expectations.md"))
    sections = re.split(r"(?m)^### ", text)[1:]
    assert len(sections) == len(vocabulary())
    for section in sections:
        full = re.search(r"full name: `(\w+)`", section)
        yaml = re.search(r"```yaml suite\n(.*?)```", section, re.DOTALL)
        assert full is not None
        assert yaml is not None
        # The heading's short name stands in the example, so the example shows what the section is about.
        assert re.search(rf"\b{section.split(' ')[0]}\b", yaml[1]), full[1]


@pytest.mark.parametrize(("where", "words"), commands(), ids=lambda value: str(value)[:60])
def test_commands_exist(where: str, words: list[str]) -> None:
    command: click.Command = cli
    while isinstance(command, Verbs) and words and re.fullmatch(r"[a-z]+", words[0]):
        found = command.get_command(click.Context(command), words[0])
        assert found is not None, f"{where}: no verb '{words[0]}'"
        command, words = found, words[1:]
    known = {option for parameter in command.params for option in parameter.opts} | {"--help", "-h"}
    assert {word.split("=")[0] for word in words if word.startswith("-")} <= known, where


def test_make_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    named = {
        target
        for page in PAGES
        for target in re.findall(r"(?:^|`)make ([a-z]+)", text_of(page), re.MULTILINE)
    }
    assert {"demo", "test", "docs"} <= named <= targets


def test_layers_are_those_of_the_architecture_test() -> None:
    tree = ast.parse((ROOT / "tests" / "test_architecture.py").read_text())
    layers = next(
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "LAYERS"
    )
    section = text_of(Path("docs/architecture.md")).split("\n## Layers\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (`.*?) \|", section, re.MULTILINE)
    assert [tuple(re.findall(r"`(\w+)`", row)) for row in rows] == list(layers)
    in_record = re.search(
        r"\n(`errors` .*?`cli`)\n", text_of(Path("docs/adr/0007-layers-as-built.md")), re.DOTALL
    )
    assert in_record is not None
    ranks = [tuple(re.findall(r"`(\w+)`", rank)) for rank in in_record[1].split("<")]
    assert ranks == list(layers)


def test_the_picture_of_the_line_points_at_modules() -> None:
    (picture,) = blocks("mermaid")
    modules = re.findall(r"\w+/\w+\.py", picture.text)
    assert len(modules) == 7
    assert [module for module in modules if not (ROOT / "dq" / module).exists()] == []


def test_exit_codes_are_those_of_the_command_line() -> None:
    from dq.cli.exit_codes import ExitCode

    table = prose(Path("README.md")).split("## Exit codes")[1].split("\n## ")[0]
    told = {int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)}
    assert told == {int(code) for code in ExitCode} - {int(ExitCode.INTERRUPTED)}


def test_top_level_keys_of_suites_are_all_described() -> None:
    from dq.suites.head import KEYS

    table = text_of(Path("docs/suites.md")).split("## The top level")[1].split("\n## ")[0]
    told = {
        key
        for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
        for key in re.findall(r"`(\w+)`", row)
    }
    assert told == set(KEYS) - {"gx"}


@pytest.mark.parametrize("picture", PICTURES, ids=lambda path: path.name)
def test_pictures_are_small_and_fetch_nothing(picture: Path) -> None:
    text = picture.read_text(encoding="utf-8")
    assert len(text.encode()) < 60_000
    assert set(re.findall(r"https?://[^\"'\s<]+", text)) <= {
        "http://www.w3.org/2000/svg",
        "https://www.textualize.io",
    }
    assert "font-face" not in text


@pytest.mark.parametrize("path", [*(ROOT / page for page in PAGES), *PICTURES], ids=lambda path: path.name)
def test_no_page_names_a_folder_of_a_machine(path: Path) -> None:
    assert re.findall(r"/(?:tmp|home|root|work|Users)/\S+", path.read_text(encoding="utf-8")) == []
