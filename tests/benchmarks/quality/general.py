"""Attribution to general texts: is this statement borne out by that document? Rows held out from training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
from benchmarks.quality.cases import Case, policy_claim, retrieved
from benchmarks.quality.claim_tables import Judged
from benchmarks.quality.corpora import document_file
from benchmarks.quality.tables import Table

from proxy.corpus.corpus import Corpus
from proxy.corpus.reading import read_content
from proxy.models.embedder import Embedder
from proxy.models.training.inference_rows import SUPPORTED, Pair, general_dev_pairs
from proxy.models.training.measures import Figure, Scored, figures

GENERAL = "general"
ROWS_OF_EACH = 300


def general_cases(data: Path, embedder: Embedder, rows_of_each: int = ROWS_OF_EACH) -> list[Case]:
    """Up to so many rows of each set, drawn once and for all; each premise is a document of its own."""
    pairs = general_dev_pairs(data)
    drawn: list[Pair] = []
    for source in sorted({pair.source for pair in pairs}):
        rows = [pair for pair in pairs if pair.source == source]
        drawn += Random(0).sample(rows, min(rows_of_each, len(rows)))
    return [_case(pair, embedder) for pair in drawn]


def _case(pair: Pair, embedder: Embedder) -> Case:
    corpus = Corpus([read_content("document.md", document_file("Document", pair.premise))], embedder)
    case = Case(
        kind=GENERAL,
        company=pair.source,
        document=pair.premise,
        question=None,
        claim=policy_claim(pair.hypothesis),
        label="supported" if pair.label == SUPPORTED else "unsupported",
        type=pair.source,
    )
    return replace(case, hits=retrieved(case, corpus))


def general_table(judged: Sequence[Judged]) -> Table:
    """Balanced accuracy by set, and over all rows: of the own verdict, or of the bar that suits the rows best (*)."""
    sources = sorted({case.company for case in judged[0].cases})
    counts = {source: sum(case.company == source for case in judged[0].cases) for source in sources}
    rows = []
    for each in judged:
        scored = each.scored()
        of = np.array([case.company for case in each.cases])
        name = each.checker.name + ("" if scored.accepted is not None else " *")
        parts = [scored, *(scored.take(of == source) for source in sources)]
        rows.append([name, *(_balanced(part) for part in parts), figures(scored, 200)["auroc_rest"]])
    heads = [f"{source} n={count}" for source, count in counts.items()]
    columns = ["checker", f"all n={len(judged[0].cases)}", *heads, "AUROC, all"]
    return Table(
        "general texts: balanced accuracy", columns, rows, "Held-out rows; 95% intervals by document."
    )


def _balanced(part: Scored) -> Figure:
    return figures(part, 200)["balanced_accuracy"]
