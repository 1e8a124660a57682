"""Expectations made of others: all of them, any of them, not this one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from dq.expectations.base import register
from dq.expectations.combining import AllOf, AnyOf, Negation, OnColumn, OnTable
from dq.expectations.traits import Tool


@register
class ExpectColumnToMeetAllOf(AllOf, OnColumn):
    """Several expectations on the column are met together.

    Row by row, where every member judges rows: a row breaks it that breaks any member; a row that breaks
    none, but is a null to some member, is left out. A member with a `where` takes no part in other rows.
    `mostly` counts rows that meet all members, which is stricter than `mostly` on each.

    Otherwise by verdicts: `error` if a member is an error; else `fail` if one fails; else `untested` if one
    is untested; else `pass`.
    """

    type: ClassVar[str] = "expect_column_to_meet_all_of"
    short: ClassVar[str] = "all_of"
    equivalents: ClassVar[Mapping[Tool, str]] = {"dqdl": '(IsComplete "col") and (IsUnique "col")'}


@register
class ExpectColumnToMeetAnyOf(AnyOf, OnColumn):
    """At least one of several expectations on the column is met.

    Row by row, where every member judges rows: a row breaks it that breaks every member; a row that meets
    none, but is a null to some member, is left out. A member with a `where` takes no part in other rows.
    Each row may meet another member.

    Otherwise, for instance with a `mostly` on a member, by verdicts: `error` if a member is an error; else
    `pass` if one passes; else `untested` if one is untested; else `fail`.
    """

    type: ClassVar[str] = "expect_column_to_meet_any_of"
    short: ClassVar[str] = "any_of"
    equivalents: ClassVar[Mapping[Tool, str]] = {"dqdl": '(IsComplete "col") or (IsUnique "col")'}


@register
class ExpectColumnToNotMeet(Negation, OnColumn):
    """An expectation on the column is not met.

    Row by row, where the member judges rows: a row breaks it that meets the member; rows that the member
    leaves out are left out. Otherwise by its verdict: `pass` and `fail` change places; `untested` and
    `error` stay.
    """

    type: ClassVar[str] = "expect_column_to_not_meet"
    short: ClassVar[str] = "not"
    equivalents: ClassVar[Mapping[Tool, str]] = {}


@register
class ExpectTableToMeetAllOf(AllOf, OnTable):
    """Several expectations are met together; members on a column say `column:` beside their name.

    Row by row or by verdicts, as for a column.
    """

    type: ClassVar[str] = "expect_table_to_meet_all_of"
    short: ClassVar[str] = "all_of"
    equivalents: ClassVar[Mapping[Tool, str]] = {"dqdl": '(IsComplete "a") and (IsUnique "b")'}


@register
class ExpectTableToMeetAnyOf(AnyOf, OnTable):
    """At least one of several expectations is met; members on a column say `column:` beside their name.

    Row by row or by verdicts, as for a column. So `any_of: [{not_null: {}, column: email}, {not_null: {},
    column: phone}]` demands one of the two in every row.
    """

    type: ClassVar[str] = "expect_table_to_meet_any_of"
    short: ClassVar[str] = "any_of"
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "dqdl": '(IsComplete "a") or (IsComplete "b")',
        "deequ": '.areAnyComplete(Seq("a", "b"), _ >= 0.9)',
    }


@register
class ExpectTableToNotMeet(Negation, OnTable):
    """An expectation is not met; one on a column says `column:` beside its name.

    Row by row or by its verdict, as for a column.
    """

    type: ClassVar[str] = "expect_table_to_not_meet"
    short: ClassVar[str] = "not"
    equivalents: ClassVar[Mapping[Tool, str]] = {}
