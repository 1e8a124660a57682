from __future__ import annotations

import subprocess
import sys
from collections import Counter

import pytest
from expectation_cases import verdict

from dq import expectations
from dq.expectations import find, vocabulary
from dq.expectations.base import Expectation, register
from dq.expectations.nulls import ExpectColumnValuesToNotBeNull
from dq.expectations.traits import ALTERNATIVE, TOOLS, Cost

EVERY = sorted(vocabulary().values(), key=lambda cls: cls.type)


def test_names_are_unique() -> None:
    assert max(Counter(cls.type for cls in EVERY).values()) == 1
    assert max(Counter((cls.level, cls.short) for cls in EVERY).values()) == 1
    assert len(EVERY) >= 38


@pytest.mark.parametrize("cls", EVERY, ids=lambda cls: cls.type)
def test_every_expectation_can_be_found_and_read_about(cls: type[Expectation]) -> None:
    assert find(cls.type) is cls
    assert find(cls.short, cls.level) is cls
    assert (cls.__doc__ or "").strip().endswith(".")
    assert set(cls.positional) | set(cls.aliases.values()) <= set(cls.model_fields)
    assert not set(cls.aliases) & set(cls.model_fields)
    missing = [name for name, about in cls.model_fields.items() if not about.description]
    assert [name for name in missing if name not in ("column", "to")] == [
        name for name in missing if name in ("column_A", "column_B", "quantile_ranges")
    ]


@pytest.mark.parametrize("cls", EVERY, ids=lambda cls: cls.type)
def test_every_expectation_tells_the_reference_about_itself(cls: type[Expectation]) -> None:
    where = f"add to class {cls.__name__} in {cls.__module__}"
    assert cls.nulls, (
        f'{where}: nulls: ClassVar[str] = "Left out." (a few words on nulls, then a sentence on NaN, if any)'
    )
    in_short = cls.nulls.split(". ")[0]
    assert cls.nulls.endswith("."), f"{where}: `nulls` are sentences"
    assert len(in_short) <= 60, f"{where}: a shorter first sentence of `nulls`, it stands in a table"
    assert isinstance(cls.cost, Cost), f"{where}: cost: ClassVar[Cost], one of {[cost.name for cost in Cost]}"
    assert "equivalents" in vars(cls), (
        f"{where}: equivalents: ClassVar[Mapping[Tool, str]] = {{'dqdl': .., 'soda': ..}};"
        " leave a tool out that has none, {} when none has; from dq.expectations.traits import Tool"
    )
    assert set(cls.equivalents) <= set(TOOLS), f"{where}: `equivalents` knows {list(TOOLS)}"
    assert not (cls.in_gx and "gx" in cls.equivalents), f"{where}: `in_gx` says it already, leave 'gx' out"
    for tool, text in cls.equivalents.items():
        names = text.split(ALTERNATIVE)
        assert all(name and name == name.strip() and "|" not in name for name in names), f"{where}: {tool}"


def test_a_taken_name_is_refused() -> None:
    class Other(ExpectColumnValuesToNotBeNull):
        """Another class of the same name."""

    with pytest.raises(ValueError, match="share a name"):
        register(Other)


def test_an_unknown_name_finds_nothing() -> None:
    assert find("expect_nothing") is None
    assert find("unique", "partition") is None


def test_values_never_stand_in_a_reason() -> None:
    found = verdict(["secret"], {"between": [0, 1]})
    assert "secret" not in found.reason


def test_the_vocabulary_loads_nothing_heavy() -> None:
    code = (
        "import sys, dq.expectations as e; e.vocabulary();"
        "print(sorted({'duckdb', 'pandas', 'pyarrow', 'numpy', 'sqlglot'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_every_name_leads_to_its_family() -> None:
    index = expectations._index()
    for cls in vocabulary().values():
        if cls.__module__.startswith("dq."):
            assert cls.__module__ in index[cls.type]
            assert cls.__module__ in index[cls.short]
            assert expectations.TYPES[cls.type] is cls
            assert expectations.SHORTS[cls.level, cls.short] is cls
    assert "nothing" not in expectations.TYPES
    assert ("column", "no") not in expectations.SHORTS


def test_only_the_families_that_a_suite_names_are_imported() -> None:
    script = """
import sys, dq
dq.load_suite({"columns": {"a": ["not_null", {"between": [1, 2], "mostly": 0.5, "severity": "info"}]}})
print(*sorted(name for name in sys.modules if name.startswith("dq.expectations.")))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = {name.removeprefix("dq.expectations.") for name in done.stdout.split()}
    assert {"nulls", "ranges"} <= loaded
    assert loaded.isdisjoint({"text", "laws", "schema", "uniqueness", "quantiles"})
