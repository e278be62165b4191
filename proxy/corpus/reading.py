"""One file of the corpus, read: its document, its passages, and what its author should know."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from proxy.corpus.conversion import CONVERTED_SUFFIXES, convert_to_markdown
from proxy.corpus.documents import Document, Passage
from proxy.corpus.front_matter import FrontMatter, read_front_matter
from proxy.corpus.markdown import Heading, Parsed, parse_markdown
from proxy.corpus.problems import CorpusError, Problem, Severity

MAX_BYTES = 20 * 1024 * 1024
MARKDOWN_SUFFIXES = frozenset({".md", ".markdown", ".txt"})
READ_SUFFIXES = MARKDOWN_SUFFIXES | CONVERTED_SUFFIXES


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """A document with its passages; ``empty_headings`` are sections in which nothing stands.

    ``key_lines`` has the line (from 1) of each key of the front matter.
    """

    document: Document
    passages: tuple[Passage, ...]
    warnings: tuple[Problem, ...] = ()
    empty_headings: tuple[Heading, ...] = ()
    key_lines: tuple[tuple[str, int], ...] = ()

    def line_of(self, key: str) -> int | None:
        return dict(self.key_lines).get(key)


def read_document(path: Path, root: Path, content: bytes) -> ReadDocument:
    """Reads the bytes of ``path``, which stands somewhere below the corpus folder ``root``; touches no file.

    Raises:
        CorpusError: the file is empty, too large, not UTF-8, or its front matter is broken.
    """
    return read_content(path.relative_to(root).as_posix(), content)


def read_content(path: str, content: bytes) -> ReadDocument:
    """As :func:`read_document`, for a path that is already relative to the corpus folder."""
    _check_size(path, content)
    text = _text(path, content)
    front = read_front_matter(text, path)
    parsed = parse_markdown(text, front.body_start)
    document = Document(
        id=document_id(path),
        path=path,
        text=text,
        content_hash=hashlib.sha256(content).hexdigest(),
        **{"title": _title(path, parsed), **front.values},
    )
    return ReadDocument(
        document,
        _passages(document, parsed),
        tuple(_warnings(path, front, parsed)),
        parsed.empty,
        tuple(front.lines.items()),
    )


def document_id(path: str) -> str:
    """``airline/bereavement-fares.md`` is the document ``airline/bereavement-fares``."""
    return PurePosixPath(path).with_suffix("").as_posix()


def _check_size(path: str, content: bytes) -> None:
    if not content.strip():
        raise CorpusError(path, None, "the file is empty; write the policy into it, or remove it")
    if len(content) > MAX_BYTES:
        size, limit = len(content) / 2**20, MAX_BYTES // 2**20
        raise CorpusError(path, None, f"the file has {size:.0f} MB, at most {limit} MB are read; split it")


def _text(path: str, content: bytes) -> str:
    if PurePosixPath(path).suffix.lower() in CONVERTED_SUFFIXES:
        return convert_to_markdown(path, content)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = len(re.findall(rb"\r\n?|\n", content[: error.start])) + 1
        byte = content[error.start]
        raise CorpusError(
            path, line, f"the file is not UTF-8 (byte 0x{byte:02x}); save it as UTF-8"
        ) from error


def _title(path: str, parsed: Parsed) -> str:
    for heading in parsed.headings:
        if heading.text:
            return heading.text
    return PurePosixPath(path).stem.replace("-", " ").replace("_", " ").strip().capitalize() or path


def _passages(document: Document, parsed: Parsed) -> tuple[Passage, ...]:
    return tuple(
        Passage(
            document=document,
            number=number,
            kind=piece.kind,
            heading_path=_heading_path(document.title, piece.heading_path),
            text=document.text[piece.start : piece.end],
            reading=piece.reading,
            start=piece.start,
            end=piece.end,
            line_start=piece.line_start,
            line_end=piece.line_end,
        )
        for number, piece in enumerate(parsed.pieces, start=1)
    )


def _heading_path(title: str, headings: tuple[str, ...]) -> tuple[str, ...]:
    """From the title down; the first heading usually repeats it."""
    if headings and headings[0].casefold() == title.casefold():
        return (title, *headings[1:])
    return (title, *headings)


def _warnings(path: str, front: FrontMatter, parsed: Parsed) -> list[Problem]:
    found = list(front.warnings)
    converted = PurePosixPath(path).suffix.lower() in CONVERTED_SUFFIXES
    if not front.present:
        advice = (
            "no front matter, so it holds always, everywhere and for everybody; "
            + ("replace it by a Markdown file with" if converted else "begin the file with")
            + " --- title, owner, effective_from, jurisdiction, audience ---"
        )
        found.append(Problem(path, 1, advice, Severity.WARNING))
    if not parsed.pieces:
        found.append(
            Problem(path, None, "nothing in it can prove anything: it has no text", Severity.WARNING)
        )
    return found
