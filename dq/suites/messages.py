"""What a rule of an expectation objects to, in plain sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dq.markup.document import Path_
from dq.markup.plain import shown
from dq.suites.items import Declared

if TYPE_CHECKING:
    from pydantic import ValidationError

_NOUNS = (
    ("string", "text"), ("int", "a whole number"), ("float", "a number"), ("decimal", "a number"),
    ("bool", "true or false"), ("datetime", "a date"), ("date", "a date"), ("timezone", "a date"),
    ("timedelta", "a duration"), ("time_delta", "a duration"), ("time", "a time"), ("list", "a list"),
    ("tuple", "a list"), ("set", "a list"), ("frozen_set", "a list"), ("dict", "a mapping"),
    ("mapping", "a mapping"), ("model", "a mapping"), ("none", "nothing"),
)  # fmt: skip
_CLASSES = {"Decimal": "a number", "date": "a date", "datetime": "a date", "time": "a time"}
_KIND_ENDINGS = ("_type", "_parsing", "_from_date_parsing", "_inexact", "_from_float", "_object", "_required")
_LIMITS = {
    "greater_than_equal": ("at least", "ge"),
    "greater_than": ("greater than", "gt"),
    "less_than_equal": ("at most", "le"),
    "less_than": ("less than", "lt"),
}


def sentences(error: ValidationError, declared: Declared) -> list[tuple[Path_, str]]:
    """Each objection once, with its place.

    Args:
        error: what the expectation's class raised.
        declared: what it was made from.
    """
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for detail in error.errors(include_url=False):
        groups.setdefault(_walk(detail["loc"], declared.args), []).append(dict(detail))
    return [_sentence(loc, details, declared) for loc, details in groups.items()]


def _walk(loc: tuple[Any, ...], args: Any) -> tuple[Any, ...]:
    """The part of a location that leads to a written value; the rest names alternatives of a type."""
    walked: list[Any] = []
    for number, part in enumerate(loc):
        inside = isinstance(args, dict) and part in args
        inside = inside or (isinstance(args, list) and isinstance(part, int) and part < len(args))
        if not inside:
            if number == 0 or (isinstance(args, dict) and number == len(loc) - 1 and len(walked) == number):
                walked.append(part)
            break
        walked.append(part)
        args = args[part]
    return tuple(walked)


def _sentence(loc: tuple[Any, ...], details: list[dict[str, Any]], declared: Declared) -> tuple[Path_, str]:
    subject = f"'{declared.cls.short}'"
    column = declared.args.get("column")
    subject += f" on column '{column}'" if isinstance(column, str) else ""
    if not loc:
        text = _one(details[0])
        about = (place for name, place in declared.places.items() if name != "column" and name in text)
        return next(about, declared.path), f"{subject}: {text}."
    place = declared.places.get(loc[0], declared.path)
    written = place[-1] if declared.cls.aliases.get(str(place[-1])) == loc[0] else loc[0]
    name = str(written) + "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in loc[1:])
    path = (*place, *loc[1:])
    if any(detail["type"] == "missing" for detail in details):
        return path, f"{subject} needs `{name}`."
    if all(detail["type"] == "extra_forbidden" for detail in details):
        return path, f"{subject}: `{name}` is unknown."
    rules = [detail for detail in details if _noun(detail) is None]
    if rules:
        text = _one(rules[0])
        return path, f"{subject}: {text if name in text else f'`{name}` {text}'}."
    nouns = list(dict.fromkeys(noun for noun in map(_noun, details) if noun and noun != "nothing"))
    if "a number" in nouns and "a whole number" in nouns:
        nouns.remove("a whole number")
    wanted = nouns[0] if len(nouns) == 1 else ", ".join(nouns[:-1]) + " or " + nouns[-1]
    return path, f"{subject}: `{name}` must be {wanted}, got {shown(details[0]['input'])}."


def _noun(detail: dict[str, Any]) -> str | None:
    kind = str(detail["type"])
    if kind == "int_from_float":
        return "a whole number"
    if kind == "is_instance_of":
        return _CLASSES.get(str(detail.get("ctx", {}).get("class")))
    for stem, noun in _NOUNS:
        if any(kind == stem + ending for ending in _KIND_ENDINGS):
            return noun
    return None


def _one(detail: dict[str, Any]) -> str:
    kind, context = str(detail["type"]), detail.get("ctx") or {}
    if kind in _LIMITS:
        words, key = _LIMITS[kind]
        return f"must be {words} {context[key]:g}, got {shown(detail['input'])}"
    if kind in ("literal_error", "enum"):
        return f"must be {context['expected']}, got {shown(detail['input'])}"
    if kind in ("too_short", "too_long"):
        bound = context.get("min_length", context.get("max_length"))
        return f"must have at {'least' if kind == 'too_short' else 'most'} {bound} values"
    if kind == "string_too_short":
        return "must not be empty"
    text = str(context["error"]) if kind in ("value_error", "assertion_error") and "error" in context else ""
    text = (text or str(detail["msg"])).strip().rstrip(".")
    return text.replace("Input should be", "must be").replace("Value error, ", "")
