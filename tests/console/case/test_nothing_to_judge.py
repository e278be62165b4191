"""A case whose answer has no sentence to judge says why, and what is to be done instead."""

from __future__ import annotations

from console.case import moffatt

from proxy.console.case.customer import told_by_tools
from proxy.console.case.page import nothing_to_judge

_NO_CHOICE = {"choice": 0, "delivered_text": "I have passed it on.", "refusal": None, "claims": []}


def test_a_question_that_never_reached_the_model_is_told_apart_from_a_text_that_is_not_kept() -> None:
    not_asked = moffatt.decision(choices=[{**_NO_CHOICE, "model_text": ""}], unverified_reason="not_asked")
    assert nothing_to_judge(not_asked).heading == "The model gave no answer."
    textless = moffatt.decision(choices=[{"choice": 0}], unverified_reason="not_asked")
    assert nothing_to_judge(textless).heading == "The model gave no answer."
    assert "not kept" in nothing_to_judge(moffatt.decision(choices=[{"choice": 0}])).text
    assert "not kept" in nothing_to_judge(None).text


def test_an_answer_in_which_nothing_can_be_checked_is_there_to_be_read() -> None:
    thanks = moffatt.decision(choices=[{**_NO_CHOICE, "model_text": "You are welcome!"}])
    assert "Read all of it" in nothing_to_judge(thanks).text


def test_what_tools_told_is_read_line_by_line() -> None:
    fare = {
        "source": "get_booking",
        "text": '{"fare": "Flex", "total": {"amount": 412.6}}',
        "succeeded": True,
    }
    words = {"source": "search", "text": "nothing <b>found</b>", "succeeded": False}
    read, searched, forgotten = told_by_tools([fare, words, {"source": "look_up"}])
    assert (read.tool, read.text, read.failed) == ("get_booking", "fare: Flex\ntotal amount: 412.6", False)
    assert (searched.text, searched.failed) == ("nothing <b>found</b>", True)
    assert forgotten.text is None
