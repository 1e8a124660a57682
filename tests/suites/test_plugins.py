"""Expectations in Python that somebody else wrote: a file beside dq.yml, a module, a package."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import dq
from dq.errors import ConfigError
from dq.expectations import base, find, vocabulary
from dq.suites import load_suite, suite_json_schema

PLUGIN = '''\
"""House rules."""

from typing import ClassVar

from pydantic import Field, StrictInt

from dq.expectations.base import Scope, register
from dq.expectations.column import ColumnRowExpectation
from dq.sql.words import Compare, Condition, Length, Lit, Text


@register
class ExpectValuesToBeShort(ColumnRowExpectation):
    """Values have few characters. Nulls are left out."""

    type: ClassVar[str] = "expect_column_values_to_be_short"
    short: ClassVar[str] = "short"
    positional: ClassVar[tuple[str, ...]] = ("most",)
    in_gx: ClassVar[bool] = False

    most: StrictInt = Field(default=MOST, description="Characters at most.")

    def bad(self, scope: Scope) -> Condition:
        """More of them."""
        return Compare(">", Length(Text(scope.column(self.column))), Lit(self.most))

    def expected(self) -> str:
        """`at most 3 characters`."""
        return f"at most {self.most} characters{self.share()}"
'''
"""One file, knowing only what the documentation says."""

DATA = pa.table({"s": ["a", "long text", None]})


def plugin(most: int = 3) -> str:
    """The text of the module, with another default."""
    return PLUGIN.replace("MOST", str(most))


@pytest.fixture(autouse=True)
def _only_our_own() -> Iterator[None]:
    """The vocabulary as it was, when the test is over."""
    before = dict(base._registered)
    yield
    base._registered.clear()
    base._registered.update(before)


def project(root: Path, configuration: str, suite: str = "columns: {s: [short]}\n") -> Path:
    (root / "dq.yml").write_text(configuration)
    (root / "s.yml").write_text(suite)
    return root / "s.yml"


def test_a_file_of_the_project(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "house.py").write_text(plugin())
    suite = project(tmp_path, "plugins: [rules/house.py]\n", "columns: {s: [short, {short: 9}]}\n")
    strict, lax = dq.validate(DATA, suite).verdicts
    assert (strict.outcome.value, strict.unexpected, strict.expected) == ("fail", 1, "at most 3 characters")
    assert (lax.outcome.value, lax.missing) == ("pass", 1)
    assert "expect_column_values_to_be_short" in vocabulary()
    assert "flat.expect_column_values_to_be_short" in suite_json_schema()["$defs"]


def test_pyproject_names_one_too(tmp_path: Path) -> None:
    (tmp_path / "house.py").write_text(plugin())
    (tmp_path / "pyproject.toml").write_text('[tool.dq]\nplugins = "house.py"\n')
    (tmp_path / "s.yml").write_text("columns: {s: [short]}\n")
    assert load_suite(tmp_path / "s.yml").items[0].id == "s-short"


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    for most in (3, 4, 3):
        (tmp_path / "house.py").write_text(plugin(most))
        os.utime(tmp_path / "house.py", ns=(most, most))
        suite = load_suite(project(tmp_path, "plugins: house.py\n"))
        assert suite.items[0].expectation.model_dump()["most"] == most


def test_a_module_that_python_can_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "dq_house_rules.py").write_text(plugin())
    monkeypatch.syspath_prepend(tmp_path / "lib")
    assert load_suite(project(tmp_path, "plugins: [dq_house_rules]\n")).items[0].id == "s-short"
    sys.modules.pop("dq_house_rules")


@pytest.mark.parametrize(
    ("configuration", "text", "message"),
    [
        ("plugins: [gone.py]\n", "", r"dq\.yml:1:11: there is no file .*gone\.py"),
        ("plugins: [no_such_module]\n", "", "there is no module 'no_such_module' .* Install its package"),
        ("plugins: [house]\n", "", r"there is no module 'house' .* Name the file: house\.py"),
        ("plugins: [5]\n", "", "a plugin is a module or a file, got 5"),
        ("plugins: [house.py]\n", "x = 1\n1 / 0\n", r"ZeroDivisionError: .*\(.*house\.py:2\)"),
        ("plugins: [house.py]\n", "def f(:\n", r"'house\.py' cannot be loaded: SyntaxError.*house\.py:1\)"),
        ("plugins: [house.py]\n", "import no_such_module\n", "ModuleNotFoundError: .*no_such_module"),
        (
            "plugins: [house.py]\n",
            plugin().replace('"short"', '"not_null"'),
            "ExpectValuesToBeShort and ExpectColumnValuesToNotBeNull share a name",
        ),
    ],
)
def test_a_plugin_that_cannot_be_loaded_stops_with_the_reason(
    tmp_path: Path, configuration: str, text: str, message: str
) -> None:
    (tmp_path / "house.py").write_text(text)
    with pytest.raises(ConfigError, match=message):
        load_suite(project(tmp_path, configuration))


def test_a_failed_change_leaves_what_was(tmp_path: Path) -> None:
    (tmp_path / "house.py").write_text(plugin())
    suite = project(tmp_path, "plugins: [house.py]\n")
    load_suite(suite)
    (tmp_path / "house.py").write_text(plugin() + "\n1 / 0\n")
    with pytest.raises(ConfigError, match="ZeroDivisionError"):
        load_suite(suite)
    assert find("short", "column") is not None
    (tmp_path / "house.py").write_text(plugin(5))
    assert load_suite(suite).items[0].expectation.model_dump()["most"] == 5


# --- through the command line, in processes of their own ---


def told(root: Path, *words: str, path: Path | None = None) -> Any:
    places = [str(path)] if path else []
    known = [*os.environ.get("PYTHONPATH", "").split(os.pathsep), str(Path(dq.__file__).parent.parent)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([*places, *filter(None, known)])}
    run = [sys.executable, "-c", "import sys; from dq.cli import main; sys.exit(main())", *words, "--json"]
    done = subprocess.run(run, cwd=root, env=environment, capture_output=True, text=True, check=False)
    return {**json.loads(done.stdout), "code": done.returncode, "said": done.stderr}


def installed(site: Path) -> Path:
    """A package as pip leaves it: modules, and a `.dist-info` with its entry points."""
    (site / "house_rules").mkdir(parents=True)
    (site / "house_rules" / "__init__.py").write_text("")
    (site / "house_rules" / "rules.py").write_text(plugin())
    (site / "house_rules" / "broken.py").write_text("1 / 0\n")
    about = site / "house_rules-1.2.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: house-rules\nVersion: 1.2\n")
    (about / "entry_points.txt").write_text(
        "[dq.expectations]\nrules = house_rules.rules\nworse = house_rules.broken\n"
    )
    return site


def test_a_package_with_an_entry_point(tmp_path: Path) -> None:
    suite = project(tmp_path, "threads: 1\n")
    (tmp_path / "s.csv").write_text("s\na\nlong text\n")
    site = installed(tmp_path / "site")
    found = told(tmp_path, "validate", suite.name, "--data", "s.csv", path=site)
    (verdict,) = found["verdicts"]
    assert (found["code"], verdict["outcome"], verdict["unexpected"]) == (1, "fail", 1)
    assert "expectations 'worse' of house-rules cannot be loaded: division by zero" in found["said"]
    (about,) = told(tmp_path, "list", "short", path=site)["expectations"]
    assert about["type"] == "expect_column_values_to_be_short"


def test_a_projects_own_file_and_definition(tmp_path: Path) -> None:
    (tmp_path / "house.py").write_text(plugin())
    (tmp_path / "s.csv").write_text("s\na\nlong text\n")
    configuration = "plugins: [house.py]\nexpectations: {lower: {sql: lower($column) = $column}}\n"
    suite = project(tmp_path, configuration, "columns: {s: [short, lower]}\n")
    found = told(tmp_path, "run", suite.name, "--data", "s.csv")
    verdicts = {one["expectation"]: one["outcome"] for one in found["record"]["result"]["verdicts"]}
    assert verdicts == {"expect_column_values_to_be_short": "fail", "lower": "pass"}
    again = told(tmp_path, "replay", found["record"]["run_id"])
    assert (again["same"], again["same_bytes"]) == (True, True)
    assert [about["short"] for about in told(tmp_path, "list", "lower")["expectations"]] == ["lower"]
    assert "flat.lower" in told(tmp_path, "schema")["$defs"]
