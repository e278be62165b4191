"""Reading one file: the document it makes, its warnings, and why it cannot be read."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from proxy.corpus.problems import CorpusError, Severity
from proxy.corpus.reading import MAX_BYTES, ReadDocument, read_document

ROOT = Path("/policies")


def read(name: str, text: str) -> ReadDocument:
    return read_document(ROOT / name, ROOT, text.encode())


def error_of(content: bytes, name: str = "a.md") -> str:
    with pytest.raises(CorpusError) as caught:
        read_document(ROOT / name, ROOT, content)
    return str(caught.value)


def test_a_document_is_named_by_its_path_and_its_bytes() -> None:
    text = "---\ntitle: Refunds\n---\nText.\n"
    document = read("airline/refunds.md", text).document
    assert (document.id, document.path, document.title) == (
        "airline/refunds",
        "airline/refunds.md",
        "Refunds",
    )
    assert document.content_hash == hashlib.sha256(text.encode()).hexdigest()
    assert document.text == text


def test_passages_are_numbered_and_know_title_section_and_text() -> None:
    read_file = read("a.md", "---\ntitle: Refunds\n---\n# Refunds\n\nOne.\n\n## Fees\n\nTwo.\n")
    first, second = read_file.passages
    assert (first.id, first.section) == ("a#1", "Refunds")
    assert (second.id, second.section) == ("a#2", "Refunds › Fees")
    assert read_file.document.text[second.start : second.end] == second.text == "Two."
    assert second.document is read_file.document


@pytest.mark.parametrize(
    ("name", "text", "title"),
    [("a.md", "# Fees\n\nText.\n", "Fees"), ("change-fees_2024.md", "Text.\n", "Change fees 2024")],
)
def test_a_file_without_front_matter_works_with_a_warning(name: str, text: str, title: str) -> None:
    read_file = read(name, text)
    assert read_file.document.title == title
    assert read_file.passages
    (warning,) = read_file.warnings
    assert warning.severity is Severity.WARNING
    assert str(warning).startswith(
        f"{name}:1: no front matter, so it holds always, everywhere and for everybody"
    )


def test_a_byte_order_mark_does_not_hide_the_front_matter() -> None:
    assert read("a.md", "\ufeff---\ntitle: A\n---\nText.\n").document.title == "A"


def test_a_file_that_is_not_utf8_is_named_with_its_line() -> None:
    message = error_of("First.\nGebühr\n".encode("latin-1"))
    assert message == "a.md:2: the file is not UTF-8 (byte 0xfc); save it as UTF-8"


def test_an_empty_file_is_an_error() -> None:
    assert error_of(b" \n") == "a.md: the file is empty; write the policy into it, or remove it"


def test_a_huge_file_is_an_error() -> None:
    assert "at most 20 MB are read" in error_of(b"x" * (MAX_BYTES + 1))


def test_a_file_with_nothing_but_headings_has_a_warning() -> None:
    (warning,) = read("a.md", "---\ntitle: A\n---\n# A\n").warnings
    assert "nothing in it can prove anything" in warning.message
