"""One expectation class in words: what the reference, the command line and other programs show of it."""

from __future__ import annotations

import inspect
import re
import typing
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from types import UnionType
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from pydantic_core import PydanticUndefined

from dq.expectations.base import Expectation, RowExpectation
from dq.expectations.column import ColumnAggregateExpectation
from dq.expectations.traits import ALTERNATIVE, TOOLS, Tool

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo


@dataclass(frozen=True)
class Argument:
    """One argument of an expectation.

    Attributes:
        name: as in Great Expectations, where that has it.
        aliases: other names for the same.
        type: in the words of a suite's author, e.g. `number or date or time`.
        required: whether it must be given.
        default: in YAML; `null` when nothing is the default, empty when it is required.
        about: one sentence.
    """

    name: str
    aliases: tuple[str, ...]
    type: str
    required: bool
    default: str
    about: str


@dataclass(frozen=True)
class Description:
    """What there is to say of an expectation without any data.

    Attributes:
        short: name in suites, unique within its level.
        type: full name.
        level: `column` or `table`.
        summary: the first sentence or two.
        text: all of its docstring, Markdown.
        arguments: positional ones first, then its own, then those that many have.
        in_short: what may stand behind the short name without naming arguments; empty when nothing may.
        measured: what is reported as observed.
        unexpected: what makes a row or a value count as unexpected; empty when rows cannot be told apart.
        nulls: what happens to nulls, then to NaN.
        cost: word of a `dq.expectations.traits.Cost`.
        equivalents: names in other tools, by tool; every name by itself.
    """

    short: str
    type: str
    level: str
    summary: str
    text: str
    arguments: tuple[Argument, ...]
    in_short: str
    measured: str
    unexpected: str
    nulls: str
    cost: str
    equivalents: Mapping[Tool, tuple[str, ...]]

    def to_dict(self) -> dict[str, Any]:
        """All of it, JSON-friendly."""
        return asdict(self)


def describe(cls: type[Expectation]) -> Description:
    """An expectation class in words, taken from the class itself."""
    text = inspect.getdoc(cls) or ""
    return Description(
        short=cls.short,
        type=cls.type,
        level=cls.level,
        summary=_first(text),
        text=text,
        arguments=_arguments(cls),
        in_short=_in_short(cls),
        measured=_measured(cls),
        unexpected=_lowered(_first(inspect.getdoc(cls.bad) or "")) if issubclass(cls, RowExpectation) else "",
        nulls=cls.nulls,
        cost=cls.cost.value,
        equivalents=equivalents(cls),
    )


def equivalents(cls: type[Expectation]) -> dict[Tool, tuple[str, ...]]:
    """Names and snippets of other tools, in the order of `TOOLS`; Great Expectations' own name included."""
    told: dict[Tool, str] = {"gx": cls.type, **cls.equivalents} if cls.in_gx else {**cls.equivalents}
    return {tool: tuple(told[tool].split(ALTERNATIVE)) for tool in TOOLS if told.get(tool)}


def _first(text: str) -> str:
    return text.split("\n\n")[0].replace("\n", " ").strip()


def _lowered(sentence: str) -> str:
    """A sentence as part of another one: no capital in front, no full stop behind."""
    sentence = sentence.rstrip(".")
    first = sentence.partition(" ")[0]
    return sentence if len(first) > 1 and first.isupper() else sentence[:1].lower() + sentence[1:]


def _measured(cls: type[Expectation]) -> str:
    if issubclass(cls, RowExpectation):
        return "share of considered rows that pass, 0 to 1"
    if issubclass(cls, ColumnAggregateExpectation):
        return f"{cls.noun} of the column"
    return _lowered(_first(inspect.getdoc(cls.judge) or "").removeprefix("Observed: "))


# --- arguments --------------------------------------------------------------------------------------

_SHARED = ("mostly", "where")


def _arguments(cls: type[Expectation]) -> tuple[Argument, ...]:
    fields = [(name, info) for name, info in cls.model_fields.items() if _is_own(cls, name)]
    fields.sort(key=lambda pair: _rank(cls, pair[0]))
    return tuple(_argument(cls, name, info) for name, info in fields)


def _argument(cls: type[Expectation], name: str, info: FieldInfo) -> Argument:
    return Argument(
        name=name,
        aliases=tuple(alias for alias, of in cls.aliases.items() if of == name),
        type=_type(info),
        required=info.is_required(),
        default="" if info.is_required() else _default(info),
        about=info.description or "",
    )


def _is_own(cls: type[Expectation], name: str) -> bool:
    """Whether it is to be listed: not the column it stands under, nor a filter that it refuses."""
    if name == "column" and cls.level == "column":
        return False
    return name != "where" or _takes_where(cls)


def _takes_where(cls: type[Expectation]) -> bool:
    try:
        cls.model_validate({"where": "a = 1"})
    except ValidationError as refused:
        return all(error["loc"] != ("where",) for error in refused.errors())
    return True


def _rank(cls: type[Expectation], name: str) -> tuple[int, int]:
    """Positional arguments first, then those of its own, then what all have."""
    if name in cls.positional:
        return 0, cls.positional.index(name)
    return (2, _SHARED.index(name)) if name in _SHARED else (1, 0)


def _in_short(cls: type[Expectation]) -> str:
    if not cls.positional:
        return ""
    if set(cls.positional) == {"min_value", "max_value"}:
        return f"`{cls.short}: [min, max]`; `null` leaves one side open"
    if len(cls.positional) == 1:
        return f"what stands behind `{cls.short}:` is `{cls.positional[0]}`"
    listed = ", ".join(f"`{name}`" for name in cls.positional)
    return f"a list behind `{cls.short}:` is {listed}, in this order"


def _default(info: FieldInfo) -> str:
    value = info.default
    if value is None or value is PydanticUndefined:
        return "null" if info.default_factory is None else "[]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, _LISTS):
        return f"[{', '.join(map(str, value))}]"
    return f"{value:g}" if isinstance(value, float) else str(value)


# --- types ------------------------------------------------------------------------------------------

_PLAIN = {
    "str": "text",
    "int": "whole number",
    "float": "number",
    "Decimal": "number",
    "bool": "true or false",
    "datetime": "date or time",
    "date": "date or time",
    "time": "date or time",
    "timedelta": "duration",
    "dict": "mapping",
    "Any": "anything",
}
_LISTS = (tuple, list, set, frozenset)


def _type(info: FieldInfo) -> str:
    """The type of an argument in the words of a suite's author."""
    return " or ".join(dict.fromkeys(_words(info.annotation)))


def _words(annotation: Any) -> list[str]:
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _words(inner[0])
    if origin in (typing.Union, UnionType):
        return _without_narrower(word for one in inner if one is not type(None) for word in _words(one))
    if origin is typing.Literal:
        return [f"`{str(one).lower() if isinstance(one, bool) else one}`" for one in inner]
    if origin in _LISTS:
        members = dict.fromkeys(word for one in inner if one is not ... for word in _words(one))
        return ["list of " + " / ".join(members)]
    if origin is not None and issubclass(origin, Mapping):
        return ["mapping"]
    name = getattr(annotation, "__name__", str(annotation))
    return [_PLAIN.get(name, _spelled(name))]


def _without_narrower(words: Iterable[str]) -> list[str]:
    """Each once; a whole number is a number."""
    known = list(words)
    return ["number" if word == "whole number" and "number" in known else word for word in known]


def _spelled(name: str) -> str:
    """`QuantileRanges` as `quantile ranges`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
