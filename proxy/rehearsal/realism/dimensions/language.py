"""The language that messages are written in."""

from __future__ import annotations

from proxy.rehearsal.realism.dimensions.dimension import Categories

LANGUAGE = Categories(
    "language",
    "the language of messages",
    lambda message: message.language,
    lambda language: f"are in the language {language}",
)
