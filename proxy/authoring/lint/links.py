"""Links within the corpus that lead nowhere: to files and documents that are not there, and to no heading.

Addresses on the web are not fetched. A path from a website's root (``/help/refunds``) is not looked at either: only
the website knows it.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from urllib.parse import unquote, urlsplit

from markdown_it.token import Token
from rapidfuzz import process
from rapidfuzz.fuzz import ratio

from proxy.authoring.lint.papers import Papers, warning
from proxy.corpus.documents import Document
from proxy.corpus.front_matter import read_front_matter
from proxy.corpus.markdown import block_tokens, plain_inline
from proxy.corpus.problems import Problem
from proxy.corpus.reading import ReadDocument, document_id
from proxy.rules.mistakes import near

_NOT_IN_A_SLUG = re.compile(r"[^\w\- ]")
_ALIKE = 85.0  # of 100, of two files' names by their letters
_WEBSITE = re.compile(r"(?:[a-z\d-]+\.)+(?:com|org|net|io|gov|eu|uk|ca|de|ie)(?:/|\Z)", re.IGNORECASE)
_EVERYWHERE = frozenset({"index.md", "README.md", "index.html"})  # the same name says nothing then
_NAMED = re.compile(
    r"""<[a-z][^>]*\s(?:id|name)\s*=\s*["']?([^"'\s>]+)|\{\s*#([^\s}]+)\s*\}""", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Link:
    """``target`` as it is written, percent signs and all; ``line`` counts from 1."""

    target: str
    line: int


def check(papers: Papers) -> Iterator[Problem]:
    tokens = {item.document.id: _tokens(item.document) for item in papers.read}
    anchors = {name: anchors_in(of, papers.by_id[name].text) for name, of in tokens.items()}
    for item in papers.read:
        for link in links_in(tokens[item.document.id]):
            message = _broken(link.target, item, papers, anchors)
            if message:
                yield warning(item.document, link.line, message)


def _tokens(document: Document) -> list[Token]:
    return block_tokens(document.text, read_front_matter(document.text, document.path).body_start)


def links_in(tokens: Sequence[Token]) -> Iterator[Link]:
    """All links and images. A line's end within a paragraph is a token of its own, so that lines can be counted."""
    line = 0
    for token in tokens:
        line = token.map[0] if token.map else line
        at = line + 1
        for inner in token.children or ():
            at += inner.type in ("softbreak", "hardbreak")
            target = inner.attrGet("href" if inner.type == "link_open" else "src")
            if isinstance(target, str) and inner.type in ("link_open", "image"):
                yield Link(target, at)


def anchors_in(tokens: Sequence[Token], text: str) -> frozenset[str]:
    """What ``#...`` may name: headings as GitHub names them, and ids that the text sets itself."""
    found: set[str] = set()
    for token, following in pairwise(tokens):
        if token.type == "heading_open":
            slug = _slug(plain_inline(following.content))
            number = 0
            while (name := f"{slug}-{number}" if number else slug) in found:
                number += 1
            found.add(name)
    named = {match[1] or match[2] for match in _NAMED.finditer(text)}
    return frozenset(found | {name.casefold() for name in named})


def _slug(heading: str) -> str:
    """https://docs.github.com/en/get-started/writing-on-github, "Section links"."""
    return _NOT_IN_A_SLUG.sub("", heading.casefold().strip()).replace(" ", "-")


def _broken(
    target: str, item: ReadDocument, papers: Papers, anchors: dict[str, frozenset[str]]
) -> str | None:
    """What is wrong with a link, in words; None where nothing is, or it leads out to the web."""
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or parts.path.startswith("/"):
        return None
    path, anchor = unquote(parts.path), unquote(parts.fragment).casefold()
    document = papers.by_id.get(item.document.id) if not path else _document_at(path, item, papers)
    if document is None:
        return None if _is_there(path, item, papers) else _no_such_file(target, path, item, papers)
    if anchor and anchor not in anchors[document.id]:
        hint = (
            near(anchor, sorted(anchors[document.id]), of="#")
            or "; correct what follows the #, or leave it out"
        )
        return f'the link "{target}" leads to no heading of "{document.id}"{hint}'
    return None


def _resolved(path: str, item: ReadDocument) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(item.document.path), path))


def _document_at(path: str, item: ReadDocument, papers: Papers) -> Document | None:
    """The document that is meant: with its suffix, or without, as wikis link."""
    found = _resolved(path, item)
    for name in (document_id(found), found):
        document = papers.by_id.get(name)
        if document and found in (document.path, document.id):
            return document
    return None


def _is_there(path: str, item: ReadDocument, papers: Papers) -> bool:
    """What leads out of the folder is not ours to look at."""
    found = _resolved(path, item)
    return found.startswith("..") or papers.has_file(found)


def _no_such_file(target: str, path: str, item: ReadDocument, papers: Papers) -> str:
    if _WEBSITE.match(path):
        return f'the link "{target}" leads to a file that does not exist; did you mean "https://{target}"?'
    meant = _nearest_path(_resolved(path, item), papers)
    if meant is None:
        return f'the link "{target}" leads to a file that does not exist; correct it, or remove the link'
    written = posixpath.relpath(meant, posixpath.dirname(item.document.path) or ".")
    return f'the link "{target}" leads to a file that does not exist; did you mean "{written}"?'


def _nearest_path(path: str, papers: Papers) -> str | None:
    """The document whose file is called the same or nearly so, wherever it is."""
    name = posixpath.basename(path)
    if name in _EVERYWHERE:
        return None
    names = {document.path: posixpath.basename(document.path) for document in papers.by_id.values()}
    nearest = process.extractOne(name, names, scorer=ratio, score_cutoff=_ALIKE)
    return nearest[2] if nearest else None
