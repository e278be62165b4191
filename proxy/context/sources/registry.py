"""The kinds of sources, by the name that ``kind:`` has in ``policies/context.yaml``.

A new kind is its options in rules/context_options.py, a file here, and a line in both registries.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from proxy.context.sources.file import open_file
from proxy.context.sources.headers import open_headers
from proxy.context.sources.http import open_http
from proxy.context.sources.ledger import open_ledger
from proxy.context.sources.source import Source, Surroundings
from proxy.context.sources.sql import open_sql
from proxy.rules.context_options import Kind, Origin, SourceOptions

Opening = Callable[[SourceOptions, Mapping[str, Origin], Surroundings], Source]

SOURCES: dict[Kind, Opening] = {
    "http": open_http,
    "sql": open_sql,
    "file": open_file,
    "headers": open_headers,
    "ledger": open_ledger,
}


def open_source(options: SourceOptions, origins: Mapping[str, Origin], surroundings: Surroundings) -> Source:
    """The source that these options describe; ``origins`` says where in it each fact stands."""
    return SOURCES[options.kind](options, origins, surroundings)
