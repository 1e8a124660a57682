"""The shape of the project: one direction of imports, small modules, light start, a stated public surface."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import dq

PACKAGE = Path(dq.__file__).parent

LAYERS = (
    ("errors",),
    ("verdict", "codec"),
    ("sql",),
    ("aws",),
    ("lake",),
    ("metrics",),
    ("expectations",),
    ("markup", "result"),
    ("config",),
    ("suites",),
    ("plan",),
    ("engines",),
    ("origin",),
    ("validation",),
    ("rows",),
    ("gx",),
    ("store",),
    ("states",),
    ("baselines",),
    ("rollback", "rootcause", "doctor"),
    ("report",),
    ("flow",),
    ("demo",),
    ("cli",),
)
"""From the bottom up; a package imports from itself and from lower layers only (docs/architecture.md)."""

RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}

FACADES = {"dq", "dq.aws", "dq.rollback"}
"""Modules that only hand out public names, lazily, from wherever they live."""

HEAVY = ("duckdb", "pandas", "pyarrow", "numpy", "sqlglot", "pydantic", "boto3", "great_expectations", "rich")


def modules() -> Iterator[tuple[str, Path]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module
            if node.module == "dq":
                yield from (f"dq.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def test_imports_point_one_way() -> None:
    wrong = []
    for name, path in modules():
        if name in FACADES:
            continue
        own = name.split(".")[1]
        for target in imported(path):
            parts = target.split(".")
            if parts[0] != "dq" or len(parts) == 1 or parts[1] == own:
                continue
            if RANK[parts[1]] >= RANK[own]:
                wrong.append(f"{name} imports {target}")
    assert wrong == []


def test_every_package_has_its_layer() -> None:
    assert {name.split(".")[1] for name, _ in modules() if name != "dq"} == set(RANK)


def test_modules_stay_small() -> None:
    long = {name: lines for name, path in modules() if (lines := len(path.read_text().splitlines())) > 400}
    assert long == {}


def test_engines_and_platforms_stay_in_their_files() -> None:
    homes = {
        "duckdb": ("dq.engines", "dq.rootcause", "dq.demo"),
        "boto3": ("dq.aws",),
        "botocore": ("dq.aws", "dq.lake.s3"),
        "fsspec": ("dq.engines",),
        "pyiceberg": ("dq.lake.iceberg", "dq.demo"),
        "awswrangler": ("dq.demo",),  # it writes as users do; dq itself asks AWS
        "moto": ("dq.demo",),
    }
    for name, path in modules():
        for target in imported(path):
            root = target.split(".")[0]
            if root in homes:
                assert name.startswith(homes[root]), f"{name} imports {root}"


def loaded_by(code: str) -> set[str]:
    script = f"import json, sys\n{code}\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    "code",
    [
        "import dq",
        "import dq; dir(dq); dq.__all__",
        "import dq.errors, dq.verdict, dq.result, dq.lake.manifest, dq.sql.words, dq.metrics",
        "import dq.cli",
    ],
)
def test_starting_loads_nothing_heavy(code: str) -> None:
    assert loaded_by(code) & set(HEAVY) == set()


def test_public_names_exist_and_are_all_that_is_offered() -> None:
    assert list(dq.__all__) == sorted(dq.__all__)
    for name in dq.__all__:
        assert getattr(dq, name) is not None
        assert name in dir(dq)


def test_methods_of_results_have_their_functions() -> None:
    for name in dq._RESULT_METHODS:
        assert callable(getattr(dq.Result, name))
        assert dq.result_method(name).__doc__


def test_a_misspelt_public_name_is_helped() -> None:
    with pytest.raises(AttributeError, match="Did you mean 'validate'"):
        dq.validat  # noqa: B018 - the access is the test


def test_public_functions_say_what_they_do() -> None:
    silent = []
    for name, path in modules():
        tree = ast.parse(path.read_text())
        if ast.get_docstring(tree) is None:
            silent.append(name)
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_"):
                public = any(node in ast.iter_child_nodes(p) for p in (tree, *_public_classes(tree)))
                if public and ast.get_docstring(node) is None:
                    silent.append(f"{name}.{node.name}")
    assert silent == []


def _public_classes(tree: ast.Module) -> list[ast.ClassDef]:
    return [n for n in ast.walk(tree) if isinstance(n, ast.ClassDef) and not n.name.startswith("_")]
