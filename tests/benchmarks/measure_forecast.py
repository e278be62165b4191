"""How often the forecast's interval holds what came, over draws of the shipped suites. Plays them first, for minutes.

    PYTHONPATH=.:tests .venv/bin/python tests/benchmarks/measure_forecast.py [--draws 50] [--play]

With ``--play`` each conversation is played alone and three times with production's operators, and what came is written
to tests/data/rehearsed; without it, what was written last is drawn from.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from conftest import ROOT
from support.shipped_suites import NAMES, SUITES, forecasts, held, write_played

from proxy.demo.rehearsal import COMPANIES
from proxy.rehearsal.replay.results import outcomes_in
from proxy.rehearsal.report.answers import MEASURES
from proxy.rehearsal.suite.drawing import read_draws

OPERATOR_SEEDS = (1, 2, 3)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=50)
    parser.add_argument("--play", action="store_true")
    given = parser.parse_args()
    if given.play:
        for company in COMPANIES:
            play(company.name, company.corpus)
    for name in NAMES:
        for measure in MEASURES.values():
            found = list(forecasts(name, measure, range(given.draws)))
            share = held(found)
            pilot = sum(one.forecast.pilot.share for one in found) / len(found)
            value = sum(one.forecast.prediction.value for one in found) / len(found)
            came = sum(one.came.share for one in found if one.came) / len(found)
            width = sum(one.forecast.prediction.high - one.forecast.prediction.low for one in found) / len(
                found
            )
            print(
                f"{name}, {measure.words}: pilot {pilot:.1%}, predicted {value:.1%}, came {came:.1%} (means); "
                f"interval {100 * width:.0f} points wide; holds what came in {share.hits} of {share.n} "
                f"({share.low:.1%} to {share.high:.1%})"
            )


def play(name: str, corpus: Path) -> None:
    suite = SUITES / name
    operators = [part for one in read_draws(suite)["production"].operators for part in ("--with", one)]
    with TemporaryDirectory() as folder:
        files = [Path(folder) / f"{number}.jsonl" for number in (0, *OPERATOR_SEEDS)]
        for number, file in zip((0, *OPERATOR_SEEDS), files, strict=True):
            more = [*operators, "--seed", str(number)] if number else []
            where = ["--corpus", str(corpus), "--policies", str(ROOT / "policies"), "--to", str(file)]
            command = [sys.executable, "-m", "proxy.cli", "rehearse", "run", str(suite), *where, *more]
            subprocess.run(command, check=True, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)})
        write_played(name, map(outcomes_in, files))


if __name__ == "__main__":
    main()
