"""Every mistake has a plain message with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from dq.errors import SuiteError
from dq.suites.load import load_suite

MISTAKES = [
    ("colums: {a: [not_null]}", "1:1: 'colums' is no key of a suite. Did you mean 'columns'?"),
    ("columns: {a: [not_nul]}", "1:15: expectation 'not_nul' is unknown. Did you mean 'not_null'?"),
    ("columns: {a: [{between: {mn: 4}}]}", "1:26: 'between' has no argument 'mn'. Did you mean 'min'?"),
    (
        "columns: {a: [not_null: {mostly: 1}]}\nseverity: warn",
        "2:11: severity must be info, warning or critical, got ",
    ),
    (
        "columns: {a: [{not_null: , severity: High}]}",
        "1:38: severity must be info, warning or critical, got 'High'.",
    ),
    (
        "columns: {a: [{between: [5, 1]}]}",
        "1:26: 'between' on column 'a': min_value 5 is greater than max_value 1.",
    ),
    (
        "columns: {a: [{between: [5, [1]]}]}",
        "1:29: 'between' on column 'a': `max_value` must be a number, a date, a time or text,",
    ),
    (
        "columns: {a: [{between: {min: [1]}}]}",
        "1:31: 'between' on column 'a': `min` must be a number, a date, a time or text",
    ),
    (
        "columns: {a: [{not_null: , mostly: 2}]}",
        "1:36: 'not_null' on column 'a': `mostly` must be at most 1, got 2.",
    ),
    (
        "columns: {a: [{mean: [1, 2], mostly: 0.5}]}",
        "1:30: 'mean' takes no `mostly`: it does not judge row by row.",
    ),
    ("columns: {a: [in_set]}", "1:15: 'in_set' on column 'a' needs `value_set`."),
    ("columns: {a: [{in_set: 5}]}", "1:24: 'in_set' on column 'a': `value_set` must be a list, got 5."),
    ("columns: [a, b]", "1:10: `columns` must be a mapping from column to list of expectations, got a list."),
    ("columns: {a: 7}", "1:14: column 'a' must have a list of expectations, got a number."),
    ("columns: {a: [[not_null]]}", "1:15: an expectation is a name or a mapping with one name, got a list."),
    (
        "columns: {a: [{not_null: , unique: }]}",
        "1:15: one item names several expectations, 'not_null' and 'unique'",
    ),
    ("columns: {a: [{mostly: 0.5}]}", "1:15: the item names no expectation."),
    ("columns: {a: [row_count]}", "1:15: 'row_count' speaks of the table: put it under `table:`."),
    ("table: [not_null]", "1:9: 'not_null' speaks of one column: put it under `columns:`, under its column."),
    ("columns: {a: [{not_null: {column: b}}]}", "1:27: argument 'column' is given twice."),
    (
        "columns: {a: [{between: {min: 1, min_value: 2}}]}",
        "1:16: an argument of 'between' is given under two names.",
    ),
    ("columns: {a: [{not_null: , where: 'x >'}]}", "1:35: `where` is no SQL condition: "),
    (
        "columns: {a: [{not_null: , where: 'x; drop table y'}]}",
        "it must be one condition, without a semicolon.",
    ),
    ("columns: {a: [{not_null: , where: 'drop table y'}]}", "it must be a condition, not a statement."),
    ("columns: {a: [{not_null: , id: 'a::b'}]}", "1:32: the id 'a::b' must not contain '::'"),
    ("columns: {a: [{not_null: , id: x}, {unique: , id: x}]}", "1:51: the id 'x' is given twice."),
    ("columns: {a: [{not_null: , tags: {x: 1}}]}", "1:34: `tags` must be a list of words, got a mapping."),
    ("columns: {'': [not_null]}", "1:11: a column name must not be empty."),
    ("columns: {a: [not_null]}\nsuite: 5", "2:8: `suite` must be text, got 5."),
    (
        "columns: {a: [not_null]}\non_failure: rolback",
        "2:13: `on_failure` must be report, quarantine or rollback, got",
    ),
    ("columns: {a: [not_null]}\nallow_empty: 1", "2:14: `allow_empty` must be true or false, got 1."),
    (
        "columns: {a: [not_null]}\nrollback: {max_age_days: soon}",
        "2:26: `max_age_days` must be a number from 0 up",
    ),
    (
        "columns: {a: [not_null]}\nrollback: {daily_limit: 1.5}",
        "2:25: `daily_limit` must be a whole number, got 1.5.",
    ),
    ("columns: {a: [not_null]}\nrollback: {age: 1}", "2:12: 'age' is no key of `rollback`."),
    ("columns: {a: [not_null]}\nshow: [a, a]", "2:7: `show` names 'a' twice."),
    ("columns: {a: [not_null]}\ninput: {key: [a]}", "2:8: `input` needs `suite:` or `data:`."),
    (
        "columns: {a: [not_null]}\ndatasets: {input: x}",
        "2:12: 'input' is what `input:` names; call it otherwise.",
    ),
    (
        "columns: {a: [not_null]}\nparams: {a-b: x}",
        "2:10: the parameter name 'a-b' must be letters, digits and _.",
    ),
    ("expectations: {a: 1}", "1:15: `expectations` must be a list, got a mapping."),
    ("expectations: [{column: a}]", "1:16: an item of `expectations` needs `expectation:` with a name."),
    ("expectations: [{type: not_null}]", "1:16: 'not_null' needs `column`."),
    ("expectations: [{type: not_null, kwargs: [a]}]", "1:41: `kwargs` must be a mapping, got a list."),
    ("suite: x", "x.yml:1:1: the suite has no expectations, so it would test nothing."),
    ("columns: {}", "1:1: the suite has no expectations"),
    ("", "x.yml: the suite is empty."),
    ("- a", "1:1: a suite must be a mapping, got a list."),
    ("columns: {a: [not_null]", "this is not YAML: "),
    ("columns:\n\t- a", "2:1: this is not YAML: a tab stands where spaces belong."),
    ("suite: a\nsuite: b", "2:1: the key 'suite' stands here twice; the first is at "),
    ("a: 1\n---\nb: 2", "2:1: a second YAML document begins here; put each one into a file of its own."),
    ("suite: !!python/name:os.system x", "1:8: the tag !!python/name:os.system is not understood"),
    ("suite: &a [*a]", "1:8: an alias contains itself."),
    ("columns: {true: [not_null]}", "1:11: a key must be text, 'true' is none; put it into quotes."),
    ("columns: {a: [{between: [.nan, 1]}]}", "1:26: '.nan': NaN and infinity are not accepted"),
    ("columns: {a: [{between: [2013-02-31, 1]}]}", "1:26: '2013-02-31': day is out of range for month."),
    ('columns: {a: [{in_set: ["\\ud800"]}]}', "1:25: '\\ud800': the text holds half of a surrogate pair"),
    ("a: \x00", "x.yml: this is not YAML: unacceptable character #x0000"),
]


@pytest.mark.parametrize(("text", "message"), MISTAKES, ids=[text[:40] for text, _ in MISTAKES])
def test_mistakes(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "x.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SuiteError) as caught:
        load_suite(path)
    assert message in str(caught.value)
    assert str(caught.value).startswith(str(path))
    assert caught.value.position is not None
    assert "pydantic" not in str(caught.value)


def test_all_problems_of_a_file_in_its_order(tmp_path: Path) -> None:
    path = tmp_path / "x.yml"
    path.write_text("table: [nope]\ncolumns: {a: [nope, {between: [2, 1]}]}\nsute: x\n", encoding="utf-8")
    with pytest.raises(SuiteError) as caught:
        load_suite(path)
    lines = str(caught.value).splitlines()
    assert [line.removeprefix(str(path)).split(" ")[0] for line in lines] == [
        ":1:9:",
        ":2:15:",
        ":2:32:",
        ":3:1:",
    ]
    assert caught.value.position is not None
    assert caught.value.position.line == 1


def test_at_most_ten_are_listed() -> None:
    with pytest.raises(SuiteError) as caught:
        load_suite({"columns": {"a": [f"nope{i}" for i in range(13)]}})
    lines = str(caught.value).splitlines()
    assert lines[0] == "columns.a[0]: expectation 'nope0' is unknown."
    assert (len(lines), lines[-1]) == (11, "and 3 more.")


def test_names_cannot_steer_a_terminal() -> None:
    with pytest.raises(SuiteError) as caught:
        load_suite({"columns": {"a": ["\x1b[31mred\u202e"]}})
    assert str(caught.value) == "columns.a[0]: expectation '\\x1b[31mred\\u202e' is unknown."


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "orders.yml").write_text("columns: {a: [not_null]}", encoding="utf-8")
    (tmp_path / "latin.yml").write_bytes("suite: caf\xe9".encode("latin-1"))
    for given, message in (
        (tmp_path / "order.yml", "there is no such file. Did you mean 'orders.yml'?"),
        (tmp_path, "this is a folder; name a file in it. It holds latin.yml, orders.yml."),
        (tmp_path / "latin.yml", "the file is not UTF-8 text: byte 10 cannot be read."),
        ("columns:\n a: 1", "this is suite text, not a path"),
        ("s3://bucket/x.yml", "suites are read from local files only"),
    ):
        with pytest.raises(SuiteError) as caught:
            load_suite(given)
        assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": 1,}', "1:9: this is not JSON: a key in double quotes is expected."),
        ('{"a": 1 "b": 2}', "1:9: this is not JSON: ',' or '}' is expected."),
        ('{"a" 1}', "1:6: this is not JSON: ':' is expected."),
        ('{\n "a": 1,\n "a": 2}', "3:2: the key 'a' stands here twice."),
        ('{"a": tru}', "1:7: this is not JSON: expecting value."),
        ('{"a": NaN}', "1:7: NaN and infinity are not accepted"),
        ("{} {}", "1:4: this is not JSON: the document has ended before this."),
        ("[" * 200, "this is nested deeper than 100 levels."),
        ("", "the suite is empty."),
    ],
)
def test_json_mistakes(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SuiteError) as caught:
        load_suite(path)
    assert message in str(caught.value)


def test_repeated_aliases_do_not_explode(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 9)]
    path = tmp_path / "x.yml"
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(SuiteError, match="is an alias repeated"):
        load_suite(path)
