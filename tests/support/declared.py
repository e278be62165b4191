"""Context as ``policies/context.yaml`` declares it, written in a test."""

from __future__ import annotations

from textwrap import dedent

from proxy.rules.context_options import ContextOptions, FactOptions, SourceOptions
from proxy.rules.reading import policies_from


def declared(text: str) -> ContextOptions:
    return policies_from({"policies/context.yaml": dedent(text)}).context


def source_named(name: str, context: ContextOptions) -> SourceOptions:
    return next(source for source in context.sources if source.name == name)


def fact_named(name: str, context: ContextOptions) -> FactOptions:
    return next(fact for fact in context.facts if fact.name == name)
