"""``policies/context.yaml`` to ``ContextOptions``, with every mistake named by file, line, and source or fact."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any, TypeVar

from proxy.rules.context_options import (
    BUILT_IN_CONTEXT,
    LEDGER,
    LEDGER_FACTS,
    LEDGER_SOURCE,
    NOT_FACTS,
    SOURCE_KINDS,
    ContextOptions,
    FactOptions,
    FileOptions,
    SourceOptions,
)
from proxy.rules.durations import Duration
from proxy.rules.fact_values import fact_value
from proxy.rules.jmespath_mistakes import mistake_in
from proxy.rules.match import Written
from proxy.rules.mistakes import Path, suggestion
from proxy.rules.problems import PolicyFile, Reading, label_of

FILE_NAMES = ("context.yaml", "context.yml")
TOP_LEVEL = ("budget", "sources", "facts")
LONGEST_BUDGET = timedelta(seconds=10)
# Words of CEL's own, and those that it keeps for later: a rule could not name such a fact.
_CEL_WORDS = frozenset(
    "in true false null as break const continue else for function if import let loop package namespace return "
    "var void while".split()
)
_Named = TypeVar("_Named", SourceOptions, FactOptions)


class _Budget(Written):
    budget: Duration = BUILT_IN_CONTEXT.budget


class ContextReading(Reading):
    """One reading of the file; what of it is right is in the result although there are problems."""

    def context(self, path: str, text: str) -> ContextOptions:
        file = self.parse(path, text, TOP_LEVEL)
        if file is None:
            return BUILT_IN_CONTEXT
        sources = _with_built_in(list(self._sources(file)), (LEDGER_SOURCE,))
        facts = list(self._facts(file, sources))
        context = ContextOptions(
            budget=self._budget(file), sources=sources, facts=_with_built_in(facts, LEDGER_FACTS)
        )
        context.places.update({name: place for (what, name), place in self._places.items() if what == "fact"})
        return context

    def _budget(self, file: PolicyFile) -> timedelta:
        given = {key: value for key, value in file.data.items() if key == "budget"}
        read = self._valid(_Budget, given, file, (), "")
        if read is None:
            return BUILT_IN_CONTEXT.budget
        if not timedelta(0) < read.budget <= LONGEST_BUDGET:
            self._add(file, ("budget",), '"budget" must be more than 0s and at most 10s')
        return read.budget

    def _sources(self, file: PolicyFile) -> Iterator[SourceOptions]:
        for path, own in self._listed(file, "sources"):
            source = self._source(file, path, own)
            if source is not None:
                yield source

    def _source(self, file: PolicyFile, path: Path, own: Any) -> SourceOptions | None:
        label = label_of("source", path, own)
        kind = own.get("kind") if isinstance(own, dict) else None
        if kind is not None and kind not in SOURCE_KINDS:
            shown = f'"{kind}"' if isinstance(kind, str) else "that"
            why = f'{label}"kind" cannot be {shown}{suggestion(str(kind), list(SOURCE_KINDS))}'
            self._add(file, (*path, "kind"), why)
            return None
        model = SOURCE_KINDS.get(kind or "", SourceOptions)
        source = self._valid(model, own, file, path, label)
        if source is None:
            return None
        if (source.name == LEDGER) != (source.kind == "ledger"):
            why = 'the name "ledger" is our own ledger\'s, which is always there; choose another name'
            self._add(file, (*path, "name"), label + why)
        self._take_name("source", source.name, file, path, label)
        return source

    def _facts(self, file: PolicyFile, sources: Sequence[SourceOptions]) -> Iterator[FactOptions]:
        known = {source.name: source for source in sources}
        # A source that could not be read is a problem once, and not again in each of its facts.
        named = [own.get("name") for _, own in _mappings(file.data.get("sources"))]
        for path, own in self._listed(file, "facts"):
            label = label_of("fact", path, own)
            fact = self._valid(FactOptions, own, file, path, label)
            if fact is not None:
                self._check(fact, file, path, label)
                self._check_origins(fact, known, named, file, path, label)
                yield fact

    def _check(self, fact: FactOptions, file: PolicyFile, path: Path, label: str) -> None:
        if fact.name in NOT_FACTS or fact.name in _CEL_WORDS:
            self._add(file, (*path, "name"), f"{label}rules need the name for something else; choose another")
        built_in = BUILT_IN_CONTEXT.types.get(fact.name)
        if built_in is not None and (fact.type != built_in or LEDGER not in fact.origins):
            why = f'is built in: it is of the type {built_in}, and "ledger" must stay in its "from"'
            self._add(file, path, label + why)
        if fact.max_age <= timedelta(0):
            self._add(file, (*path, "max_age"), f'{label}"max_age" must be more than 0s')
        if fact.keeps_promise is not None and fact.type != "time":
            why = f'{label}"keeps_promise" needs the time when it happened, but the fact is of the type {fact.type}'
            self._add(file, (*path, "keeps_promise"), why)
        if fact.protective_value is not None:
            self._check_value("protective_value", fact.protective_value, fact, file, path, label)
        elif fact.importance == "required":
            why = (
                'is required, so it needs a "protective_value": what is taken for true where it is not known'
            )
            self._add(file, path, label + why)

    def _check_value(
        self, key: str, value: Any, fact: FactOptions, file: PolicyFile, path: Path, label: str
    ) -> None:
        """Whether a value that is written in the file is one of the fact's type."""
        try:
            fact_value(value, fact.type)
        except ValueError as error:
            why = f'{label}"{key}" {error}, but the fact is of the type {fact.type}'
            self._add(file, (*path, key), why)

    def _check_origins(
        self,
        fact: FactOptions,
        sources: dict[str, SourceOptions],
        named: Sequence[Any],
        file: PolicyFile,
        path: Path,
        label: str,
    ) -> None:
        self._take_name("fact", fact.name, file, path, label)
        for name, origin in fact.origins.items():
            place = (*path, "from", name)
            source = sources.get(name)
            if source is None:
                if name not in named:
                    self._add(file, place, f'{label}unknown source "{name}"{suggestion(name, list(sources))}')
                continue
            for key, written in (("value", origin.value), ("true_at", origin.true_at)):
                if written is not None and (why := _unreadable(written, source)):
                    self._add(file, (*place, key), f'{label}"{written}" {why}')
            if origin.absent is not None:
                self._check_value("absent", origin.absent, fact, file, place, label)


def _unreadable(written: str, source: SourceOptions) -> str | None:
    """Why this cannot be the place of a fact in such a source; None where it can."""
    if source.kind == "ledger":
        known = [fact.name for fact in LEDGER_FACTS]
        return None if written in known else f"is nothing that our ledger says{suggestion(written, known)}"
    if source.kind != "http" and not (isinstance(source, FileOptions) and source.is_json):
        return None
    why = mistake_in(written)
    return None if why is None else f"is no JMESPath: {why}"


def _with_built_in(own: Sequence[_Named], built_in: Sequence[_Named]) -> tuple[_Named, ...]:
    """Those built in that are not declared anew, then the declared ones."""
    names = {one.name for one in own}
    return tuple([one for one in built_in if one.name not in names] + list(own))


def _mappings(listed: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    for index, own in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(own, dict):
            yield index, own
