"""Rules and their test cases from policies files: checked, compiled, and each mistake named by its line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path as FilePath
from typing import Any

from proxy.rules.case_options import Case, PlacedCase, Suite
from proxy.rules.effects import NEEDS_WHOLE, Phase, misfits
from proxy.rules.expressions import ExpressionError
from proxy.rules.fact_values import FactType, fact_value
from proxy.rules.match import any_fits
from proxy.rules.messages import MessageError
from proxy.rules.mistakes import Path, suggestion
from proxy.rules.problems import PolicyFile, Reading, label_of
from proxy.rules.rules import Compiled, Rule, Rules, compiled
from proxy.rules.schema import Schema
from proxy.rules.yaml_lines import read_yaml

SHIPPED = FilePath(__file__).with_name("shipped.yaml")


@cache
def shipped_file() -> PolicyFile:
    """The rules that ship with the product."""
    return PolicyFile(SHIPPED.name, read_yaml(SHIPPED.read_text(encoding="utf-8")))


class RuleReading(Reading):
    """One reading of all files' rules, against what ``schema`` says that they may read.

    ``deliveries`` has how each route delivers, by its name; empty where that is not known.
    """

    def __init__(self, schema: Schema, deliveries: Mapping[str, str]) -> None:
        super().__init__()
        self._schema, self._deliveries = schema, deliveries

    def rules(self, files: Sequence[PolicyFile]) -> tuple[Rules, list[Suite]]:
        """The shipped rules that no file replaces or switches off, then the files' own; and all their test cases."""
        of_files = {file.path: tuple(self._rules(file)) for file in files}
        own = [one for rules in of_files.values() for one in rules]
        off = {name for file in files for name in self._switched_off(file)} | {one.rule.name for one in own}
        shipped = tuple(self._rules(shipped_file(), ships=True))
        kept = [one for one in shipped if one.rule.name not in off]
        of_files[shipped_file().path] = shipped
        suites = [self._suite(file, of_files[file.path]) for file in (shipped_file(), *files)]
        return Rules((*kept, *own), self._schema), [suite for suite in suites if suite.cases]

    def _rules(self, file: PolicyFile, *, ships: bool = False) -> Iterator[Compiled]:
        for path, own in self._listed(file, "rules"):
            rule = self._rule(file, path, own, ships=ships)
            if rule is not None:
                yield rule

    def _rule(self, file: PolicyFile, path: Path, own: Any, *, ships: bool) -> Compiled | None:
        label = label_of("rule", path, own)
        rule = self._valid(Rule, own, file, path, label)
        if rule is None:
            return None
        if not ships:
            self._take_name("rule", rule.name, file, path, label)
        given = {key for key in rule.model_fields_set if getattr(rule, key) is not None}
        for key, problem in misfits(rule.effect, given):
            self._add(file, (*path, key), label + problem)
        ready = self._compiled(rule, file, path, label)
        if ready is not None and self._deliveries:
            self._check_routes(ready, file, path, label)
        return ready

    def _compiled(self, rule: Rule, file: PolicyFile, path: Path, label: str) -> Compiled | None:
        try:
            return compiled(rule, self._schema, file.place(path))
        except MessageError as error:
            self._add(file, (*path, rule.speaks), f'{label}"{rule.speaks}" {error}')
        except ExpressionError as error:
            # A text that keeps its lines (``when: |``) begins in the line below its key.
            first = 1 if "\n" in rule.when.strip() else 0
            for mistake in error.mistakes:
                below = first and first + mistake.line
                self._add(file, (*path, "when"), label + mistake.message, below=below)
        return None

    def _check_routes(self, ready: Compiled, file: PolicyFile, path: Path, label: str) -> None:
        rule, known = ready.rule, list(self._deliveries)
        for pattern in rule.match.route:
            if not any(any_fits((pattern,), name) for name in known):
                wrong = f'"match.route" is "{pattern}", and no route is called so{suggestion(pattern, known)}'
                self._add(file, (*path, "match", "route"), label + wrong)
        if ready.phase is Phase.ANSWER and rule.effect in NEEDS_WHOLE:
            met = [name for name in known if any_fits(rule.match.route, name)]
            gone = next((name for name in met if self._deliveries[name] != "whole"), None)
            if gone is not None:
                self._add(file, (*path, "match"), label + self._needs_whole(rule, gone))

    def _needs_whole(self, rule: Rule, route: str) -> str:
        whole = [name for name, delivery in self._deliveries.items() if delivery == "whole"]
        remedy = (
            f"match: {{route: [{', '.join(whole)}]}}" if whole else f'"delivery: whole" in route "{route}"'
        )
        return (
            f'"{rule.effect}" over the answer needs "delivery: whole", but it is for route "{route}" too, '
            f'which has "{self._deliveries[route]}": what has left cannot be taken back; write {remedy}'
        )

    def _switched_off(self, file: PolicyFile) -> Iterator[str]:
        names = file.data.get("switched_off") or []
        ship = [rule["name"] for rule in shipped_file().data["rules"]]
        if not isinstance(names, list):
            self._add(file, ("switched_off",), f'"switched_off" must be a list, such as [{ship[0]}]')
            return
        for index, name in enumerate(names):
            if name not in ship:
                wrong = f'"switched_off" has "{name}", which is no rule that ships with the product'
                self._add(file, ("switched_off", index), wrong + suggestion(str(name), ship))
            yield str(name)

    def _suite(self, file: PolicyFile, rules: Sequence[Compiled]) -> Suite:
        """A file's cases; in them its rules are for everyone, whatever their share."""
        everyone = [replace(one, rule=one.rule.model_copy(update={"share": 1.0})) for one in rules]
        return Suite(file.path, Rules(tuple(everyone), self._schema), tuple(self._cases(file)))

    def _cases(self, file: PolicyFile) -> Iterator[PlacedCase]:
        listed = file.data.get("rules") or []
        names = [own["name"] for own in listed if isinstance(own, dict) and isinstance(own.get("name"), str)]
        for path, own in self._listed(file, "tests"):
            label = label_of("test", path, own)
            case = self._valid(Case, own, file, path, label)
            if case is not None:
                self._check_expected(case, own["expect"], names, file, path, label)
                self._check_facts(case, file, path, label)
                yield PlacedCase(case, file.located.line_of(path))

    def _check_expected(
        self, case: Case, written: Any, names: list[str], file: PolicyFile, path: Path, label: str
    ) -> None:
        for name in case.expect:
            if name not in names:
                key = written.index(name) if isinstance(written, list) else name
                wrong = f'"expect" has "{name}", which is no rule of this file{suggestion(name, names)}'
                self._add(file, (*path, "expect", key), label + wrong)

    def _check_facts(self, case: Case, file: PolicyFile, path: Path, label: str) -> None:
        for name, fact in case.given.context.items():
            where = (*path, "given", "context", name)
            if name not in self._schema.facts:
                wrong = f'"given.context" has "{name}", which is no declared fact'
                self._add(file, where, label + wrong + suggestion(name, list(self._schema.facts)))
            elif fact.value is not None and (wrong := _misfit(fact.value, self._schema.facts[name])):
                self._add(file, where, f'{label}"given.context.{name}" {wrong}')


def _misfit(value: bool | float | str, kind: FactType) -> str:
    """What is wrong with a value of a fact of this type; empty where nothing is."""
    try:
        fact_value(value, kind)
    except ValueError as error:
        return str(error)
    return ""
