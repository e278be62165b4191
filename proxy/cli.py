"""The command line, ``cxai``. Each command is in ``commands/``."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from proxy.commands.audit import audit
from proxy.commands.calibrate import calibrate
from proxy.commands.check import check
from proxy.commands.conflicts import conflicts as _conflicts  # noqa: F401  (adds itself to `corpus`)
from proxy.commands.context import context
from proxy.commands.context_reports import compare as _compare  # noqa: F401  (adds itself to `context`)
from proxy.commands.corpus import corpus
from proxy.commands.corpus_coverage import coverage as _coverage  # noqa: F401  (adds itself to `corpus`)
from proxy.commands.corpus_diff import diff as _diff  # noqa: F401  (adds itself to `corpus`)
from proxy.commands.customers import customers, promises
from proxy.commands.database import database
from proxy.commands.drill import drill
from proxy.commands.failures import failures
from proxy.commands.failures_told import tell as _tell  # noqa: F401  (adds itself to `failures`)
from proxy.commands.history import show as _show  # noqa: F401  (adds itself to `corpus`)
from proxy.commands.keys import keys
from proxy.commands.options import CommandError
from proxy.commands.policies import policies
from proxy.commands.probe import probe as _probe  # noqa: F401  (adds itself to `corpus`)
from proxy.commands.recall import recall
from proxy.commands.recall_check import check as _recall_check  # noqa: F401  (adds itself to `recall`)
from proxy.commands.recall_corrections import draft as _draft  # noqa: F401  (adds itself to `recall`)
from proxy.commands.records import answers, escalations, report
from proxy.commands.recovery import recovery
from proxy.commands.recovery_simulation import simulate as _simulate_days  # noqa: F401  (adds itself to `recovery`)
from proxy.commands.rehearse import rehearse
from proxy.commands.rehearse_compare import compare_suites as _compare_suites  # noqa: F401  (likewise)
from proxy.commands.rehearse_run import run_suite as _run_suite  # noqa: F401  (adds itself to `rehearse`)
from proxy.commands.report_month import month as _month  # noqa: F401  (adds itself to `report`)
from proxy.commands.review import review
from proxy.commands.review_simulation import simulate as _simulate  # noqa: F401  (adds itself to `review`)
from proxy.commands.rules import rules
from proxy.commands.rules_changes import changes as _changes  # noqa: F401  (adds itself to `rules`)
from proxy.commands.rules_injection import inject as _inject  # noqa: F401  (adds itself to `rules`)
from proxy.commands.rules_trial import try_rules as _try_rules  # noqa: F401  (adds itself to `rules`)
from proxy.commands.serve import serve
from proxy.commands.settings_list import settings
from proxy.commands.users import users

BAD_INPUT = 2
DEBUG_VARIABLE = "CXAI_LOG_LEVEL"

app = typer.Typer(
    name="cxai",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="A proxy that checks every claim of a customer chatbot's answer against the company's own policies.",
)
for command in (serve, check, calibrate, answers, escalations, promises, drill, settings):
    app.command()(command)
app.add_typer(corpus, name="corpus")
app.add_typer(context, name="context")
app.add_typer(policies, name="policies")
app.add_typer(report, name="report")
app.add_typer(customers, name="customers")
app.add_typer(database, name="db")
app.add_typer(keys, name="keys")
app.add_typer(rules, name="rules")
app.add_typer(users, name="users")
app.add_typer(review, name="review")
app.add_typer(failures, name="failures")
app.add_typer(recovery, name="recovery")
app.add_typer(audit, name="audit")
app.add_typer(recall, name="recall")
app.add_typer(rehearse, name="rehearse")


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
