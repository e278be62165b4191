"""Front matter: the YAML at the top of a document that says when, where, for whom and how bindingly it holds.

Values are read as the author wrote them, not as YAML 1.1 would guess: ``jurisdiction: NO`` is Norway, not false.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from difflib import get_close_matches
from functools import partial
from typing import Any

import yaml

from proxy.corpus.documents import Risk
from proxy.corpus.moments import end_of, start_of, zone_named
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
_ReadMoment = Callable[[str, tzinfo], datetime]


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
        pairs = self._pairs(source)
        zone = self._zone(pairs)
        for key_node, value_node in pairs:
            key, line = str(key_node.value), _line(key_node)
            if key in lines:
                raise CorpusError(
                    self._path, line, f'"{key}" is there twice (first in line {lines[key]}); keep one'
                )
            lines[key] = line
            if key not in _KNOWN:
                warnings.append(Problem(self._path, line, _unknown(key), Severity.WARNING))
            elif key in _DATES and not _is_empty(value_node):
                values[key] = self._parsed(key, value_node, partial(_moment, read=_DATES[key], zone=zone))
            elif key in _KEYS and not _is_empty(value_node):
                name, parse = _KEYS[key]
                values[name] = self._parsed(key, value_node, parse)
        return values, lines, tuple(warnings)

    def _zone(self, pairs: Sequence[tuple[yaml.Node, yaml.Node]]) -> tzinfo:
        """The time zone of the document's dates: UTC where it names none."""
        for key_node, value_node in pairs:
            if key_node.value == _ZONE and not _is_empty(value_node):
                zone: tzinfo = self._parsed(_ZONE, value_node, _zone)
                return zone
        return UTC

    def _parsed(self, key: str, node: yaml.Node, parse: Callable[[yaml.Node], Any]) -> Any:
        try:
            return parse(node)
        except ValueError as error:
            raise CorpusError(self._path, _line(node), f'"{key}" {error}') from error

    def _pairs(self, source: str) -> list[tuple[yaml.Node, yaml.Node]]:
        try:
            node = yaml.compose(source, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            line = (error.problem_mark.line if error.problem_mark else 0) + 2
            raise CorpusError(self._path, line, _not_yaml(str(error.problem))) from error
        except (yaml.YAMLError, RecursionError) as error:
            raise CorpusError(self._path, 2, _not_yaml(str(error))) from error
        if node is None:
            return []
        if not isinstance(node, yaml.MappingNode):
            raise CorpusError(self._path, _line(node), 'the front matter must be lines of "key: value"')
        return list(node.value)


def _not_yaml(why: str) -> str:
    return f'the front matter is not YAML: {why}; put a value in quotes that has ": " in it or begins with a bracket'


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 2  # marks count from 0, and the line --- stands before


def _is_empty(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and (node.tag.endswith(":null") or not node.value.strip())


def _unknown(key: str) -> str:
    near = get_close_matches(key.lower().replace("-", "_"), list(_KNOWN), n=1, cutoff=0.6)
    if near:
        return f'unknown key "{key}", not read; did you mean "{near[0]}"?'
    return f'unknown key "{key}", not read; known are {", ".join(_KNOWN)}'


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


def _moment(node: yaml.Node, read: _ReadMoment, zone: tzinfo) -> datetime:
    return read(_text(node), zone)


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


def _zone(node: yaml.Node) -> tzinfo:
    return zone_named(_text(node))


_KEYS: dict[str, tuple[str, Callable[[yaml.Node], Any]]] = {
    "title": ("title", _text),
    "owner": ("owner", _text),
    "jurisdiction": ("jurisdictions", _texts),
    "audience": ("audiences", _texts),
    "authority": ("authority", _authority),
    "risk": ("risk", _risk),
    "source": ("source", _text),
    "supersedes": ("supersedes", _text),
}
_DATES: dict[str, _ReadMoment] = {"effective_from": start_of, "effective_to": end_of}
_ZONE = "timezone"  # read before the dates, wherever it stands
_KNOWN = (*_KEYS, *_DATES, _ZONE)
