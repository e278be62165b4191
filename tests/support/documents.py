"""Documents: those that are shipped, and such as are written into a folder, as editors do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from proxy.corpus.folder import read_source
from proxy.corpus.reading import ReadDocument
from proxy.corpus.sources import open_source

SHIPPED = Path(__file__).parents[2] / "policy_corpus"
Write = Callable[..., Path]


def shipped() -> tuple[ReadDocument, ...]:
    return read_source(open_source(SHIPPED)).documents


def writer(folder: Path) -> Write:
    """``write("a.md", "text", title="A")``: a document with front matter, replaced in one step as editors do."""

    def write_document(name: str, body: str, **front: str) -> Path:
        head = "".join(f"{key}: {value}\n" for key, value in front.items())
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f".{path.name}.new")
        new.write_text(f"---\n{head}---\n{body}\n" if front else body, encoding="utf-8")
        return new.replace(path)

    return write_document
