"""Terms that are written like defined ones, with capitals or quotation marks, and defined nowhere in the corpus."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from proxy.authoring.lint.papers import Papers, note
from proxy.authoring.lint.prose import Sentence
from proxy.corpus.documents import PassageKind
from proxy.corpus.problems import Problem

_WORD = r"[A-Z][a-z]+(?:-[A-Za-z][a-z]+)*"
_TERM = re.compile(rf"(?<![\w.’'-]){_WORD}(?: (?:of )?{_WORD}){{0,3}}(?![\w’'-]*\w)")
_QUOTED = re.compile(rf"[\"“]({_WORD}(?: {_WORD}){{0,4}})[\"”]")
_SENTENCE_START = re.compile(r"(?:^|[.!?:;…|(\[\"“•–—/-])\s*(?:(?:§\s?)?[\d.]+[.)]?|\(?[a-z]\))?\s*\Z")
_DEFINES = re.compile(
    r"[\"”)]*\s*(?:\(.{1,60}?\)\s*)?"
    r"(?:means?\b|refers? to\b|(?:is|are) defined\b|shall mean\b|is an?\b|are\b|[:–—=])"
)
_INTRODUCED = re.compile(r"\((?:[^()]{0,60}?\s)?[\"“*]+([^\"”*()]{2,60})[\"”*]+\)")
# Capitals of their own, and what numbers follow ("Section 5").
_NAMES = re.compile(
    r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?|January|February|March|April|May|June|July|August|September|October"
    r"|November|December|(?:Section|Article|Rule|Annex|Appendix|Part|Chapter|Schedule|Table|Figure|Page|Step|Box)s?"
)
LEAST_USES = 2  # of several words; one word alone is oftener a name


def check(papers: Papers) -> Iterator[Problem]:
    lower = _lower_case_words(papers)
    defined = _defined(papers)
    used: dict[str, list[Sentence]] = defaultdict(list)
    for sentence in papers.every_sentence():
        for term in dict.fromkeys(_terms(sentence, lower)):
            used[term].append(sentence)
    for term, sentences in used.items():
        if len(sentences) >= LEAST_USES + (" " not in term) and not _is_defined(term, defined):
            yield _undefined(term, sentences)


def _undefined(term: str, sentences: list[Sentence]) -> Problem:
    first = sentences[0]
    documents = len({sentence.passage.document.id for sentence in sentences})
    where = f"{documents} documents" if documents > 1 else "this document"
    message = (
        f'"{term}" is written like a defined term ({len(sentences)} times in {where}) and defined nowhere; say '
        f"what it means, or write it without capitals: {first.quote}"
    )
    return note(first.passage.document, first.line_of(term), message)


def _terms(sentence: Sentence, lower: frozenset[str]) -> Iterator[str]:
    """Words with capitals in the midst of a sentence that are common words elsewhere, so that they are no names."""
    text = sentence.text
    for match in _TERM.finditer(text):
        if _SENTENCE_START.search(text[: match.start()]) or sentence.passage.kind is PassageKind.TABLE_ROW:
            continue
        words = [word for word in match.group().split() if word[0].isupper()]
        if not _NAMES.fullmatch(words[0]) and all(_is_common(word.casefold(), lower) for word in words):
            yield match.group()


def _is_common(word: str, lower: frozenset[str]) -> bool:
    return word in lower or word.removesuffix("s") in lower or f"{word}s" in lower


def _lower_case_words(papers: Papers) -> frozenset[str]:
    return frozenset(
        word for sentence in papers.every_sentence() for word in re.findall(r"\b[a-z]{3,}\b", sentence.text)
    )


def _defined(papers: Papers) -> frozenset[str]:
    """What the corpus says the meaning of: headings, titles, first columns of tables, and sentences that define."""
    found: set[str] = set()
    for item in papers.read:
        for passage in item.passages:
            found |= {heading.casefold() for heading in passage.heading_path}
            if passage.kind is PassageKind.TABLE_ROW:
                found |= {cell.strip(" *_").casefold() for cell in passage.text.strip("| ").split("|")}
            found |= {match[1].strip(" .:").casefold() for match in _INTRODUCED.finditer(passage.text)}
        for sentence in papers.sentences[item.document.id]:
            for pattern in (_TERM, _QUOTED):
                for match in pattern.finditer(sentence.text):
                    if _DEFINES.match(sentence.text, match.end()):
                        found.add(match.group().strip('"“”').casefold())
    return frozenset(found)


def _is_defined(term: str, defined: frozenset[str]) -> bool:
    folded = term.casefold()
    names = {folded, folded.removesuffix("s"), f"{folded}s"}
    return bool(names & defined) or any(folded in one for one in defined)
