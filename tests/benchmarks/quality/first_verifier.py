"""The verifier of this project's first issue as a baseline: its last state (version 1), taken from the git history.

Its code is gone from the tree, so it runs in a process of its own whose ``proxy`` package is that of ``COMMIT``.
"""

from __future__ import annotations

import io
import os
import pickle
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

from benchmarks.quality.cases import Case
from benchmarks.quality.checkers import Checked

# The last commit before a trained entailment model was part of the judging.
COMMIT = "449783289c246f60c5144aa9ec347d63c94076d9"
ROOT = Path(__file__).parents[3]
CODE = ROOT / "build" / "bench" / "first-verifier"
PROCESS = Path(__file__).with_name("first_verifier_process.py")


class FirstVerifier:
    """Word alignment, typed values and embeddings under boosted trees: no entailment model."""

    name, probabilities = "first verifier", True

    def __init__(self) -> None:
        # -P: today's modules beside the script must not be found before those of then.
        self._process = subprocess.Popen(
            [sys.executable, "-P", PROCESS],
            env={**os.environ, "PYTHONPATH": str(CODE)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.version = str(self._told())

    def check(self, case: Case) -> Checked:
        """Judged on the same passages; a claim's reading and the facts as texts are what it knew of them."""
        asked = (case.claim, case.question, case.hits, [fact.text for fact in case.facts])
        assert self._process.stdin
        pickle.dump(asked, self._process.stdin)
        self._process.stdin.flush()
        confidence, label = self._told()
        return Checked(confidence, label == "supported", label)

    def close(self) -> None:
        """Its process ends where nothing more comes; that of a benchmark does so with the benchmark."""
        self._process.communicate()

    def _told(self) -> Any:
        assert self._process.stdout
        return pickle.load(self._process.stdout)


def first_verifier() -> list[FirstVerifier]:
    """None where this checkout has no such history (a shallow clone, an archive of sources); that is said."""
    archived = subprocess.run(["git", "archive", COMMIT, "proxy"], cwd=ROOT, capture_output=True, check=False)
    if archived.returncode:
        print(f"The first issue's verifier is left out: no commit {COMMIT[:7]} here.\n", flush=True)
        return []
    with tarfile.open(fileobj=io.BytesIO(archived.stdout)) as tree:
        tree.extractall(CODE, filter="data")
    return [FirstVerifier()]
