"""Features of how much of a claim the passages say: words, names and likeness, whatever they mean."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from rapidfuzz import fuzz

from proxy.corpus.documents import Hit
from proxy.grounding.policy.alignment import LONGEST_LINE, Aligned, Weights, heads_of
from proxy.grounding.policy.clauses import clauses_of
from proxy.grounding.policy.concepts import concepts_of
from proxy.grounding.text.words import words_of

_NAME = re.compile(r"(?<=[a-z,;] )[A-Z][\w'-]+")


def overlap_features(
    claim: str, question: str | None, aligned: Sequence[Aligned], hits: Sequence[Hit], weights: Weights
) -> dict[str, float]:
    best = aligned[0]
    terms = frozenset(concepts_of(claim))
    asked = frozenset(concepts_of(question or ""))
    everywhere = frozenset(term for each in aligned for term in each.line.terms)
    passage = frozenset(concepts_of(best.line.hit.passage.reading))
    heads = heads_of(best.line.hit)
    pair = best.line.terms | (aligned[1].line.terms if len(aligned) > 1 else frozenset())
    new = terms - asked
    text, line = claim[:LONGEST_LINE].lower(), best.line.text[:LONGEST_LINE].lower()
    return {
        "cover_line": best.coverage,
        "cover_pair": weights.share(pair, terms),
        "cover_passage": weights.share(passage | heads, terms),
        "cover_all": weights.share(everywhere | heads, terms),
        "cover_new": weights.share(passage | heads, new),
        "cover_reverse": best.reverse,
        "unknown_terms": math.log1p(len(terms - everywhere - asked - heads)),
        "terms": math.log1p(len(terms)),
        "likeness_set": best.likeness,
        "likeness_sort": fuzz.token_sort_ratio(text, line) / 100,
        "likeness_partial": fuzz.partial_ratio(text, line) / 100,
        "lexical_best": math.log1p(max(hit.lexical for hit in hits)),
        "topic": best.topic,
        "heads": weights.share(asked | terms, heads),
        "left_over": math.log1p(len(terms - passage - asked - heads)),
        "left_little": float(0 < len(terms - passage - asked - heads) <= 2 and best.coverage > 0.6),
        "weakest_clause": _weakest_clause(claim, aligned, asked | heads, weights),
        "names_unknown": math.log1p(len(_names(claim) - _names_in(best, aligned, question))),
        "names_elsewhere": math.log1p(len(_names(claim) - word_set(_place(best)) - word_set(question or ""))),
        "line_length": math.log1p(len(best.line.text)),
    }


def _weakest_clause(claim: str, aligned: Sequence[Aligned], given: frozenset[str], weights: Weights) -> float:
    """The coverage of the claim's least covered clause, each by the line that covers it best."""
    clauses = [frozenset(concepts_of(clause.text)) for clause in clauses_of(claim)]
    covered = [
        max(weights.share(each.line.terms | given, terms) for each in aligned[:20])
        for terms in clauses
        if len(terms) > 1
    ]
    return min(covered, default=1.0)


def _names(text: str) -> frozenset[str]:
    """Capitalised words inside a sentence: names of products, places, authorities."""
    return frozenset(match.lower() for match in _NAME.findall(text))


def _place(aligned: Aligned) -> str:
    passage = aligned.line.hit.passage
    return " ".join((passage.document.title, *passage.heading_path, passage.reading))


def _names_in(best: Aligned, aligned: Sequence[Aligned], question: str | None) -> frozenset[str]:
    return frozenset().union(word_set(question or ""), *(word_set(_place(each)) for each in aligned[:20]))


def word_set(text: str) -> frozenset[str]:
    return frozenset(words_of(text))
