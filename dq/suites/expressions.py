"""Arithmetic in parameters: `limit * 2 + 1`, `now() - timedelta(days=1)`.

The grammar is that of Great Expectations' `$PARAMETER` (great_expectations/core/suite_parameters.py in
1.24), so that its suites mean the same here:

```
sum     :: product [ ('+' | '-') product ]*
product :: power   [ ('*' | '/') power ]*
power   :: atom    [ '^' power ]
atom    :: sign* ( number | PI | E | name | name '(' arguments ')' | '(' sum ')' )
```

A sign binds tighter than `^`: `-2^2` is 4. `^` is the power and binds to the right. `PI` and `E` are known
in either case. Functions: sin, cos, tan, exp, abs, trunc, round, sgn, now, datetime, timedelta; their
arguments are either all named or none. Nothing is handed to Python to run.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable
from typing import Any

_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?)|(?P<name>[A-Za-z][A-Za-z0-9_$]*)"
    r"|(?P<mark>[-+*/^(),=]))"
)
_LONGEST = 1000
_DEEPEST = 50
_CONSTANTS = {"PI": math.pi, "E": math.e}
_NEAR_ZERO = 1e-12
"""Below this size a number has no sign, as in Great Expectations."""


def _sign(number: float) -> int:
    return 0 if abs(number) <= _NEAR_ZERO else 1 if number > 0 else -1


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "exp": math.exp,
    "abs": abs,
    "trunc": int,
    "round": round,
    "sgn": _sign,
    "datetime": dt.datetime,
    "timedelta": dt.timedelta,
}


class ExpressionError(ValueError):
    """An expression means nothing; the message is a clause for a sentence."""


def evaluate(text: str, lookup: Callable[[str], Any], now: Callable[[], dt.datetime]) -> Any:
    """The value of an expression.

    Args:
        text: the expression, at most 1000 characters.
        lookup: the value of a name; may raise what it likes.
        now: the moment that `now()` stands for.

    Returns:
        A whole number, a number, or a `datetime`.

    Raises:
        ExpressionError: it does not parse, mixes what does not fit, or is no finite number or moment.
    """
    if len(text) > _LONGEST:
        raise ExpressionError(f"it is longer than {_LONGEST} characters")
    parser = _Parser(_tokens(text), lookup, now)
    try:
        value = parser.whole()
    except (TypeError, ZeroDivisionError, OverflowError) as error:
        raise ExpressionError(str(error)) from None
    except ExpressionError:
        raise
    except ValueError as error:
        raise ExpressionError(str(error)) from None
    finite = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not finite and not isinstance(value, dt.datetime):
        what = "a duration" if isinstance(value, dt.timedelta) else "no finite number"
        raise ExpressionError(f"its value is {what}; a number or a moment is needed")
    return value


def _tokens(text: str) -> list[tuple[str, str]]:
    found, at = [], 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None:
            raise ExpressionError(f"{text[at:].strip()[:12]!r} is not understood")
        found.append((str(match.lastgroup), match[str(match.lastgroup)]))
        at = match.end()
    return found


class _Parser:
    """Reads and computes in one go."""

    def __init__(
        self,
        tokens: list[tuple[str, str]],
        lookup: Callable[[str], Any],
        now: Callable[[], dt.datetime],
    ) -> None:
        self.tokens = tokens
        self.at = 0
        self.depth = 0
        self.lookup = lookup
        self.functions = {**_FUNCTIONS, "now": now}

    def whole(self) -> Any:
        value = self.sum()
        if self.at < len(self.tokens):
            raise ExpressionError(f"{self.tokens[self.at][1]!r} stands where the expression should end")
        return value

    def sum(self) -> Any:
        value = self.product()
        while sign := self.taken("+", "-"):
            other = self.product()
            value = value + other if sign == "+" else value - other
        return value

    def product(self) -> Any:
        value = self.power()
        while sign := self.taken("*", "/"):
            other = self.power()
            value = value * other if sign == "*" else value / other
        return value

    def power(self) -> Any:
        base = self.atom()
        if not self.taken("^"):
            return base
        exponent = self.power()
        if isinstance(base, int) and isinstance(exponent, int) and base.bit_length() * abs(exponent) > 4096:
            raise ExpressionError("the power is too large")
        return base**exponent

    def atom(self) -> Any:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise ExpressionError("it is nested too deeply")
        signs = []
        while sign := self.taken("+", "-"):
            signs.append(sign)
        if len(set(signs)) > 1:
            # Great Expectations reads `+-2` as 2; nobody means that.
            raise ExpressionError("`+` and `-` stand side by side; use brackets")
        value = self.bare()
        self.depth -= 1
        return -value if signs.count("-") % 2 else value

    def bare(self) -> Any:
        if self.taken("("):
            value = self.sum()
            self.need(")")
            return value
        kind, text = self.tokens[self.at] if self.at < len(self.tokens) else ("end", "")
        self.at += 1
        if kind == "number":
            return int(text) if text.isdigit() else float(text)
        if kind != "name":
            raise ExpressionError(f"{text!r} stands where a value should" if text else "it ends too early")
        if self.taken("("):
            return self.call(text)
        if text.upper() in _CONSTANTS:
            return _CONSTANTS[text.upper()]
        return _operand(text, self.lookup(text))

    def call(self, name: str) -> Any:
        if name not in self.functions:
            raise ExpressionError(
                f"there is no function {name}; there are {', '.join(sorted(self.functions))}"
            )
        positional: list[Any] = []
        named: dict[str, Any] = {}
        while not self.taken(")"):
            if positional or named:
                self.need(",")
            key = self.keyword()
            if key is None:
                positional.append(self.sum())
            else:
                named[key] = self.sum()
        if positional and named:
            raise ExpressionError(f"the arguments of {name} are partly named; name all of them or none")
        return self.functions[name](*positional, **named)

    def keyword(self) -> str | None:
        """The name before `=`, taken; None when an argument has no name."""
        ahead = self.tokens[self.at : self.at + 2]
        if len(ahead) == 2 and ahead[0][0] == "name" and ahead[1] == ("mark", "="):
            self.at += 2
            return ahead[0][1]
        return None

    def taken(self, *marks: str) -> str:
        if self.at < len(self.tokens) and self.tokens[self.at][0] == "mark":
            mark = self.tokens[self.at][1]
            if mark in marks:
                self.at += 1
                return mark
        return ""

    def need(self, mark: str) -> None:
        if not self.taken(mark):
            raise ExpressionError(f"{mark!r} is missing")


def _operand(name: str, value: Any) -> Any:
    """A parameter's value to compute with: text that holds a number or a date is one."""
    if isinstance(value, str):
        for reading in (int, float, dt.datetime.fromisoformat):
            try:
                return reading(value)
            except ValueError:
                continue
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return dt.datetime(value.year, value.month, value.day)
    if isinstance(value, bool) or not isinstance(value, int | float | dt.datetime):
        raise ExpressionError(f"the value of {name!r} is neither a number nor a moment in ISO form")
    return value
