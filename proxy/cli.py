"""The command line, ``cxai``. Each command is in ``commands/``; a new one is a line in ``COMMANDS``."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, MutableMapping
from importlib import import_module
from pkgutil import resolve_name
from typing import Annotated, Any, cast

import typer
from typer.core import TyperGroup
from typer.main import get_group

from proxy.commands.options import CommandError

BAD_INPUT = 2
DEBUG_VARIABLE = "CXAI_LOG_LEVEL"

# What each name is, and the modules that add further commands to it. One command alone is loaded, for reading all of
# them takes a fifth of a second.
COMMANDS: dict[str, tuple[str, ...]] = {
    "serve": ("serve:serve",),
    "check": ("check:check",),
    "calibrate": ("calibrate:calibrate",),
    "answers": ("records:answers",),
    "escalations": ("records:escalations",),
    "promises": ("customers:promises",),
    "drill": ("drill:drill",),
    "settings": ("settings_list:settings",),
    "corpus": ("corpus:corpus", "conflicts", "corpus_coverage", "corpus_diff", "history", "probe"),
    "context": ("context:context", "context_reports"),
    "policies": ("policies:policies",),
    "report": ("records:report", "report_month"),
    "customers": ("customers:customers",),
    "db": ("database:database",),
    "keys": ("keys:keys",),
    "rules": ("rules:rules", "rules_changes", "rules_injection", "rules_trial"),
    "users": ("users:users",),
    "review": ("review:review", "review_simulation"),
    "failures": ("failures:failures", "failures_told"),
    "recovery": ("recovery:recovery", "recovery_simulation"),
    "audit": ("audit:audit",),
    "recall": ("recall:recall", "recall_check", "recall_corrections"),
    "canary": ("canary:canary",),
    "rehearse": (
        "rehearse:rehearse",
        "rehearse_compare",
        "rehearse_consistency",
        "rehearse_levels",
        "rehearse_draw",
        "rehearse_drift",
        "rehearse_register",
        "rehearse_report",
        "rehearse_run",
        "rehearse_shadow",
    ),
}


class _Loaded(Mapping[str, Any]):
    """The commands by name, each loaded when it is asked for."""

    def __getitem__(self, name: str) -> Any:
        place, *additions = COMMANDS[name]
        named = resolve_name(f"proxy.commands.{place}")
        for module in additions:
            import_module(f"proxy.commands.{module}")
        alone = typer.Typer(rich_markup_mode=None)
        if isinstance(named, typer.Typer):
            alone.add_typer(named, name=name)
        else:
            alone.command(name)(named)
        return get_group(alone).commands[name]

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


class _Commands(TyperGroup):
    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.commands = cast(MutableMapping[str, Any], _Loaded())


app = typer.Typer(
    name="cxai",
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="A proxy that checks every claim of a customer chatbot's answer against the company's own policies.",
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"cxai {version('cxai-proxy')}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Options that come before any command."""


def main() -> None:
    """Run ``cxai``. Bad input ends with one clear message and status 2, a mistake of ours with status 1."""
    try:
        app()
    except CommandError as error:
        print(f"cxai: {error}", file=sys.stderr)
        sys.exit(BAD_INPUT)
    except BrokenPipeError:
        # The reader has seen enough (`cxai answers | head`); Python would complain again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Exception as error:
        if os.environ.get(DEBUG_VARIABLE, "").lower() == "debug":
            raise
        print(
            f"cxai: unexpected error: {type(error).__name__}: {error} (set {DEBUG_VARIABLE}=debug for the details)",
            file=sys.stderr,
        )
        sys.exit(1)


if __name__ == "__main__":
    main()
