"""pydantic's errors in words for the writer of the file: what is wrong, what is allowed, what was meant."""

from __future__ import annotations

import typing
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that is wrong, at ``path`` within the data."""

    path: Path
    message: str


def explain(error: ValidationError, model: type[BaseModel]) -> list[Mistake]:
    """Every mistake of a validation, in the data's order and without pydantic's own vocabulary."""
    return [_mistake(detail, model) for detail in error.errors(include_url=False)]


def suggestion(word: str, allowed: Sequence[str], *, of: str = "") -> str:
    """``; did you mean "mode"?`` where something is near, else the list of what is allowed.

    ``of`` is what the words are told with but not compared by, such as ``customer.``.
    """
    return near(word, allowed, of=of) or f"; allowed: {_listed([of + one for one in allowed])}"


def near(word: str, allowed: Sequence[str], *, of: str = "", cutoff: float = 0.6) -> str:
    """``; did you mean "mode"?`` where something is near, else nothing."""
    found = get_close_matches(word, allowed, n=1, cutoff=cutoff)
    return f'; did you mean "{of}{found[0]}"?' if found else ""


def _mistake(detail: ErrorDetails, model: type[BaseModel]) -> Mistake:
    path = tuple(part for part in detail["loc"] if part != "[key]")
    key = ".".join(map(str, path))
    given = detail["input"]
    match detail["type"]:
        case "extra_forbidden":
            keys = list(_fields(_model_at(model, path[:-1])))
            return Mistake(path, f'unknown key "{key}"{suggestion(str(path[-1]), keys)}')
        case "missing":
            return Mistake(path, f'key "{key}" is missing')
        case "literal_error" | "enum":
            allowed = _words(detail.get("ctx", {}).get("expected", ""))
            return Mistake(path, f'"{key}" cannot be {_shown(given)}{suggestion(str(given), allowed)}')
        case "too_short":
            least = detail["ctx"]["min_length"]
            given_so_far = "is empty" if not given else f"has {len(given)}"
            return Mistake(path, f'"{key}" {given_so_far}: give at least {"one" if least == 1 else least}')
        case "value_error":
            return Mistake(path, f'"{key}" {detail["ctx"]["error"]}')
        case "model_type" | "dict_type":
            return Mistake(path, f"{_named(key)}must be a mapping, not {_shown(given)}")
    return Mistake(path, f'"{key}" is {_shown(given)}: {_lowered(detail["msg"])}')


def _model_at(model: type[BaseModel], path: Path) -> type[BaseModel]:
    for part in path:
        field = _fields(model).get(str(part))
        inner = next(_models_in(field.annotation), None) if field else None
        model = inner or model
    return model


def _fields(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """A model's fields as they are written in a file."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in typing.get_args(annotation):
        yield from _models_in(argument)


def _words(expected: str) -> list[str]:
    """pydantic lists what it expects as ``'a', 'b' or 'c'``."""
    return [word.strip(" '") for part in expected.split(" or ") for word in part.split(",")]


def _listed(words: Sequence[str]) -> str:
    return ", ".join(f'"{word}"' for word in words)


def _shown(value: Any) -> str:
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value if len(value) <= 60 else value[:57] + "..."}"'
    if isinstance(value, dict):
        return "a mapping"
    return "a list" if isinstance(value, list | tuple) else str(value)


def _named(key: str) -> str:
    return f'"{key}" ' if key else ""


def _lowered(message: str) -> str:
    message = (
        message.removeprefix("Input should")
        .removeprefix("String should")
        .partition(", unable to parse")[0]
        .strip()
    )
    return f"it should {message}" if message else "it is not valid"
