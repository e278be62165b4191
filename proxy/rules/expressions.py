"""A rule's condition in CEL, https://cel.dev: compiled and checked when it is read, evaluated when it is asked.

CEL always ends: it has no loops but those over lists, and what they may do is limited.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cel_expr_python import cel

from proxy.rules.literals import misspelt
from proxy.rules.mistakes import near, suggestion
from proxy.rules.not_evaluated import in_words
from proxy.rules.schema import FACTS, PACKAGE, VARIABLES, Schema
from proxy.rules.values import Values

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
_OWNER = re.compile(r"[\w.\[\]]+$")
_PACKED = re.compile(r"wrapper\((\w+)\)")
# What an object is called where a condition reads it: ``claim.`` within ``claims.exists(claim, ...)``.
_OWNERS = {kind.strip("[]"): f"{name}." for name, kind in VARIABLES.items()} | {"Claim": "claim."}
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

    def __init__(self, text: str, variables: Sequence[str], schema: Schema) -> None:
        environment = schema.environment(variables)
        try:
            self._compiled = environment.compile(text)
        except RuntimeError as error:
            raise ExpressionError(list(_mistakes(str(error), text, schema))) from None
        kind = self._compiled.return_type()
        if kind != cel.Type.BOOL:
            raise ExpressionError([Mistyped(0, _not_a_condition(_type_name(str(kind))))])
        if wrong := [Mistyped(text.count("\n", 0, at), told) for at, told in misspelt(text, environment)]:
            raise ExpressionError(wrong)

    def holds(self, values: cel.Activation) -> bool:
        """``values`` are made ready by ``ready``. Raises NotEvaluated, which says why in words."""
        try:
            value = self._compiled.eval(values).value()
        except RuntimeError as error:
            raise NotEvaluated(in_words(str(error))) from None
        if isinstance(value, bool):
            return value
        raise NotEvaluated("a value that it needs is not known" if value is None else in_words(str(value)))


def ready(values: Values, variables: Sequence[str], schema: Schema) -> cel.Activation:
    """The values as CEL has them, once for all expressions over these variables."""
    return schema.environment(variables).Activation({name: values[name] for name in variables})


def compiles(text: str, variables: Sequence[str], schema: Schema) -> bool:
    try:
        return bool(Expression(text, variables, schema))
    except ExpressionError:
        return False


def variables_in(text: str, variables: Sequence[str], schema: Schema) -> list[str]:
    """Those of these variables that a condition reads: without one of them it does not compile."""
    return [
        name
        for name in variables
        if not compiles(text, [other for other in variables if other != name], schema)
    ]


def _not_a_condition(kind: str) -> str:
    compare = ' (compare it: "... == true")' if kind == "dyn" else ""
    return f"the condition must be true or false, but it is of the type {kind}{compare}"


def _mistakes(error: str, text: str, schema: Schema) -> Iterator[Mistyped]:
    """CEL's own list of errors, in words. A text that cannot be parsed is told once: the rest follows from it."""
    found = [one for one in _ERROR.findall(error) if "'*error*'" not in one[2]]
    parsing = [one for one in found if one[2].startswith(("Syntax error", "reserved identifier"))]
    for line, column, said in parsing[:1] or found:
        place = _Place(text, int(line), int(column))
        yield Mistyped(int(line) - 1, _in_words(said.removesuffix(" [INVALID_ARGUMENT]"), place, schema))
    if not found:
        yield Mistyped(0, f"the condition cannot be read: {error.splitlines()[0]}")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in a condition something is wrong; both count from 1."""

    text: str
    line: int
    column: int

    @property
    def _whole_line(self) -> str:
        lines = self.text.split("\n")
        return lines[self.line - 1] if self.line <= len(lines) else ""

    @property
    def character(self) -> str:
        return self._whole_line[self.column - 1 : self.column]

    @property
    def owner(self) -> str:
        """The names before a field's dot: ``context.open_case`` in ``context.open_case.valeu``."""
        owner = _OWNER.search(self._whole_line[: self.column - 1])
        return owner[0] if owner else ""


def _in_words(said: str, place: _Place, schema: Schema) -> str:
    if unknown := _UNKNOWN.match(said):
        return _unknown(unknown[1], schema, is_call=place.character == "(")
    if field := _FIELD.match(said):
        return _unknown_field(field[1], field[2], place, schema)
    if overload := _OVERLOAD.match(said):
        return _misapplied(overload[1], overload[2])
    if "range of a comprehension" in said:
        return (
            f"column {place.column} of the condition: what is looped over is open; write dyn(...) around it"
        )
    return _unreadable(said, place.column)


def _unknown(name: str, schema: Schema, *, is_call: bool) -> str:
    what, allowed = ("function", list(FUNCTIONS)) if is_call else ("name", schema.paths())
    if name in _MEANT:
        return f'unknown {what} "{name}"; did you mean "{_MEANT[name]}"?'
    known = near(name, allowed) or ("" if is_call else suggestion(name, list(VARIABLES)))
    return f'unknown {what} "{name}"{known}'


def _unknown_field(field: str, kind: str, place: _Place, schema: Schema) -> str:
    owner = f"{place.owner}." if kind in FACTS.values() else _OWNERS[kind]
    known = suggestion(field, list(schema.objects[kind]), of=owner)
    where = (
        "; facts are declared in policies/context.yaml"
        if kind == "Context" and "did you" not in known
        else ""
    )
    return f'unknown name "{owner}{field}"{known}{where}'


def _misapplied(operator: str, operands: str) -> str:
    remedy = ""
    if "double" in operands and "int" in operands:
        remedy = '; the one is a decimal: write "2.0", not "2"'
    elif any(f"{PACKAGE}.{fact}" in operands for fact in FACTS.values()):
        remedy = '; a fact is read by ".value", ".state", ".age_s" or ".source"'
    elif operator == "contains" and operands.startswith("list"):
        remedy = '; for a list write "..." in ...'
    return f'"{operator.strip("_").replace("_", "")}" does not go with ({_type_name(operands)}){remedy}'


def _unreadable(said: str, column: int) -> str:
    unexpected = _UNEXPECTED.search(said)
    word = unexpected[1] if unexpected else said.removeprefix("Syntax error: ")
    if word == "<EOF>":
        return 'the condition ends too early: something is missing, such as a ")" or what follows an operator'
    meant = f'; did you mean "{_MEANT[word]}"?' if word in _MEANT else ""
    return f'column {column} of the condition: "{word.strip()}" is not expected there{meant}'


def _type_name(types: str) -> str:
    """CEL's names of types, ours as the rules' writer knows them."""
    for kind, owner in _OWNERS.items():
        types = types.replace(f"{PACKAGE}.{kind}", owner.strip("."))
    for fact in FACTS.values():
        types = types.replace(f"{PACKAGE}.{fact}", "fact")
    return _PACKED.sub(r"\1", types).replace(f"{PACKAGE}.", "").lower()
