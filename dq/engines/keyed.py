"""Files as a catalog describes them: partition columns from the catalog, delimited text by its rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from dq.lake.described import Described, TextForm
from dq.lake.source import FileSource
from dq.sql.render import name

if TYPE_CHECKING:
    from sqlglot.expressions import Expr as Node

KEYED = "dq_keyed_by"
"""The column with each row's file, where keys need it and nobody else has asked for one."""


def keyed(source: FileSource, described: Described, scan: exp.Table, file_name: str | None) -> exp.Subquery:
    """A scan with the catalog's partition columns behind the files' own.

    A column of the files that has the name of a key does not hide it: where a relation names a column twice,
    DuckDB calls the second one `column_1`.

    Args:
        source: what is read.
        described: with keys, and their values for each file.
        scan: of all files, with a column that holds each row's file.
        file_name: that column, where somebody asked for it; None for `KEYED`.
    """
    places = [exp.alias_(exp.null(), name(key.name)) for key in described.keys]
    inner = exp.select(*places, "*").from_(scan).subquery("dq_scanned")
    dropped = [name(key.name) for key in described.keys] + ([] if file_name else [name(KEYED)])
    values = [
        exp.alias_(_value(source, described, place, exp.column(file_name or KEYED)), name(key.name))
        for place, key in enumerate(described.keys)
    ]
    star = exp.Star(**{_EXCEPT: dropped})
    return exp.select(star, *values).from_(inner).subquery("dq_keyed")


_EXCEPT = "except_" if "except_" in exp.Star.arg_types else "except"
"""How the version of sqlglot calls the columns that a star leaves out."""


def _value(source: FileSource, described: Described, place: int, file: exp.Column) -> Node:
    """A key's value by the row's file, in the catalog's type."""
    files: dict[str | None, list[str]] = {}
    for path, values in zip(source.files, described.values, strict=True):
        files.setdefault(values[place], []).append(path)
    found: Node
    if len(files) == 1:
        (value,) = files
        found = _text(value)
    else:
        case = exp.Case()
        for value, paths in files.items():
            inside = exp.In(this=file.copy(), expressions=[exp.Literal.string(path) for path in paths])
            case = case.when(inside, _text(value))
        found = case
    return exp.Cast(this=found, to=exp.DataType.build(described.keys[place].type, dialect="duckdb"))


def _text(value: str | None) -> Node:
    return exp.null() if value is None else exp.Literal.string(value)


def text_options(form: TextForm) -> dict[str, Node]:
    """Options of `read_csv` for delimited text that a catalog describes."""
    texts = [
        exp.PropertyEQ(this=exp.Literal.string(column), expression=exp.Literal.string("VARCHAR"))
        for column in form.names
        if column in form.texts
    ]
    options: dict[str, Node] = {
        "header": exp.false(),
        "skip": exp.Literal.number(form.skip),
        "delim": exp.Literal.string(form.delimiter),
        "quote": exp.Literal.string(form.quote),
        "escape": exp.Literal.string(form.escape),
        "names": exp.Array(expressions=[exp.Literal.string(column) for column in form.names]),
        "null_padding": exp.true(),
        "nullstr": exp.Array(
            expressions=[exp.Literal.string(text) for text in dict.fromkeys((form.null, ""))]
        ),
    }
    if texts:
        options["types"] = exp.Struct(expressions=texts)
    return options
