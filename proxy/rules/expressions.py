"""A rule's condition in CEL, https://cel.dev: compiled and checked when it is read, evaluated for each tool call.

CEL always ends: it has no loops but those over lists, and what they may do is limited.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cel_expr_python import cel

from proxy.rules.facts import Values
from proxy.rules.mistakes import near, suggestion
from proxy.rules.schema import OBJECTS, PACKAGE, VARIABLES, environment, paths

FUNCTIONS = (
    *("has", "all", "exists", "exists_one", "map", "filter", "size", "contains", "startsWith", "endsWith"),
    *("matches", "int", "uint", "double", "string", "bool", "bytes", "type", "dyn", "timestamp", "duration"),
    *("getFullYear", "getMonth", "getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear", "getHours"),
    *("getMinutes", "getSeconds", "getMilliseconds"),
)
# What people write who know other languages.
_MEANT = {
    **{"and": "&&", "AND": "&&", "or": "||", "OR": "||", "not": "!", "NOT": "!", "IN": "in", "= ": "=="},
    **{"True": "true", "TRUE": "true", "False": "false", "FALSE": "false"},
    **{"None": "null", "nil": "null", "NULL": "null", "“": '"', "”": '"', "‘": "'", "’": "'", "len": "size"},
}
_ERROR = re.compile(r"ERROR: <input>:(\d+):(\d+): (.*)")
_UNKNOWN = re.compile(r"undeclared reference to '(.+?)'")
_FIELD = re.compile(rf"undefined field '(.+)' not found in struct '{PACKAGE}\.(\w+)'")
_OVERLOAD = re.compile(r"found no matching overload for '(.+)' applied to '\((.*)\)'")
_UNEXPECTED = re.compile(r"(?:input|error at:|at) '(.+?)'(?: expecting.*)?$")


@dataclass(frozen=True, slots=True)
class Mistyped:
    """One thing that is wrong with an expression, in words; ``line`` counts from 0 at the expression's first."""

    line: int
    message: str


class ExpressionError(ValueError):
    """The text is no expression over these variables; ``mistakes`` says why."""

    def __init__(self, mistakes: Sequence[Mistyped]) -> None:
        super().__init__("; ".join(mistake.message for mistake in mistakes))
        self.mistakes = tuple(mistakes)


class NotEvaluated(Exception):
    """The expression has no answer for these values: an argument is missing, or of another type."""


class Expression:
    """A condition. Raises ExpressionError where ``text`` is none over ``variables``."""

    def __init__(self, text: str, variables: Sequence[str]) -> None:
        try:
            self._compiled = environment(*variables).compile(text)
        except RuntimeError as error:
            raise ExpressionError(list(_mistakes(str(error), text))) from None
        kind = self._compiled.return_type()
        if kind != cel.Type.BOOL:
            raise ExpressionError([Mistyped(0, _not_a_condition(_type_name(str(kind))))])

    def holds(self, values: cel.Activation) -> bool:
        """``values`` are made ready by ``ready``. Raises NotEvaluated, with what CEL says."""
        try:
            result = self._compiled.eval(values)
        except RuntimeError as error:
            raise NotEvaluated(str(error)) from None
        if result.type() != cel.Type.BOOL:
            raise NotEvaluated(str(result.value()))
        return bool(result.value())


def ready(values: Values, variables: Sequence[str]) -> cel.Activation:
    """The values as CEL has them, once for all expressions over these variables."""
    return environment(*variables).Activation({name: values[name] for name in variables})


def _not_a_condition(kind: str) -> str:
    compare = ' (compare it: "... == true")' if kind == "dyn" else ""
    return f"the condition must be true or false, but it is of the type {kind}{compare}"


def _mistakes(error: str, text: str) -> Iterator[Mistyped]:
    """CEL's own list of errors, in words. A text that cannot be parsed is told once: the rest follows from it."""
    found = _ERROR.findall(error)
    parsing = [one for one in found if one[2].startswith(("Syntax error", "reserved identifier"))]
    for line, column, said in parsing[:1] or found:
        yield Mistyped(
            int(line) - 1, _in_words(said.removesuffix(" [INVALID_ARGUMENT]"), text, int(line), int(column))
        )
    if not found:
        yield Mistyped(0, f"the condition cannot be read: {error.splitlines()[0]}")


def _in_words(said: str, text: str, line: int, column: int) -> str:
    if unknown := _UNKNOWN.match(said):
        return _unknown(unknown[1], is_call=_character(text, line, column) == "(")
    if field := _FIELD.match(said):
        return _unknown_field(field[1], field[2])
    if overload := _OVERLOAD.match(said):
        return _misapplied(overload[1], overload[2])
    if "range of a comprehension" in said:
        return f"column {column} of the condition: what is looped over is open; write dyn(...) around it"
    return _unreadable(said, column)


def _unknown(name: str, *, is_call: bool) -> str:
    what, allowed = ("function", list(FUNCTIONS)) if is_call else ("name", paths())
    if name in _MEANT:
        return f'unknown {what} "{name}"; did you mean "{_MEANT[name]}"?'
    known = near(name, allowed) or ("" if is_call else suggestion(name, list(VARIABLES)))
    return f'unknown {what} "{name}"{known}'


def _unknown_field(field: str, kind: str) -> str:
    owner = next(f"{name}." for name, of in VARIABLES.items() if of == kind)
    return f'unknown name "{owner}{field}"{suggestion(field, list(OBJECTS[kind]), of=owner)}'


def _misapplied(operator: str, operands: str) -> str:
    return f'"{operator.strip("_").replace("_", "")}" does not go with ({_type_name(operands)})'


def _unreadable(said: str, column: int) -> str:
    unexpected = _UNEXPECTED.search(said)
    word = unexpected[1] if unexpected else said.removeprefix("Syntax error: ")
    if word == "<EOF>":
        return 'the condition ends too early: something is missing, such as a ")" or what follows an operator'
    meant = f'; did you mean "{_MEANT[word]}"?' if word in _MEANT else ""
    return f'column {column} of the condition: "{word.strip()}" is not expected there{meant}'


def _type_name(types: str) -> str:
    """CEL's names of types, ours as the rules' writer knows them."""
    for name, kind in VARIABLES.items():
        types = types.replace(f"{PACKAGE}.{kind}", name)
    return types.lower()


def _character(text: str, line: int, column: int) -> str:
    lines = text.split("\n")
    here = lines[line - 1] if line <= len(lines) else ""
    return here[column - 1 : column]
