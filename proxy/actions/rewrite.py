"""Rewrite: a sentence that policy does not support is replaced by the policy's own words, with the citation.

A repair is made per sentence and sees only the text before it, so that a stream and a whole answer get the same one.
"""

from __future__ import annotations

import re

from proxy.context.system_documents import SYSTEM_DOCUMENT
from proxy.corpus.documents import PassageKind
from proxy.grounding.judging import Judgement
from proxy.grounding.text.markdown_lines import plain
from proxy.grounding.types import FROM_CONTEXT, FROM_TOOL, Evidence, Label

# Below this cosine a passage is about something else, and quoting it would answer another question.
ON_TOPIC_COSINE = 0.45

_LINE_MARK = re.compile(r"^\s*(?:[-*+]|\d+[.)]|#{1,6}|>)\s+")


def rewrite_evidence(judgement: Judgement) -> Evidence | None:
    """The policy quote that may stand in for the claim; None where policy has nothing on its topic.

    A passage that contradicts the claim is about it by definition; for an unsupported one retrieval must have come
    near. Tool results are not policy, and a system prompt is not public: neither is ever quoted.
    """
    evidence = judgement.verdict.evidence
    quotes = [one for one in evidence if _is_public(one)]
    if not quotes:
        return None
    if judgement.verdict.label is Label.CONTRADICTED and _is_public(evidence[0]):
        return quotes[0]
    near = {hit.passage.document.id for hit in judgement.hits[:3] if hit.semantic >= ON_TOPIC_COSINE}
    return next((quote for quote in quotes if quote.document in near), None)


def rewritten(judgement: Judgement, text_before: str) -> str | None:
    """What the customer reads in the claim's place; None where policy has no words for it."""
    evidence = rewrite_evidence(judgement)
    return policy_words(evidence, quote_of(judgement, evidence), text_before) if evidence else None


def _is_public(evidence: Evidence) -> bool:
    return (
        not evidence.document.startswith((FROM_TOOL, FROM_CONTEXT)) and evidence.document != SYSTEM_DOCUMENT
    )


def policy_words(evidence: Evidence, quote: str, text_before: str) -> str:
    """The sentence that stands in for a bad one; empty where the text before already says it."""
    if quote in text_before:
        return ""
    opening = f"Our policy ({citation(evidence)}) says:"
    return f"It also says: “{quote}”" if opening in text_before else f"{opening} “{quote}”"


def citation(evidence: Evidence) -> str:
    """``Bereavement fares › After travel``, followed by the document's public address where it names one."""
    place = evidence.section or evidence.title or evidence.document
    if evidence.title and not place.startswith(evidence.title):
        place = f"{evidence.title} › {place}"
    return f"{place}, {evidence.url}" if evidence.url else place


def quote_of(judgement: Judgement, evidence: Evidence) -> str:
    """The quote as it reads by itself: a table row with its column heads, anything else without Markdown's marks."""
    for hit in judgement.hits:
        passage = hit.passage
        if passage.id == evidence.passage_id and passage.kind is PassageKind.TABLE_ROW:
            return passage.reading
    return readable(evidence.quote)


def readable(quote: str) -> str:
    """The quote on one line, without Markdown's marks: the words are the policy's, the layout need not be."""
    lines = (_LINE_MARK.sub("", line).replace("|", " ") for line in quote.splitlines())
    return plain(" ".join(lines))
