"""Front matter: the YAML at the top of a document that says when, where, for whom and how bindingly it holds.

Values are read as the author wrote them, not as YAML 1.1 would guess: ``jurisdiction: NO`` is Norway, not false.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from difflib import get_close_matches
from typing import Any

import yaml

from proxy.corpus.documents import Risk
from proxy.corpus.problems import CorpusError, Problem, Severity

AUTHORITIES = {
    "law": 100,
    "tariff": 90,
    "contract": 80,
    "terms": 80,
    "policy": 60,
    "procedure": 40,
    "help": 20,
    "help page": 20,
    "faq": 20,
    "marketing": 0,
}
_OPENING = re.compile(r"---[ \t]*(?:\r\n?|\n)")
_CLOSING = re.compile(r"^(?:---|\.\.\.)[ \t]*(?:\r\n?|\n|\Z)", re.MULTILINE)
_LOOKS_LIKE_A_KEY = re.compile(r"[A-Za-z_][\w-]*[ \t]*:(?:[ \t]|[\r\n]|\Z)")
_PLAIN_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What the front matter says, and where the body begins.

    ``values`` holds keyword arguments of :class:`~proxy.corpus.documents.Document`; ``body_start`` counts characters;
    ``present`` is False for a file without front matter; ``lines`` has the line (from 1) of each key.
    """

    values: dict[str, Any] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    body_start: int = 0
    present: bool = False
    warnings: tuple[Problem, ...] = ()


def read_front_matter(text: str, path: str) -> FrontMatter:
    """Reads the YAML between the first line ``---`` and the next.

    Raises:
        CorpusError: the YAML is broken, a key is there twice, or a value is not what the key asks for.
    """
    opening = _OPENING.match(text)
    if not opening:
        return FrontMatter()
    closing = _CLOSING.search(text, opening.end())
    if not closing:
        if not _LOOKS_LIKE_A_KEY.match(text, opening.end()):
            return FrontMatter()  # a Markdown text that begins with a rule
        raise CorpusError(path, 1, "the front matter is not closed; put a line --- after its last key")
    values, lines, warnings = _Reader(path).read(text[opening.end() : closing.start()])
    _check_order(values, lines, path)
    return FrontMatter(values, lines, closing.end(), True, warnings)


class _Reader:
    """Reads the keys of one file; ``path`` is for its messages."""

    def __init__(self, path: str) -> None:
        self._path = path

    def read(self, source: str) -> tuple[dict[str, Any], dict[str, int], tuple[Problem, ...]]:
        values: dict[str, Any] = {}
        lines: dict[str, int] = {}
        warnings: list[Problem] = []
        for key_node, value_node in self._pairs(source):
            key, line = str(key_node.value), _line(key_node)
            if key in lines:
                raise CorpusError(
                    self._path, line, f'"{key}" is there twice (first in line {lines[key]}); keep one'
                )
            lines[key] = line
            if key not in _KEYS:
                warnings.append(Problem(self._path, line, _unknown(key), Severity.WARNING))
                continue
            if _is_empty(value_node):
                continue
            name, parse = _KEYS[key]
            try:
                values[name] = parse(value_node)
            except ValueError as error:
                raise CorpusError(self._path, _line(value_node), f'"{key}" {error}') from error
        return values, lines, tuple(warnings)

    def _pairs(self, source: str) -> list[tuple[yaml.Node, yaml.Node]]:
        try:
            node = yaml.compose(source, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            line = (error.problem_mark.line if error.problem_mark else 0) + 2
            raise CorpusError(self._path, line, f"the front matter is not YAML: {error.problem}") from error
        except (yaml.YAMLError, RecursionError) as error:
            raise CorpusError(self._path, 2, f"the front matter is not YAML: {error}") from error
        if node is None:
            return []
        if not isinstance(node, yaml.MappingNode):
            raise CorpusError(self._path, _line(node), 'the front matter must be lines of "key: value"')
        return list(node.value)


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 2  # marks count from 0, and the line --- stands before


def _is_empty(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and (node.tag.endswith(":null") or not node.value.strip())


def _unknown(key: str) -> str:
    near = get_close_matches(key.lower().replace("-", "_"), list(_KEYS), n=1, cutoff=0.6)
    if near:
        return f'unknown key "{key}", not read; did you mean "{near[0]}"?'
    return f'unknown key "{key}", not read; known are {", ".join(_KEYS)}'


def _check_order(values: dict[str, Any], lines: dict[str, int], path: str) -> None:
    start, end = values.get("effective_from"), values.get("effective_to")
    if start and end and end <= start:
        raise CorpusError(
            path,
            lines["effective_to"],
            '"effective_to" is before "effective_from", so the document is never in force; correct one of them',
        )


def _text(node: yaml.Node) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise ValueError("must be one text, not a list or a mapping")
    return " ".join(_whole_characters(str(node.value)).split())


def _whole_characters(text: str) -> str:
    """YAML's ``"\\ud83d\\ude00"`` comes as two half characters, which nothing after this can encode."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _texts(node: yaml.Node) -> tuple[str, ...]:
    """A scalar or a list of scalars, without repetitions."""
    if isinstance(node, yaml.SequenceNode):
        return tuple(dict.fromkeys(text for item in node.value if (text := _text(item))))
    return (_text(node),)


def _start(node: yaml.Node) -> datetime:
    return _moment(_text(node), end_of_day=False)


def _end(node: yaml.Node) -> datetime:
    """A plain date is the last day on which the document holds: the day after is the exclusive end."""
    return _moment(_text(node), end_of_day=True)


def _moment(text: str, *, end_of_day: bool) -> datetime:
    try:
        if _PLAIN_DATE.fullmatch(text):
            day = datetime.combine(date.fromisoformat(text), time(), UTC)
            return day + timedelta(days=1) if end_of_day else day
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise ValueError(
            f'is "{text}"; write a date such as 2026-01-31, or a moment such as 2026-01-31T09:00:00+01:00'
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _authority(node: yaml.Node) -> int:
    text = _text(node)
    number = re.fullmatch(r"[+-]?\d{1,9}", text)
    if number:
        return int(text)
    named = AUTHORITIES.get(text.lower().replace("_", " ").replace("-", " "))
    if named is None:
        raise ValueError(
            f'is "{text}"; write a whole number (higher is more binding) or one of {", ".join(AUTHORITIES)}'
        )
    return named


def _risk(node: yaml.Node) -> Risk:
    text = _text(node)
    try:
        return Risk(text.lower())
    except ValueError:
        raise ValueError(f'is "{text}"; write one of {", ".join(Risk)}') from None


_Parse = Callable[[yaml.Node], Any]
_KEYS: dict[str, tuple[str, _Parse]] = {
    "title": ("title", _text),
    "owner": ("owner", _text),
    "effective_from": ("effective_from", _start),
    "effective_to": ("effective_to", _end),
    "jurisdiction": ("jurisdictions", _texts),
    "audience": ("audiences", _texts),
    "authority": ("authority", _authority),
    "risk": ("risk", _risk),
    "source": ("source", _text),
    "supersedes": ("supersedes", _text),
}
