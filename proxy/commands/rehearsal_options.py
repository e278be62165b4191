"""The options that commands share which play suites."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

Upstream = Literal["recorded", "live"]
Context = Literal["then", "live"]

SuiteArgument = Annotated[
    Path, typer.Argument(metavar="SUITE", help="A file of `cxai rehearse record`, or its folder.")
]
UpstreamOption = Annotated[
    Upstream, typer.Option(help="Answers as they were recorded, or by the provider of the settings.")
]
ContextOption = Annotated[
    Context, typer.Option("--context", help="As it was known then, or by the sources of the policies.")
]
SeedOption = Annotated[int, typer.Option(help="Another one draws other conversations, and hits others.")]
SampleOption = Annotated[
    int | None, typer.Option("--limit", min=1, help="Draw so many conversations; all without it.")
]
ProcessesOption = Annotated[
    int | None, typer.Option("--processes", min=1, help="By default one for each core.")
]
ResultsOption = Annotated[
    Path | None,
    typer.Option("--to", metavar="FILE", help="The results; where they are begun, they are gone on with."),
]
PlayedTenantOption = Annotated[str, typer.Option("--tenant", help="By whose documents and policies.")]
