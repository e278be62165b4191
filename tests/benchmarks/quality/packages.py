"""Grounding checkers from PyPI that work offline, used as their authors mean them to be used.

They come into the benchmark's environment by ``scripts/bench``; one that is not installed is left out.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import replace
from importlib.metadata import version
from importlib.util import find_spec

from benchmarks.quality.cases import Case
from benchmarks.quality.checkers import Checked, Checker


class AncoraRag:
    """ancora-rag: weighted share of words, and each number of the claim must stand in a passage on its topic.

    Its documentation: "the number decides", whatever the score. So a claim that it rejects for a number ranks below
    all that it does not.
    """

    name, probabilities = "ancora-rag", False

    def __init__(self) -> None:
        from ancora import GroundingChecker

        self.version = version("ancora-rag")
        self._checker = GroundingChecker()

    def check(self, case: Case) -> Checked:
        from ancora.types import Chunk

        chunks = [
            Chunk(
                hit.passage.id,
                hit.passage.document.id,
                hit.passage.reading,
                hit.passage.start,
                hit.passage.end,
            )
            for hit in case.hits
        ]
        found = self._checker.check_claim(case.claim.reading, chunks)
        return Checked(found.support_score - bool(found.unsupported_numbers), found.supported)


class AnchorCite:
    """anchorcite, the core install: each clause of the claim is anchored to a sentence, by verbatim match or coverage.

    Its verdict is that of ``verify_answer`` with its own threshold; the score is the mean of the clauses' anchors
    without one. (Its model tier needs weights from a hub.)
    """

    name, probabilities = "anchorcite", False

    def __init__(self) -> None:
        from anchorcite import CitationAnchorer, LexicalScorer, split_claim_atoms, verify_answer

        self.version = version("anchorcite")
        self._scorer, self._verify, self._atoms = LexicalScorer(), verify_answer, split_claim_atoms
        self._any = CitationAnchorer(scorer=self._scorer, threshold=0.0)

    def check(self, case: Case) -> Checked:
        text = "\n".join(hit.passage.reading for hit in case.hits)
        claim = case.claim.reading.replace("<", " ").replace(">", " ")
        report = self._verify(f'<cite id="policy">{claim}</cite>', {"policy": text}, scorer=self._scorer)
        anchors = [self._any.anchor(atom, text) for atom in self._atoms(claim)]
        scores = [anchor.score if anchor else 0.0 for anchor in anchors]
        verified = bool(report.citations) and all(each.verified for each in report.citations)
        return Checked(sum(scores) / max(1, len(scores)), verified)


class GroundRails:
    """groundrails, the lexical grounder: recall features in a frozen logistic, with checks of numbers and names.

    What it calls contradicted ranks below all else. The tier is ``low``: the higher ones look for antonyms and
    translations that are downloaded, as its semantic cascade is; without these they are no better.
    """

    name, probabilities = "groundrails", True

    def __init__(self) -> None:
        os.environ.setdefault("GROUNDRAILS_HOME", tempfile.mkdtemp(prefix="groundrails-"))
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        import groundrails
        from groundrails.config import load_config
        from loguru import logger

        logger.remove()
        groundrails.init()
        self.version = version("groundrails")
        self._ground = groundrails.grounding_document
        self._config = replace(load_config(), lexical_effort="low")

    def check(self, case: Case) -> Checked:
        sources = [(hit.passage.id, hit.passage.reading) for hit in case.hits if hit.passage.reading.strip()]
        if not sources:
            return Checked(0.0, False)
        found = self._ground([case.claim.reading], sources, config=self._config)["claims"][0]
        score = 0.0 if found["contradiction"] and not found["grounded"] else found["score"]
        return Checked(score, found["grounded"])


PACKAGES = {"ancora": AncoraRag, "anchorcite": AnchorCite, "groundrails": GroundRails}


def installed_packages() -> list[Checker]:
    """Those that are there; scripts/bench says which are installed."""
    return [make() for module, make in PACKAGES.items() if find_spec(module)]
