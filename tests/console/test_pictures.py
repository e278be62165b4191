"""The pictures of docs/console.md are there, told in words, and small. ``scripts/screenshots`` takes them."""

from __future__ import annotations

import re

from console.screenshots import FOLDER, MOST_BYTES

PICTURE = re.compile(r"!\[([^\]]+)\]\(screenshots/([\w-]+\.png)\)")


def test_each_picture_is_shown_with_words_for_those_who_do_not_see_it_and_is_small() -> None:
    shown = PICTURE.findall((FOLDER.parent / "console.md").read_text(encoding="utf-8"))
    kept = {one.name: one.stat().st_size for one in FOLDER.iterdir()}
    assert sorted(name for _, name in shown) == sorted(kept)
    assert all(size < MOST_BYTES for size in kept.values()), kept
    assert all(len(words.split()) > 5 for words, _ in shown)
