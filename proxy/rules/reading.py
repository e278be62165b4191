"""``policies/*.yaml`` to ``Policies``, with every mistake named by file, line, and route or rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from proxy.rules.effects import misfits
from proxy.rules.expressions import ExpressionError
from proxy.rules.facts import LEDGER_FACTS
from proxy.rules.match import Written
from proxy.rules.messages import MessageError
from proxy.rules.mistakes import explain, suggestion
from proxy.rules.policies import DEFAULT_ROUTE, Policies, Route, Treatment, policies_of
from proxy.rules.rules import Compiled, Rule, Rules, compiled
from proxy.rules.schema import schema_of
from proxy.rules.yaml_lines import Located, YamlError, read_yaml

TOP_LEVEL = ("defaults", "routes", "rules")


@dataclass(frozen=True, slots=True)
class PolicyProblem:
    """What is wrong with a policies file; reads as ``policies/routes.yaml:14: route "billing": ...``."""

    path: str
    line: int | None
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}" if self.line else f"{self.path}: {self.message}"


class PoliciesError(Exception):
    """The folder's files do not make usable policies; ``problems`` says why, one for each mistake."""

    def __init__(self, problems: tuple[PolicyProblem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


def policy_files(folder: Path) -> list[Path]:
    """The YAML files of a folder in the order in which their routes and rules are tried: by name."""
    return sorted(path for path in folder.iterdir() if path.suffix in (".yaml", ".yml") and path.is_file())


def read_policies(folder: Path | None) -> Policies:
    """All policies of a folder; without one, the built-in default route alone. Raises PoliciesError."""
    if folder is None:
        return policies_of(())
    try:
        texts = {
            str(Path(folder.name) / path.name): path.read_text(encoding="utf-8")
            for path in policy_files(folder)
        }
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or error
        raise PoliciesError((PolicyProblem(str(folder), None, f"cannot be read: {why}"),)) from None
    return policies_from(texts)


def policies_from(texts: Mapping[str, str]) -> Policies:
    """Policies from texts by their paths, in that order. Raises PoliciesError with all problems found."""
    reading = _Reading()
    files = [file for path, text in texts.items() if (file := reading.parse(path, text))]
    defaults = reading.defaults(files)
    routes = [route for file in files for route in reading.routes(file, defaults)]
    rules = Rules(tuple(rule for file in files for rule in reading.rules(file)), reading.schema)
    if reading.problems:
        raise PoliciesError(tuple(reading.problems))
    named = next((route for route in routes if route.name == DEFAULT_ROUTE), None)
    default = named or Route.model_validate({**defaults, "name": DEFAULT_ROUTE})
    return policies_of([route for route in routes if route.name != DEFAULT_ROUTE], default, rules)


@dataclass(frozen=True, slots=True)
class _File:
    path: str
    located: Located

    @property
    def data(self) -> dict[str, Any]:
        return self.located.data or {}


class _Reading:
    """One reading of all files; collects problems rather than stopping at the first."""

    def __init__(self) -> None:
        self.problems: list[PolicyProblem] = []
        self._names: dict[str, str] = {}
        self._rule_names: dict[str, str] = {}
        self._catch_all: str | None = None
        self.schema = schema_of(LEDGER_FACTS)

    def parse(self, path: str, text: str) -> _File | None:
        try:
            file = _File(path, read_yaml(text))
        except YamlError as error:
            self.problems.append(PolicyProblem(path, error.line, error.message))
            return None
        if not isinstance(file.data, dict):
            self._add(file, (), 'must be a mapping with "defaults", "routes" or "rules"')
            return None
        for key in file.data:
            if key not in TOP_LEVEL:
                self._add(file, (key,), f'unknown key "{key}"{suggestion(key, TOP_LEVEL)}')
        return file

    def defaults(self, files: list[_File]) -> dict[str, Any]:
        """The ``defaults:`` block, which one file may have and which holds for the routes of all files."""
        given = [file for file in files if file.data.get("defaults") is not None]
        for file in given[1:]:
            where = f"{given[0].path}:{given[0].located.line_of(('defaults',))}"
            self._add(file, ("defaults",), f'"defaults" is already given in {where}; one file may have it')
        if not given:
            return {}
        defaults = given[0].data["defaults"]
        if not self._valid(Treatment, defaults, given[0], ("defaults",), "defaults: "):
            return {}
        for key, problem in _contradictions(Treatment.model_validate(defaults), {}):
            self._add(given[0], ("defaults", key), f"defaults: {problem}")
        return dict(defaults)

    def routes(self, file: _File, defaults: dict[str, Any]) -> Iterator[Route]:
        for path, own in self._listed(file, "routes"):
            route = self._route(file, path, own, defaults)
            if route is not None:
                yield route

    def rules(self, file: _File) -> Iterator[Compiled]:
        for path, own in self._listed(file, "rules"):
            rule = self._rule(file, path, own)
            if rule is not None:
                yield rule

    def _listed(self, file: _File, key: str) -> Iterator[tuple[tuple[str | int, ...], Any]]:
        """The entries of a list, each with its path."""
        listed = file.data.get(key) or []
        if not isinstance(listed, list):
            self._add(file, (key,), f'"{key}" must be a list: each {key[:-1]} starts with "- name: ..."')
            return
        yield from (((key, index), own) for index, own in enumerate(listed))

    def _rule(self, file: _File, path: tuple[str | int, ...], own: Any) -> Compiled | None:
        label = _label("rule", path, own)
        if not self._valid(Rule, own, file, path, label):
            return None
        rule = Rule.model_validate(own)
        where = f"{file.path}:{file.located.line_of(path)}"
        if rule.name in self._rule_names:
            self._add(
                file, (*path, "name"), f"{label}the name is already taken in {self._rule_names[rule.name]}"
            )
        self._rule_names.setdefault(rule.name, where)
        for key, problem in misfits(rule.effect, rule.model_fields_set):
            self._add(file, (*path, key), label + problem)
        return self._compiled(rule, file, path, label)

    def _compiled(self, rule: Rule, file: _File, path: tuple[str | int, ...], label: str) -> Compiled | None:
        try:
            return compiled(rule, self.schema)
        except MessageError as error:
            self._add(file, (*path, rule.speaks), f'{label}"{rule.speaks}" {error}')
            return None
        except ExpressionError as error:
            # A text that keeps its lines (``when: |``) begins in the line below its key.
            first = 1 if "\n" in rule.when.strip() else 0
            for mistake in error.mistakes:
                below = first and first + mistake.line
                self._add(file, (*path, "when"), label + mistake.message, below=below)
            return None

    def _route(
        self, file: _File, path: tuple[str | int, ...], own: Any, defaults: dict[str, Any]
    ) -> Route | None:
        label = _label("route", path, own)
        # Checked alone first: a mistake is then always one of this route's own lines.
        if not self._valid(Route, own, file, path, label):
            return None
        route = Route.model_validate(merged(defaults, own))
        for key, problem in _contradictions(route, own):
            self._add(file, (*path, key), label + problem)
        self._check_reachable(file, path, label, route)
        return route

    def _check_reachable(self, file: _File, path: tuple[str | int, ...], label: str, route: Route) -> None:
        where = f"{file.path}:{file.located.line_of(path)}"
        if route.name in self._names:
            self._add(file, (*path, "name"), f"{label}the name is already taken in {self._names[route.name]}")
        elif route.name == DEFAULT_ROUTE and not route.match.fits_everything:
            self._add(file, (*path, "match"), f'{label}takes what no other route takes; leave out "match"')
        elif self._catch_all and route.name != DEFAULT_ROUTE:
            self._add(file, path, f"{label}is never used: {self._catch_all} before it takes every request")
        self._names.setdefault(route.name, where)
        if route.match.fits_everything and route.name != DEFAULT_ROUTE:
            self._catch_all = self._catch_all or f'route "{route.name}" ({where})'

    def _valid(
        self, model: type[Written], data: Any, file: _File, path: tuple[str | int, ...], label: str
    ) -> bool:
        try:
            model.model_validate(data)
        except ValidationError as error:
            for mistake in explain(error, model):
                self._add(file, (*path, *mistake.path), label + mistake.message)
            return False
        return True

    def _add(self, file: _File, path: tuple[str | int, ...], message: str, *, below: int = 0) -> None:
        self.problems.append(PolicyProblem(file.path, file.located.line_of(path) + below, message))


def _label(what: str, path: tuple[str | int, ...], own: Any) -> str:
    """``route "billing": ``, or by its number where it has no name."""
    name = own.get("name") if isinstance(own, dict) else None
    return f'{what} "{name}": ' if isinstance(name, str) else f"{what} {int(path[-1]) + 1}: "


def merged(defaults: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """``own`` over ``defaults``, mapping by mapping: a route that sets one threshold keeps the others."""
    both = dict(defaults)
    for key, value in own.items():
        base = both.get(key)
        both[key] = merged(base, value) if isinstance(base, dict) and isinstance(value, dict) else value
    return both


def _contradictions(route: Treatment, own: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What a route asks for that cannot be done sentence by sentence, once part of the answer has left."""
    if route.delivery == "whole":
        return
    for key in ("contradicted", "unsupported", "account_unsupported"):
        if getattr(route, key) == "refuse":
            yield (
                key,
                f'"{key}: refuse" needs "delivery: whole": a sentence that has left cannot be taken back',
            )
    if "reask" in own and route.reask.times:
        yield "reask", '"reask" needs "delivery: whole": a sentence that has left cannot be asked for again'
