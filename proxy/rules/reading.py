"""``policies/*.yaml`` to ``Policies``, with every mistake named by file, line, and route or rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from proxy.rules.candidate_options import FILE_NAMES as CANDIDATE_FILES
from proxy.rules.candidate_options import CandidateReading
from proxy.rules.context_options import BUILT_IN_CONTEXT
from proxy.rules.context_reading import FILE_NAMES as CONTEXT_FILES
from proxy.rules.context_reading import ContextReading
from proxy.rules.launch_options import BUILT_IN_LAUNCH, LaunchReading
from proxy.rules.launch_options import FILE_NAMES as LAUNCH_FILES
from proxy.rules.match import Written
from proxy.rules.mistakes import Path as KeyPath
from proxy.rules.policies import DEFAULT_ROUTE, Policies, Route, Treatment, policies_of
from proxy.rules.problems import PoliciesError, PolicyFile, PolicyProblem, Reading, label_of
from proxy.rules.queue_reading import QueueReading
from proxy.rules.recovery_options import BUILT_IN_RECOVERY, RecoveryReading
from proxy.rules.recovery_options import FILE_NAMES as RECOVERY_FILES
from proxy.rules.rule_reading import RuleReading
from proxy.rules.schema import schema_of

# What stands in them stands in no other file.
OWN_FILES = (*CONTEXT_FILES, *RECOVERY_FILES, *LAUNCH_FILES, *CANDIDATE_FILES)
TOP_LEVEL = ("defaults", "routes", "rules", "queues", "tests", "switched_off")


def policy_files(folder: Path) -> list[Path]:
    """The YAML files of a folder in the order in which their routes and rules are tried: by name."""
    return sorted(path for path in folder.iterdir() if path.suffix in (".yaml", ".yml") and path.is_file())


def policy_texts(folder: Path | None) -> dict[str, str]:
    """What the folder's files say, by their paths; nothing without a folder. Raises PoliciesError."""
    if folder is None:
        return {}
    try:
        return {
            str(Path(folder.name) / path.name): path.read_text(encoding="utf-8")
            for path in policy_files(folder)
        }
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or error
        raise PoliciesError((PolicyProblem(str(folder), None, f"cannot be read: {why}"),)) from None


def read_policies(folder: Path | None) -> Policies:
    """All policies of a folder; without one, the built-in route and the shipped rules. Raises PoliciesError."""
    return policies_from(policy_texts(folder))


def policies_from(texts: Mapping[str, str]) -> Policies:
    """Policies from texts by their paths, in that order. Raises PoliciesError with all problems found."""
    context, problems = _own_file(
        texts, CONTEXT_FILES, ContextReading(), ContextReading.context, BUILT_IN_CONTEXT,
        "the context is already declared",
    )  # fmt: skip
    recovery, late = _own_file(
        texts, RECOVERY_FILES, RecoveryReading(), RecoveryReading.recovery, BUILT_IN_RECOVERY,
        "the targets are already set",
    )  # fmt: skip
    launch, unready = _own_file(
        texts, LAUNCH_FILES, LaunchReading(), LaunchReading.launch, BUILT_IN_LAUNCH,
        "the criteria are already set",
    )  # fmt: skip
    candidate, untried = _own_file(
        texts, CANDIDATE_FILES, CandidateReading(), CandidateReading.candidate, None,
        "a candidate is already named",
    )  # fmt: skip
    reading = _Reading()
    files = [
        file
        for path, text in texts.items()
        if Path(path).name not in OWN_FILES and (file := reading.parse(path, text, TOP_LEVEL))
    ]
    defaults = reading.defaults(files)
    routes = [route for file in files for route in reading.routes(file, defaults)]
    named = next((route for route in routes if route.name == DEFAULT_ROUTE), None)
    default = named or Route.model_validate({**defaults, "name": DEFAULT_ROUTE})
    # Routes with mistakes are not all there, so that rules are not held against them.
    deliveries = {} if reading.problems else {route.name: route.delivery for route in (*routes, default)}
    # Built-in facts keep their types also where they are declared wrong: that is told once, and not in each rule.
    schema = schema_of({**context.types, **BUILT_IN_CONTEXT.types})
    ruling, queueing = RuleReading(schema, deliveries), QueueReading(schema, deliveries)
    rules, suites = ruling.rules(files)
    queues = queueing.queues(files)
    problems = [*problems, *late, *unready, *untried, *reading.problems, *ruling.problems, *queueing.problems]
    if problems:
        raise PoliciesError(tuple(problems))
    others = [route for route in routes if route.name != DEFAULT_ROUTE]
    return policies_of(others, default, rules, context, suites, queues, recovery, launch, candidate)


def _named(texts: Mapping[str, str], names: Sequence[str]) -> dict[str, str]:
    return {path: text for path, text in texts.items() if Path(path).name in names}


W = TypeVar("W", bound=Written | None)
R = TypeVar("R", bound=Reading)


def _own_file(
    texts: Mapping[str, str], names: Sequence[str], reading: R, read: Callable[[R, str, str], W], built_in: W,
    declared: str,
) -> tuple[W, list[PolicyProblem]]:  # fmt: skip
    """What stands in the one file that may have it; where there is none, what is built in."""
    given = _named(texts, names)
    if not given:
        return built_in, []
    (first, text), *more = given.items()
    found = read(reading, first, text)
    twice = [PolicyProblem(path, None, f"{declared} in {first}; keep one of them") for path, _ in more]
    return found, [*reading.problems, *twice]


class _Reading(Reading):
    """One reading of all files' routes."""

    def __init__(self) -> None:
        super().__init__()
        self._catch_all: str | None = None

    def defaults(self, files: list[PolicyFile]) -> dict[str, Any]:
        """The ``defaults:`` block, which one file may have and which holds for the routes of all files."""
        given = [file for file in files if file.data.get("defaults") is not None]
        for file in given[1:]:
            where = given[0].place(("defaults",))
            self._add(file, ("defaults",), f'"defaults" is already given in {where}; one file may have it')
        if not given:
            return {}
        defaults = given[0].data["defaults"]
        treatment = self._valid(Treatment, defaults, given[0], ("defaults",), "defaults: ")
        if treatment is None:
            return {}
        for key, problem in _contradictions(treatment, {}):
            self._add(given[0], ("defaults", key), f"defaults: {problem}")
        return dict(defaults)

    def routes(self, file: PolicyFile, defaults: dict[str, Any]) -> Iterator[Route]:
        for path, own in self._listed(file, "routes"):
            route = self._route(file, path, own, defaults)
            if route is not None:
                yield route

    def _route(self, file: PolicyFile, path: KeyPath, own: Any, defaults: dict[str, Any]) -> Route | None:
        label = label_of("route", path, own)
        # Checked alone first: a mistake is then always one of this route's own lines.
        if self._valid(Route, own, file, path, label) is None:
            return None
        route = Route.model_validate(merged(defaults, own))
        for key, problem in _contradictions(route, own):
            self._add(file, (*path, key), label + problem)
        self._check_reachable(file, path, label, route)
        return route

    def _check_reachable(self, file: PolicyFile, path: KeyPath, label: str, route: Route) -> None:
        is_default, takes_all = route.name == DEFAULT_ROUTE, route.match.fits_everything
        free = self._take_name("route", route.name, file, path, label)
        if free and is_default and not takes_all:
            self._add(file, (*path, "match"), f'{label}takes what no other route takes; leave out "match"')
        elif free and self._catch_all and not is_default:
            self._add(file, path, f"{label}is never used: {self._catch_all} before it takes every request")
        if takes_all and not is_default:
            self._catch_all = self._catch_all or f'route "{route.name}" ({file.place(path)})'


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
