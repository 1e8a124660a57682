"""What holds for every suite: round trips, equal forms, a stable hash."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from dq.markup.document import read_yaml
from dq.markup.json_reader import read_json
from dq.suites.gx import to_gx
from dq.suites.load import load_suite
from dq.suites.model import Suite
from dq.suites.params import Filler, escape

names = st.text(min_size=1, max_size=8) | st.sampled_from(["$a", "${a}", "$$a", "a::b"])
numbers = st.integers(-(10**12), 10**12) | st.floats(allow_nan=False, allow_infinity=False)
texts = st.text(max_size=8) | st.sampled_from(
    ["$a", "${a}", "$$a", "$${a}b", "NO", "on", "2013-01-01", "a::b", "~"]
)
shares = st.floats(0, 1)
severities = st.sampled_from(["info", "warning", "critical"])
wheres = st.sampled_from(["a > 1", "b = 'x' AND NOT c IS NULL", "lower(d) LIKE 'x%'"])
json_values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@st.composite
def column_items(draw: st.DrawFn) -> dict[str, Any]:
    """`name`, `kwargs` and options of one column expectation, nothing in it a parameter."""
    low, high = sorted((draw(numbers), draw(numbers)))
    forms: dict[str, dict[str, Any]] = {
        "not_null": {},
        "between": {"min_value": low, "max_value": high},
        "mean": {"max_value": high},
        "in_set": {"value_set": draw(st.lists(texts | st.integers(), min_size=1, max_size=4))},
    }
    name = draw(st.sampled_from(sorted(forms)))
    kwargs = forms[name]
    options: dict[str, Any] = {}
    if name != "mean" and draw(st.booleans()):
        kwargs = kwargs | {"mostly": draw(shares)}
    if draw(st.booleans()):
        kwargs = kwargs | {"where": draw(wheres)}
    for key, strategy in (("severity", severities), ("notes", texts), ("tags", st.lists(names, max_size=2))):
        if draw(st.booleans()):
            options[key] = draw(strategy)
    if draw(st.booleans()):
        options["meta"] = {"x": draw(json_values)}
    return {
        "name": name,
        "kwargs": escape(kwargs),
        "options": options | {"tags": escape(options.get("tags", []))},
    }


contents = st.dictionaries(
    names.map(escape), st.lists(column_items(), min_size=1, max_size=3), min_size=1, max_size=3
)
heads = st.fixed_dictionaries(
    {},
    optional={
        "on_failure": st.sampled_from(["report", "quarantine", "rollback"]),
        "allow_empty": st.booleans(),
        "data": names.map(escape),
        "partition_by": st.lists(names.map(escape), unique=True, max_size=2),
        "show": st.lists(names.map(escape), unique=True, max_size=2),
        "notes": texts.filter(bool),
        "meta": st.dictionaries(texts, json_values, max_size=2),
        "rollback": st.fixed_dictionaries({}, optional={"max_age_days": shares, "daily_limit": st.none()}),
    },
)


def short(head: dict[str, Any], content: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    columns = {
        column: [{item["name"]: item["kwargs"] or None, **item["options"]} for item in items]
        for column, items in content.items()
    }
    return {**head, "columns": columns}


def flat(head: dict[str, Any], content: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    items = [
        {"expectation": item["name"], "column": column, **item["kwargs"], **item["options"]}
        for column, items in content.items()
        for item in items
    ]
    return {**head, "expectations": items}


def shuffled(value: Any) -> Any:
    """The same with the keys of every mapping in reverse."""
    if isinstance(value, dict):
        return {key: shuffled(value[key]) for key in reversed(value)}
    return [shuffled(item) for item in value] if isinstance(value, list) else value


@settings(max_examples=60, deadline=None)
@given(heads, contents)
def test_round_trips_and_equal_forms(head: dict[str, Any], content: dict[str, list[dict[str, Any]]]) -> None:
    suite = load_suite(short(head, content))
    assert len(suite.items) == sum(map(len, content.values()))
    assert all("::" not in item.id for item in suite.items)
    assert len({item.id for item in suite.items}) == len(suite.items)

    dumped = json.loads(json.dumps(suite.to_dict()))
    for again in (Suite.from_dict(dumped), load_suite(dumped), load_suite(flat(head, content))):
        assert again == suite
        assert again.hash == suite.hash

    there = json.loads(json.dumps(to_gx(suite)))
    assert load_suite(there) == suite
    assert to_gx(load_suite(there)) == there


@settings(max_examples=30, deadline=None)
@given(heads, contents)
def test_the_order_of_keys_does_not_change_the_hash(
    head: dict[str, Any], content: dict[str, list[dict[str, Any]]]
) -> None:
    columns = {column.replace("::", "_"): items for column, items in content.items()}
    written = short(head, columns)
    assert load_suite(shuffled(written)).hash == load_suite(written).hash


@given(json_values)
def test_escaped_values_hold_no_parameters(value: Any) -> None:
    problems: list[str] = []
    filler = Filler({}, lambda path, message: problems.append(message))
    dollars_free = json.loads(json.dumps(value).replace('"gx"', '"g"'))
    assert filler.fill(escape(dollars_free), ()) == dollars_free
    assert problems == []


@given(json_values)
def test_json_reads_as_the_standard_reader_reads_it(value: Any) -> None:
    text = json.dumps(value, indent=2)
    document = read_json(text, "x.json")
    assert document.value == value
    for path, (line, column) in document.values.items():
        part = value
        for step in path:
            part = part[step]
        rest = text.splitlines()[line - 1][column - 1 :]
        assert rest.startswith(json.dumps(part)[:1])


printable = st.text(st.characters(exclude_categories=("Cc", "Cs", "Cn", "Zl", "Zp")), max_size=8)


@given(
    st.dictionaries(printable, st.integers() | st.booleans() | st.none() | st.lists(printable), max_size=3)
)
def test_json_is_yaml(value: dict[str, Any]) -> None:
    assert read_yaml(json.dumps(value, ensure_ascii=False), "x.yml").value == value
