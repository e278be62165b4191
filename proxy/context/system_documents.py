"""System and developer messages as official documents, on the routes that say so (``system_as_documents``).

They prove claims, but are never quoted to a customer: a system prompt is not a public text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from proxy.context.tool_results import content_text
from proxy.corpus.corpus import Corpus
from proxy.corpus.embeddings import TextEmbedder
from proxy.corpus.reading import read_content

SYSTEM_DOCUMENT = "system-message"
_KEPT = 32


class SystemDocuments:
    """Indexes the system messages of a conversation; the same text is indexed once. Thread-safe."""

    def __init__(self, embedder: TextEmbedder) -> None:
        self._embedder = embedder
        self._indexed = lru_cache(maxsize=_KEPT)(self._index)

    def corpus(self, text: str) -> Corpus:
        """The system messages' text (see ``system_text``) as a corpus of one document."""
        return self._indexed(text)

    def _index(self, text: str) -> Corpus:
        # The heading keeps a text that begins with "---" from being read as front matter.
        content = f"# System message\n\n{text}".encode("utf-8", errors="replace")
        return Corpus([read_content(f"{SYSTEM_DOCUMENT}.md", content)], self._embedder)


def system_text(messages: Sequence[Mapping[str, Any]]) -> str:
    """What the operator wrote: the system and developer messages, joined by blank lines."""
    texts = (
        content_text(message.get("content"))
        for message in messages
        if message.get("role") in ("system", "developer")
    )
    return "\n\n".join(text for text in texts if text.strip())
