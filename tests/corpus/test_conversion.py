"""PDF, DOCX and HTML: read through markitdown, or a clear word about what is missing."""

from __future__ import annotations

import io
import sys
import zipfile

import pytest

from proxy.corpus.documents import PassageKind
from proxy.corpus.problems import CorpusError
from proxy.corpus.reading import read_content

HTML = """<html><head><title>x</title><script>no()</script></head><body><h1>Fees</h1><p>A change costs &euro;40.</p>
<table><tr><th>Fare</th><th>Fee</th></tr><tr><td>Flex</td><td>none</td></tr></table></body></html>"""
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"


def make_docx(text: str) -> bytes:
    files = {
        "[Content_Types].xml": f'<Types xmlns="{TYPES}"><Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{MAIN}"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{RELATIONS}">'
        f'<Relationship Id="r1" Type="{OFFICE}" Target="word/document.xml"/></Relationships>',
        "word/document.xml": f'<w:document xmlns:w="{WORD}"><w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:body>'
        "</w:document>",
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def make_pdf(text: str) -> bytes:
    stream = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
        " /Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    body, offsets = "%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(body))
        body += f"{number} 0 obj\n{content}\nendobj\n"
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    size = len(objects) + 1
    end = f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<< /Size {size} /Root 1 0 R >>\n"
    return (body + end + f"startxref\n{len(body)}\n%%EOF\n").encode()


def test_html_keeps_its_headings_and_tables() -> None:
    paragraph, row = read_content("fees.html", HTML.encode()).passages
    assert (paragraph.section, paragraph.reading) == ("Fees", "A change costs €40.")
    assert (row.kind, row.reading) == (PassageKind.TABLE_ROW, "Fare: Flex. Fee: none.")
    assert row.document.text[row.start : row.end] == row.text


def test_bullets_of_a_pdf_are_list_items() -> None:
    (item,) = read_content("fees.pdf", make_pdf("\\225 A change costs 40 euros.")).passages
    assert (item.kind, item.text) == (PassageKind.LIST_ITEM, "A change costs 40 euros.")


@pytest.mark.parametrize(("suffix", "make"), [("docx", make_docx), ("pdf", make_pdf)])
def test_docx_and_pdf_become_passages(suffix: str, make) -> None:  # type: ignore[no-untyped-def]
    read = read_content(f"fees.{suffix}", make("A change costs 40 euros."))
    assert [passage.text for passage in read.passages] == ["A change costs 40 euros."]
    assert read.document.id == "fees"


@pytest.mark.parametrize(
    ("name", "content"), [("fees.pdf", b"%PDF-1.4 cut off"), ("fees.docx", b"PK no archive")]
)
def test_a_broken_file_is_named(name: str, content: bytes) -> None:
    with pytest.raises(
        CorpusError, match=rf"{name}: the file cannot be converted to text \(.*\); export it again"
    ):
        read_content(name, content)


def test_a_pdf_without_text_is_named() -> None:
    with pytest.raises(CorpusError, match="the file has no text"):
        read_content("fees.pdf", make_pdf(""))


def test_without_the_extra_the_message_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "markitdown", None)
    with pytest.raises(CorpusError, match=r'fees\.docx: .* pip install "cxai-proxy\[documents\]"'):
        read_content("fees.docx", make_docx("x"))
