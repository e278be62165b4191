"""Rules from policies files: checked, compiled, and each mistake named by its line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from proxy.rules.effects import misfits
from proxy.rules.expressions import ExpressionError
from proxy.rules.messages import MessageError
from proxy.rules.mistakes import Path
from proxy.rules.problems import PolicyFile, Reading, label_of
from proxy.rules.rules import Compiled, Rule, Rules, compiled
from proxy.rules.schema import Schema


class RuleReading(Reading):
    """One reading of all files' rules, against what ``schema`` says that they may read."""

    def __init__(self, schema: Schema) -> None:
        super().__init__()
        self._schema = schema
        self._places: dict[str, str] = {}

    def rules(self, files: Sequence[PolicyFile]) -> Rules:
        """Those that are right, in the files' order."""
        return Rules(tuple(rule for file in files for rule in self._rules(file)), self._schema)

    def _rules(self, file: PolicyFile) -> Iterator[Compiled]:
        for path, own in self._listed(file, "rules"):
            rule = self._rule(file, path, own)
            if rule is not None:
                yield rule

    def _rule(self, file: PolicyFile, path: Path, own: Any) -> Compiled | None:
        label = label_of("rule", path, own)
        if not self._valid(Rule, own, file, path, label):
            return None
        rule = Rule.model_validate(own)
        if rule.name in self._places:
            taken = f"the name is already taken in {self._places[rule.name]}"
            self._add(file, (*path, "name"), label + taken)
        self._places.setdefault(rule.name, file.place(path))
        for key, problem in misfits(rule.effect, rule.model_fields_set):
            self._add(file, (*path, key), label + problem)
        return self._compiled(rule, file, path, label)

    def _compiled(self, rule: Rule, file: PolicyFile, path: Path, label: str) -> Compiled | None:
        try:
            return compiled(rule, self._schema)
        except MessageError as error:
            self._add(file, (*path, rule.speaks), f'{label}"{rule.speaks}" {error}')
        except ExpressionError as error:
            # A text that keeps its lines (``when: |``) begins in the line below its key.
            first = 1 if "\n" in rule.when.strip() else 0
            for mistake in error.mistakes:
                below = first and first + mistake.line
                self._add(file, (*path, "when"), label + mistake.message, below=below)
        return None
