"""The check door judges a text that goes nowhere."""

from __future__ import annotations

from conftest import RunningProxy, StartProxy

FALSE = "You can claim the bereavement fare within 90 days after your trip."
TRUE = "You must apply before you travel."


def test_a_draft_is_judged_sentence_by_sentence(proxy: RunningProxy) -> None:
    answer = f"Sorry to hear that. {TRUE} {FALSE}"
    response = proxy.post(
        "/v1/guard/check", {"question": "Bereavement fare?", "answer": answer, "author": "human"}
    )
    body = response.json()
    assert [claim["verdict"] for claim in body["claims"]][:2] == ["not_checkable", "supported"]
    assert body["claims"][2]["verdict"] in ("contradicted", "unsupported")
    assert all(answer[claim["start"] : claim["end"]] == claim["text"] for claim in body["claims"])
    assert body["decision"] == response.headers["x-cxai-decision"] == "rewrite"


def test_a_text_without_a_sentence_is_not_verified(proxy: RunningProxy) -> None:
    body = proxy.post("/v1/guard/check", {"answer": " \n"}).json()
    assert (body["verified"], body["unverified_reason"], body["claims"]) == (False, "no_text", [])


def test_a_check_makes_no_case(proxy: RunningProxy) -> None:
    body = proxy.post("/v1/guard/check", {"answer": "I have refunded $450 to your card."}).json()
    assert body["decision"] == "escalate" and body["escalation"] is None
    assert not [case for case in proxy.ledger().escalations() if case.response_id == body["response_id"]]


def test_tool_results_are_facts(proxy: RunningProxy) -> None:
    asked = {
        "answer": "Your reservation ZFA04Y is confirmed.",
        "tool_results": ['{"reservation_id": "ZFA04Y", "status": "confirmed"}'],
    }
    assert proxy.post("/v1/guard/check", asked).json()["decision"] == "deliver"


def test_unknown_fields_are_refused_by_name(proxy: RunningProxy) -> None:
    response = proxy.post("/v1/guard/check", {"answer": "x", "anwser": "y"})
    assert response.status_code == 400
    assert response.json()["error"]["param"] == "anwser"


def test_the_model_chooses_the_route(start_proxy: StartProxy) -> None:
    proxy = start_proxy(
        policies="routes:\n  - name: telecom\n    match: {model: telecom}\n    documents: telecom/*\n"
    )
    asked = {"answer": "Bereavement fares cannot be booked online.", "question": "Can I book it online?"}
    assert proxy.post("/v1/guard/check", asked).json()["decision"] == "deliver"
    assert proxy.post("/v1/guard/check", {**asked, "model": "telecom"}).json()["decision"] != "deliver"
