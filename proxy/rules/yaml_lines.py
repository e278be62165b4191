"""YAML that remembers where everything stands, so that an error can name the line.

Plain data only (the safe schema). ``on``, ``off``, ``yes`` and ``no`` are words, as in YAML 1.2, so
``mode: off`` means the word. A key written twice is an error; YAML would silently keep the last.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from proxy.rules.yaml_mistakes import in_words

Path = tuple[str | int, ...]

MOST_ENTRIES = 100_000  # keys and list items, those of aliases counted wherever they stand


class YamlError(Exception):
    """The text cannot be read; ``line`` counts from 1."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


@dataclass(frozen=True, slots=True)
class Located:
    """A YAML text's data, and the line of each key and list item by its path."""

    data: Any
    lines: dict[Path, int] = field(default_factory=dict)

    def line_of(self, path: Path) -> int:
        """The line of what stands at ``path``, or of the nearest thing around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


class _WordyLoader(yaml.SafeLoader):
    """The safe loader without YAML 1.1's surprises: booleans are ``true`` and ``false``, dates are texts."""


_WordyLoader.yaml_implicit_resolvers = {
    first: [
        (tag, pattern)
        for tag, pattern in resolvers
        if not tag.endswith(":timestamp") and not (tag.endswith(":bool") and first not in "tTfF")
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_yaml(text: str) -> Located:
    """Parse one YAML document. An empty one is None.

    Raises YamlError with the line, for broken YAML, a key given twice, an endless alias, an unknown tag, and for
    what is too large or too deep to be read.
    """
    loader = _WordyLoader(text)
    lines: dict[Path, int] = {(): 1}
    try:
        node = loader.get_single_node()
        if node is None:
            return Located(None, lines)
        return Located(_build(loader, node, (), lines, ()), lines)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line if mark else 0
        problem = in_words(str(error.problem), text.splitlines(), line)
        raise YamlError(line + 1, f"not valid YAML: {problem}") from None
    except yaml.YAMLError as error:
        raise YamlError(1, f"not valid YAML: {error}") from None
    except RecursionError:
        raise YamlError(1, "it is nested too deeply; is a bracket not closed?") from None
    finally:
        loader.dispose()


def _build(
    loader: _WordyLoader, node: yaml.Node, path: Path, lines: dict[Path, int], around: tuple[yaml.Node, ...]
) -> Any:
    if any(outer is node for outer in around):
        raise YamlError(_line(node), "an alias may not stand inside what it names")
    if len(lines) > MOST_ENTRIES:
        # An alias has the place of what it names.
        raise YamlError(lines[path[:1]], f"more than {MOST_ENTRIES:,} entries; do aliases repeat each other?")
    around = (*around, node)
    if isinstance(node, yaml.MappingNode):
        built = {}
        for key, value in _entries(loader, node):
            lines[(*path, key.value)] = _line(key)
            built[key.value] = _build(loader, value, (*path, key.value), lines, around)
        return built
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            lines[(*path, index)] = _line(item)
        return [_build(loader, item, (*path, index), lines, around) for index, item in enumerate(node.value)]
    return loader.construct_object(node)


def _entries(loader: _WordyLoader, node: yaml.MappingNode) -> Iterator[tuple[yaml.ScalarNode, yaml.Node]]:
    seen: dict[str, int] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise YamlError(_line(key), "a key must be a plain word")
        if key.value in seen:
            raise YamlError(_line(key), f'key "{key.value}" is already given in line {seen[key.value]}')
        seen[key.value] = _line(key)
        yield key, value


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
