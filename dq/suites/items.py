"""From what an author wrote to expectations: names, arguments and options, each with its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from dq.errors import did_you_mean
from dq.markup.document import Path_
from dq.markup.plain import kind, shown
from dq.suites.problems import Problems

if TYPE_CHECKING:
    from dq.expectations.base import Expectation

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")

OPTIONS = ("id", "severity", "notes", "tags", "meta", "gx")
"""What stands beside the arguments of any expectation."""
_BESIDE = (*OPTIONS, "mostly", "where", "row_condition")
"""Keys beside a name that are surely none themselves."""
NAME_KEYS = ("expectation", "type", "expectation_type")


@dataclass
class Declared:
    """One declaration, not yet checked against its expectation's rules.

    Attributes:
        cls: the expectation.
        path: where the declaration stands.
        args: arguments by field name.
        places: where each argument stands.
        options: severity, id and the like, as written.
        members: the declarations that stand in it, for an expectation made of others; None for one that
            cannot be read.
    """

    cls: type[Expectation]
    path: Path_
    args: dict[str, Any] = field(default_factory=dict)
    places: dict[str, Path_] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    members: list[Declared | None] = field(default_factory=list)


class Over(Mapping[_Key, _Value]):
    """One mapping over another: what the first does not have, the second may."""

    def __init__(self, first: Mapping[_Key, _Value], second: Mapping[_Key, _Value]) -> None:
        self._first, self._second = first, second

    def __getitem__(self, key: _Key) -> _Value:
        return self._first[key] if key in self._first else self._second[key]

    def __iter__(self) -> Iterator[_Key]:
        return iter({**dict.fromkeys(self._second), **dict.fromkeys(self._first)})

    def __len__(self) -> int:
        return len({*self._first, *self._second})


class Reader:
    """Reads declarations in short and in flat form.

    Args:
        problems: takes what is wrong; a declaration with a problem is left out.
        definitions: expectations that only this suite or its project knows, by name.
    """

    def __init__(
        self, problems: Problems, definitions: Mapping[str, type[Expectation]] | None = None
    ) -> None:
        from dq.expectations import SHORTS, TYPES

        own = dict(definitions or {})
        self.problems = problems
        self.full: Mapping[str, type[Expectation]] = Over(own, TYPES)
        self.short: Mapping[tuple[str, str], type[Expectation]] = Over(
            {(cls.level, cls.short): cls for cls in own.values()}, SHORTS
        )

    def columns(self, value: Any, path: Path_) -> list[Declared]:
        """The declarations under `columns:`."""
        if not isinstance(value, dict):
            self.problems.add(
                path,
                f"`columns` must be a mapping from column to list of expectations, got {kind(value)}.",
            )
            return []
        found = []
        for column, items in value.items():
            here = (*path, column)
            if not column:
                self.problems.add(here, "a column name must not be empty.", key=True)
                continue
            found += self.sequence(items, here, f"column '{column}'", column)
        return found

    def sequence(self, value: Any, path: Path_, owner: str, column: str | None) -> list[Declared]:
        """A list of short-form items; a single one may stand without the list."""
        if isinstance(value, str | dict):
            return self._kept([self.item(value, path, column)])
        if not isinstance(value, list):
            self.problems.add(path, f"{owner} must have a list of expectations, got {kind(value)}.")
            return []
        return self._kept([self.item(item, (*path, i), column) for i, item in enumerate(value)])

    def flat(self, value: Any, path: Path_) -> list[Declared]:
        """The declarations under `expectations:`."""
        if not isinstance(value, list):
            self.problems.add(path, f"`expectations` must be a list, got {kind(value)}.")
            return []
        return self._kept([self.flat_item(item, (*path, i)) for i, item in enumerate(value)])

    def item(self, value: Any, path: Path_, column: str | None) -> Declared | None:
        """One short-form item: a name, or a mapping with one name, its arguments and options."""
        level = "table" if column is None else "column"
        if isinstance(value, str):
            cls = self.named(value, level, path)
            return self._start(cls, path, column) if cls else None
        if not isinstance(value, dict):
            self.problems.add(
                path, f"an expectation is a name or a mapping with one name, got {shown(value)}."
            )
            return None
        name = self._single_name(value, level, path)
        cls = self.named(name, level, (*path, name)) if name else None
        if name is None or cls is None:
            return None
        declared = self._start(cls, path, column)
        self._take(declared, value[name], (*path, name))
        self._take_rest(declared, {k: v for k, v in value.items() if k != name}, path)
        return self._with_members(declared)

    def flat_item(self, value: Any, path: Path_) -> Declared | None:
        """One flat item: `expectation:` with arguments beside it or under `kwargs:`."""
        if not isinstance(value, dict):
            self.problems.add(path, f"an item of `expectations` must be a mapping, got {shown(value)}.")
            return None
        given = next((key for key in NAME_KEYS if key in value), None)
        if given is None or not isinstance(value[given], str):
            what = f"has no name under `{given}`" if given else "needs `expectation:` with a name"
            self.problems.add(path, f"an item of `expectations` {what}.")
            return None
        kwargs = value.get("kwargs")
        if kwargs is not None and not isinstance(kwargs, dict):
            self.problems.add((*path, "kwargs"), f"`kwargs` must be a mapping, got {shown(kwargs)}.")
            return None
        name = value[given]
        on_column = "column" in value or "column" in (kwargs or {})
        cls = self.named(name, "column" if on_column else "table", (*path, given), strict=False)
        if cls is None:
            return None
        declared = Declared(cls, path)
        self._take(declared, kwargs, (*path, "kwargs"))
        self._take_rest(declared, {k: v for k, v in value.items() if k not in (given, "kwargs")}, path)
        return self._with_members(declared)

    def _with_members(self, declared: Declared) -> Declared:
        """The same with the declarations read that stand in it, if it is made of others."""
        from dq.suites.members import read_members

        if declared.cls.members and declared.args.get(declared.cls.members) is not None:
            read_members(declared, self)
        return declared

    def named(self, name: str, level: str, path: Path_, *, strict: bool = True) -> type[Expectation] | None:
        """The class of a name at a level; a problem is noted when there is none."""
        cls = self.full.get(name) or self.short.get((level, name))
        if cls is None and not strict:
            cls = next((c for c in self.full.values() if c.short == name), None)
        if cls is None:
            cls = self._adopted(name)
        if cls is not None and (not strict or cls.level == level):
            return cls
        elsewhere = cls or next((c for c in self.full.values() if c.short == name), None)
        if elsewhere is not None:
            where = "`columns:`, under its column" if elsewhere.level == "column" else "`table:`"
            message = f"'{name}' speaks of {_speaks_of(elsewhere)}: put it under {where}."
        else:
            known = sorted(
                {*self.full, *(c.short for c in self.full.values() if not strict or c.level == level)}
            )
            message = f"expectation '{name}' is unknown.{did_you_mean(name, known)}"
            if name.startswith("expect_") and name not in known and "Did you mean" not in message:
                message += " If it is a class for Great Expectations, import its module first."
        self.problems.add(path, message, key=True)
        return None

    def _adopted(self, name: str) -> type[Expectation] | None:
        """A class that a user registered with Great Expectations, which then judges it itself."""
        from dq.expectations.gx_custom import adopted

        return adopted(name)

    def _single_name(self, value: dict[str, Any], level: str, path: Path_) -> str | None:
        """The key that names the expectation: others may be names too when they are its arguments."""
        written = [key for key in value if key not in _BESIDE]  # never names: looking them up has its price
        names = [key for key in written if key in self.full or (level, key) in self.short]
        if len(names) > 1:
            fitting = [n for n in names if all(o in self._arguments(n, level) for o in names if o != n)]
            if len(fitting) != 1:
                listed = " and ".join(f"'{name}'" for name in names)
                self.problems.add(
                    path, f"one item names several expectations, {listed}; write an item for each.", key=True
                )
                return None
            return fitting[0]
        if names:
            return names[0]
        if written:
            return written[0]
        self.problems.add(path, "the item names no expectation.")
        return None

    def _arguments(self, name: str, level: str) -> set[str]:
        cls = self.full.get(name) or self.short[level, name]
        return {*cls.model_fields, *cls.aliases}

    def _start(self, cls: type[Expectation], path: Path_, column: str | None) -> Declared:
        declared = Declared(cls, path)
        if column is not None:
            declared.args["column"] = column
            declared.places["column"] = path
        return declared

    def _take_rest(self, declared: Declared, rest: dict[str, Any], path: Path_) -> None:
        """Options, and arguments that stand beside the name."""
        declared.options = {key: item for key, item in rest.items() if key in OPTIONS}
        self._take(declared, {key: item for key, item in rest.items() if key not in OPTIONS}, path)

    def _take(self, declared: Declared, value: Any, path: Path_) -> None:
        """Arguments from a value behind the name."""
        cls = declared.cls
        try:
            args = cls.arguments_from(value)
        except ValueError as error:
            self.problems.add(path, f"{error}.")
            return
        written = value if isinstance(value, Mapping) else {}
        places = {cls.aliases.get(key, key): (*path, key) for key in written}
        if isinstance(value, list) and len(cls.positional) > 1:
            places = {name: (*path, index) for index, name in enumerate(args)}
        if len(places) < len(written):
            self.problems.add(path, f"an argument of '{cls.short}' is given under two names.", key=True)
        for name, item in args.items():
            if name in declared.args:
                self.problems.add(places.get(name, path), f"argument '{name}' is given twice.", key=True)
            declared.args[name] = item
            declared.places[name] = places.get(name, path)

    def _kept(self, found: list[Declared | None]) -> list[Declared]:
        return [declared for declared in found if declared is not None]


def _speaks_of(cls: type[Expectation]) -> str:
    return "one column" if cls.level == "column" else "the table"
