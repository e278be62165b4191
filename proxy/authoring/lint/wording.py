"""Wording that no checker can hold an answer to: it leaves open when something holds, how much, or who decides."""

from __future__ import annotations

import re
from collections.abc import Iterator

from proxy.authoring.lint.papers import Papers, note
from proxy.authoring.lint.prose import Sentence
from proxy.corpus.problems import Problem

_WE = r"(?:we|the (?:company|carrier|bank|provider|seller|insurer|operator|airline))"
# What to do about it, and the words: longer ones first, so that they are the ones that are quoted.
_OPEN: dict[str, str] = {
    "say what always holds, and list the exceptions": r"""
        in most (?:cases|circumstances); most of the time; as a (?:general )?rule; in general; in principle
        under normal circumstances; usually; normally; generally; typically; ordinarily; commonly; mostly
        (?<!as )often; sometimes; occasionally; rarely; from time to time
        """,
    "say on what it depends, and who decides": rf"""
        (?:at|in) (?:our|its|their|the \w+(?:'s|’s)?) (?:sole |own |absolute |full )?discretion; discretionary
        reserves? the right; (?:on a )?case[- ]by[- ]case(?: basis)?; as (?:we|it) sees? fit
        if (?:we|it) (?:consider|deem|believe|think)s?; (?:is|are|be) deemed (?:necessary|appropriate)
        subject to (?:availability|change|approval);
        {_WE} (?:may|might)(?! not)(?![^.;]*\bonly (?:if|when|where|for|after)\b)
        """,
    "give the number, the time or the list": r"""
        within (?:a )?reasonable (?:time|period); reasonabl[ey]; as soon as (?:reasonably )?possible
        in (?:a timely manner|good time|due course); without (?:undue|unreasonable) delay; promptly
        shortly (?:after|before); for (?:some|a certain) time; (?:a few|several) (?:days|weeks|hours|months)
        adequate(?:ly)?; sufficient(?:ly)?; appropriate(?:ly)?; excessive(?:ly)?; significant(?:ly)?
        substantial(?:ly)?; suitable
        """,
    "give the exact figure, or the limit": r"""
        approximately; roughly; (?:about|around)(?= [$€£]?\d); in the region of
        """,
    "say when it applies": rf"""
        (?:where|when|wherever|whenever|if) (?:applicable|appropriate|possible|necessary|needed|practicable)
        as (?:needed|required(?! by)|necessary|appropriate); (?:to the extent|insofar as) (?:reasonably )?possible
        {_WE} (?:try|aim|strive|endeavou?r|do our best|make every effort)s? to; best efforts?
        (?:may|might) (?:vary|differ|apply(?=[.,:)]|$)|be subject to|be (?:due|higher|lower|different|required))
        (?:may|might) be (?:asked|charged|refused|delayed)
        """,
    "list all of them, or say what decides": r"""
        etc; and so (?:on|forth); and the like; or (?:something )?similar; among (?:other things|others)
        including,? but not limited to; and/or
        """,
}
_REMEDIES = tuple(_OPEN)


def _either(phrases: str) -> str:
    return "|".join(phrase.strip() for phrase in re.split(r"[;\n]", phrases) if phrase.strip())


_PHRASES = re.compile(
    "|".join(
        rf"(?P<g{number}>(?<![\w-])(?:{_either(phrases)})(?![\w-]))"
        for number, phrases in enumerate(_OPEN.values())
    ),
    re.IGNORECASE,
)


def check(papers: Papers) -> Iterator[Problem]:
    for sentence in papers.every_sentence():
        found = list(_PHRASES.finditer(sentence.text))
        if found:
            yield _listed(sentence, found)


def _listed(sentence: Sentence, found: list[re.Match[str]]) -> Problem:
    words = ", ".join(f'"{word}"' for word in dict.fromkeys(match.group().casefold() for match in found))
    remedies = dict.fromkeys(_REMEDIES[int(str(match.lastgroup)[1:])] for match in found)
    message = (
        f"no answer can be held to {words}; {', and '.join(remedies)}, or leave it out: {sentence.quote}"
    )
    return note(sentence.passage.document, sentence.line_of(found[0].group()), message)
