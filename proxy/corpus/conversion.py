"""PDF, DOCX and HTML to Markdown, by markitdown (the ``documents`` extra)."""

from __future__ import annotations

import io
import re
from pathlib import PurePosixPath

from proxy.corpus.problems import CorpusError

_CONVERTERS = {
    ".pdf": "PdfConverter",
    ".docx": "DocxConverter",
    ".html": "HtmlConverter",
    ".htm": "HtmlConverter",
}
CONVERTED_SUFFIXES = frozenset(_CONVERTERS)
_BULLET = re.compile(r"^[ \t]*[•◦▪●‣][ \t]+", re.MULTILINE)


def convert_to_markdown(path: str, content: bytes) -> str:
    """The file's text as Markdown; ``path`` is for its suffix and for messages.

    Raises:
        CorpusError: markitdown is not installed, the file is broken, or it has no text (a scan).
    """
    suffix = PurePosixPath(path).suffix.lower()
    missing = f'reading {suffix} files needs an extra: pip install "cxai-proxy[documents]"'
    try:
        from markitdown import MissingDependencyException, StreamInfo, converters
    except ImportError:
        raise CorpusError(path, None, missing) from None
    # The one converter for this kind of file: markitdown's own choice falls back to reading a broken PDF as text.
    converter = getattr(converters, _CONVERTERS[suffix])()
    try:
        text = str(converter.convert(io.BytesIO(content), StreamInfo(extension=suffix)).markdown)
    except MissingDependencyException:
        raise CorpusError(path, None, missing) from None
    except Exception as error:  # each converter raises its own kinds
        raise CorpusError(
            path, None, f"the file cannot be converted to text ({_reason(error)}); export it again"
        ) from error
    if not text.strip():
        raise CorpusError(path, None, "the file has no text (a scanned page?); add a version with text in it")
    # Bullets and page ends of PDFs, as Markdown has them.
    return _BULLET.sub("- ", text.replace("\f", "\n\n"))


def _reason(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else type(error).__name__
