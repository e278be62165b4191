"""``python -m proxy.demo.rehearsal``: the shipped suites drawn, played and reported, with no key and no network."""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from proxy.rehearsal.suite.drawing import read_draws
from proxy.rehearsal.suite.reading import open_suite

ROOT = Path(__file__).parents[2]
SUITES = ROOT / "policies" / "rehearsal"
SEED = 1


@dataclass(frozen=True, slots=True)
class Company:
    """A suite's folder, with its ``draws.yaml``, and the documents that its conversations were labelled by."""

    name: str
    suite: Path
    corpus: Path


COMPANIES = (
    Company("airline", SUITES / "airline", SUITES / "airline" / "documents"),
    Company("telecom", SUITES / "telecom", ROOT / "policy_corpus"),
)


def main() -> int:
    """The exit status of the first command that fails, or 0."""
    parser = argparse.ArgumentParser(prog="python -m proxy.demo.rehearsal", description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "rehearsal", help="where all of it goes")
    parser.add_argument("--only", choices=[one.name for one in COMPANIES], help="one of the suites")
    given = parser.parse_args()
    out: Path = given.out
    shutil.rmtree(out, ignore_errors=True)  # results of other policies are not gone on with
    out.mkdir(parents=True)
    chosen = [one for one in COMPANIES if given.only in (None, one.name)]
    for company in chosen:
        rehearse(company, out)
    cxai(out, "outcomes", "--database-url", _ledger(out))
    print("\nOpen in a browser:")
    for company in chosen:
        print(f"  {out / company.name}.html")
    return 0


def rehearse(company: Company, out: Path) -> None:
    """Raises subprocess.CalledProcessError."""
    name = company.name
    pilot, live, page = f"{name}.pilot.jsonl", f"{name}.live.jsonl", f"{name}.html"
    results, under, came = (f"{name}.{what}.results.jsonl" for what in ("pilot", "under", "live"))
    operators = [
        part for one in read_draws(company.suite)["production"].operators for part in ("--with", one)
    ]
    where = "--corpus", str(company.corpus), "--policies", str(ROOT / "policies")
    seed = "--seed", str(SEED)
    cxai(out, "draw", str(company.suite), "pilot", "--to", pilot, *seed)
    cxai(out, "draw", str(company.suite), "production", "--without", pilot, "--to", live, *seed)
    cxai(out, "run", pilot, *where, "--to", results)
    cxai(out, "run", pilot, *where, "--to", under, *operators)
    n = "--answers", str(_judged(out / live))  # by as many it will be held to account
    reported = pilot, results, "--live", live, "--under", under, *n, *where[2:]
    told = cxai(out, "predict", *reported, "--for", "30d", "--database-url", _ledger(out))
    cxai(out, "run", live, *where, "--to", came, *operators)
    cxai(out, "report", *reported, "--came", came, "--out", page)
    named = "--report", told.partition(":")[0], "--results", came
    cxai(out, "outcomes", *named, "--database-url", _ledger(out), quiet=True)


def cxai(folder: Path, *arguments: str, quiet: bool = False) -> str:
    """Run ``cxai rehearse`` in the folder, and show what it prints, which is returned."""
    print(f"\n$ cxai rehearse {shlex.join(arguments)}", flush=True)
    command = [sys.executable, "-m", "proxy.cli", "rehearse", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "CXAI_DATABASE_URL": ""}
    ran = subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    if not quiet:
        print(ran.stdout, end="", flush=True)
    return ran.stdout


def _judged(suite: Path) -> int:
    """How many answers have labels."""
    return sum(bool(turn.labels) for one in open_suite(suite).conversations() for turn in one.turns)


def _ledger(out: Path) -> str:
    return f"sqlite:///{out / 'cxai.db'}"


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)
