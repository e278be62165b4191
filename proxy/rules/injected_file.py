"""The text of ``injected.yaml``: a rule is put in, or taken out, and all else that stands there stays as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from proxy.rules.yaml_lines import YamlError, read_yaml

HEAD = """\
# Urgent rules, written by `cxai rules inject` and ended by `cxai rules inject --end NAME`. They count like those of
# every other file, and each has an owner and an end. What is to stay belongs into a file of its own (docs/rules.md).

rules:
"""
WIDTH = 110
BY_HAND = "it is written so that a single rule cannot be put in or taken out; change it by hand"
_KEY = "rules"


@dataclass(frozen=True, slots=True)
class _Listed:
    """A file's rules as data and as YAML's nodes.

    ``line`` is the one of the list's key, counted from 0, None without a list; ``column`` is where the dashes stand.
    """

    data: Mapping[str, Any]
    entries: Sequence[yaml.Node] = ()
    line: int | None = None
    column: int = 0

    @property
    def rules(self) -> list[Any]:
        return list(self.data.get(_KEY) or [])


def rule_text(rule: Mapping[str, Any]) -> str:
    """A rule as an entry of a list."""
    return yaml.safe_dump([dict(rule)], sort_keys=False, allow_unicode=True, width=WIDTH)


def with_rule(text: str, rule: Mapping[str, Any]) -> str:
    """The file with this rule as its first one. Raises YamlError, also where the file cannot be changed in this way."""
    text = text if text.strip() else HEAD
    listed, lines = _listed(text), text.splitlines(keepends=True)
    if listed.line is None:
        changed = [*_ended(lines), f"{_KEY}:\n", rule_text(rule)]
    else:
        head = lines[listed.line] if listed.entries or listed.data[_KEY] is None else f"{_KEY}:\n"
        indented = (" " * listed.column + line for line in rule_text(rule).splitlines(keepends=True))
        changed = [*lines[: listed.line], *_ended([head]), *indented, *lines[listed.line + 1 :]]
    return _checked("".join(changed), listed, [dict(rule), *listed.rules])


def without_rule(text: str, name: str) -> str:
    """The file without the rule of this name, which has to be there. Raises YamlError as ``with_rule`` does."""
    listed, lines = _listed(text), text.splitlines(keepends=True)
    at = injected_names(text).index(name)
    first, last = listed.entries[at].start_mark.line, _last_line(listed.entries[at])
    left = [one for number, one in enumerate(listed.rules) if number != at]
    return _checked("".join([*lines[:first], *lines[last + 1 :]]), listed, left)


def injected_names(text: str) -> list[Any]:
    """The names of the file's rules. Raises YamlError."""
    return [one.get("name") if isinstance(one, dict) else None for one in _listed(text).rules]


def _listed(text: str) -> _Listed:
    data = read_yaml(text).data
    root = yaml.compose(text, yaml.SafeLoader)
    if data is None or not isinstance(root, yaml.MappingNode):
        if data is not None:
            raise YamlError(1, BY_HAND)
        return _Listed({})
    pairs = [(key, value) for key, value in root.value if key.value == _KEY]
    if not pairs:
        return _Listed(data)
    ((key, value),) = pairs
    if not value.value:
        return _Listed(data, (), key.start_mark.line)
    if not isinstance(value, yaml.SequenceNode) or value.flow_style:
        raise YamlError(value.start_mark.line + 1, BY_HAND)
    dash = text.splitlines()[value.value[0].start_mark.line].find("-")
    return _Listed(data, value.value, key.start_mark.line, max(dash, 0))


def _last_line(node: yaml.Node) -> int:
    """The last line on which something of the node stands; the mark at a block's end lies behind comments."""
    if isinstance(node, yaml.MappingNode) and node.value and not node.flow_style:
        return max(_last_line(value) for _, value in node.value)
    if isinstance(node, yaml.SequenceNode) and node.value and not node.flow_style:
        return max(map(_last_line, node.value))
    end = node.end_mark
    return int(end.line if end.column else max(end.line - 1, node.start_mark.line))


def _ended(lines: list[str]) -> list[str]:
    """The lines, of which the last one ends too."""
    return [*lines[:-1], lines[-1].rstrip("\n") + "\n"] if lines else []


def _checked(changed: str, before: _Listed, rules: list[Any]) -> str:
    """The text, where it says these rules and all else that was said before."""
    try:
        after = read_yaml(changed).data
    except YamlError:
        raise YamlError(1, BY_HAND) from None
    if not isinstance(after, dict) or {**after, _KEY: after.get(_KEY) or []} != {**before.data, _KEY: rules}:
        raise YamlError(1, BY_HAND)
    return changed
