"""Any request, and any answer of the provider, at every guarded door: an honest answer or an honest error."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fuzz.amount import examples
from fuzz.inputs import DOORS, damaged, headers, json_bytes, mostly, odd_values, requests, scripts, texts
from fuzz.place import Place
from fuzz.promises import check, check_left
from fuzz.upstream import Script
from hypothesis import given, note
from hypothesis import strategies as st

OF_REQUESTS = 0.07  # for each door
OF_ANSWERS = 0.11
OF_LEAVING = 0.01


@pytest.mark.parametrize("door", DOORS)
def test_any_request(place: Place, door: str) -> None:
    bodies = mostly(json_bytes(damaged(requests(door))), json_bytes(odd_values) | st.binary(max_size=200))

    @examples(OF_REQUESTS)
    @given(body=bodies, headers=headers, said=st.lists(texts, min_size=1, max_size=3))
    def ask(body: bytes, headers: list[tuple[bytes, bytes]], said: list[str]) -> None:
        note(f"{body!r} {headers} {said}")
        place.upstream.script, place.upstream.texts = None, said
        check(place, door, place.ask(DOORS[door], body, headers))

    ask()


@pytest.mark.parametrize("door", DOORS)
def test_any_answer(place: Place, door: str) -> None:
    cases = requests(door).flatmap(
        lambda request: st.tuples(st.just(request), scripts(door, streamed=bool(request.get("stream"))))
    )

    @examples(OF_ANSWERS)
    @given(cases)
    def ask(case: tuple[Any, Script]) -> None:
        request, place.upstream.script = case
        note(f"{request} {place.upstream.script}")
        check(place, door, place.ask(DOORS[door], json.dumps(request).encode()))

    ask()


@pytest.mark.parametrize("door", DOORS)
def test_a_client_that_leaves(place: Place, door: str) -> None:
    """What it read until then was guarded, and is on record."""
    cases = requests(door).flatmap(
        lambda asked: st.tuples(st.just({**asked, "stream": True}), scripts(door, streamed=True))
    )

    @examples(OF_LEAVING)
    @given(case=cases, pieces=st.integers(1, 6))
    def ask(case: tuple[Any, Script], pieces: int) -> None:
        request, place.upstream.script = case
        note(f"{request} {place.upstream.script}")
        answered = place.ask(DOORS[door], json.dumps(request).encode(), leaves_after=pieces)
        check_left(place, answered)

    ask()
