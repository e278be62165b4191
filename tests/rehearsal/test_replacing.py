"""Personal details are replaced by others of their shape, the same by the same, wherever they stand."""

from __future__ import annotations

import json
import re
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.rehearsal.suite.model import Answer, Conversation, KnownFact, Label, Turn
from proxy.rehearsal.suite.replacing import Replacing

KEY = b"k" * 32
DETAILS = "mia_li_3668", "Mia", "Li", "NO6JO3", "mia.li@example.com", "1990-04-05"


def recorded() -> Conversation:
    profile = {"first_name": "Mia", "last_name": "Li", "dob": "1990-04-05", "email": "mia.li@example.com"}
    called = {"name": "get_user", "arguments": json.dumps({"user_id": "mia_li_3668"})}
    call = {"id": "call_1", "type": "function", "function": called}
    answer = "Thank you, Mia. Your booking NO6JO3 costs $121. Liability is limited."
    return Conversation(
        id="chat of mia_li_3668",
        customer="mia_li_3668",
        turns=(
            Turn(
                messages=({"role": "user", "content": "My id is mia_li_3668."},),
                answer=Answer(tool_calls=(call,)),
            ),
            Turn(
                messages=({"role": "tool", "tool_call_id": "call_1", "content": json.dumps(profile)},),
                answer=Answer(content=answer),
                labels=(Label(start=16, end=answer.index(" Liability"), label="supported"),),
                facts={"email": KnownFact(value="mia.li@example.com")},
            ),
        ),
    )


def test_no_detail_is_left_and_what_is_none_stays() -> None:
    one = Replacing(KEY).conversation(recorded())
    written = one.model_dump_json()
    assert not [detail for detail in DETAILS if re.search(rf"\b{re.escape(detail)}\b", written)]
    last = one.turns[1]
    assert last.answer.content and "costs $121. Liability is limited." in last.answer.content
    call = one.turns[0].answer.tool_calls[0]
    assert call["function"]["name"] == "get_user" and call["id"] == last.messages[0]["tool_call_id"]


def test_the_same_detail_is_the_same_everywhere() -> None:
    one = Replacing(KEY).conversation(recorded())
    asked, called, profile = (
        one.turns[0].messages[0],
        one.turns[0].answer.tool_calls[0],
        one.turns[1].messages[0],
    )
    told = json.loads(profile["content"])
    assert one.customer and one.customer in asked["content"] and one.id == f"chat of {one.customer}"
    assert json.loads(called["function"]["arguments"]) == {"user_id": one.customer}
    assert (one.turns[1].answer.content or "").startswith(f"Thank you, {told['first_name']}. ")
    assert one.turns[1].facts["email"].value == told["email"]


def test_labels_still_point_at_their_sentence() -> None:
    last = Replacing(KEY).conversation(recorded()).turns[1]
    text = (last.answer.content or "")[last.labels[0].start : last.labels[0].end]
    assert text.startswith("Your booking ") and text.endswith(" costs $121.")


def test_another_key_makes_other_details() -> None:
    assert Replacing(KEY).detail("mia_li_3668") != Replacing(b"other").detail("mia_li_3668")


def test_a_birth_date_stays_a_date_of_its_year() -> None:
    assert date.fromisoformat(Replacing(KEY).detail("1990-04-05")).year == 1990


@settings(max_examples=40)
@given(st.text(min_size=2, max_size=40))
def test_what_stands_in_its_place_has_the_same_length_and_shape(value: str) -> None:
    made = Replacing(KEY).detail(value)
    assert len(made) == len(value) and made == Replacing(KEY).detail(value)
    for before, after in zip(value, made, strict=True):
        assert before.isupper() == after.isupper() and before.isspace() == after.isspace()
