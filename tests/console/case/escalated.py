"""A case as it comes about: a chat through the real proxy, whose answer breaks policy and is handed over."""

from __future__ import annotations

from uuid import uuid4

from conftest import RunningProxy

ROUTE = """
defaults:
  contradicted: escalate
  unsupported: escalate
routes:
  - name: airline
    documents: airline/*
    delivery: whole
    reask: {times: 0}
"""
QUESTION = "My grandmother died and I have flown already. Can I still get the bereavement fare?"
TRUE = "A bereavement fare gives you 15% off the Standard or Flex fare for the same flights."
INVENTED = (
    "If you have already travelled, submit your ticket for a reduced bereavement rate within 90 days of the date your "
    "ticket was issued."
)
ANSWER = f"{TRUE} {INVENTED}"


def escalate(
    proxy: RunningProxy,
    *,
    question: str = QUESTION,
    answer: str = ANSWER,
    conversation: str = "",
    customer: str = "",
) -> str:
    """Ask through the proxy, as somebody new where no customer is named; the case's reference.

    On a busy machine the first question of a proxy may not see in time that its customer has no open case, and go to
    people before the model is asked: then somebody else asks.
    """
    for _ in range(5):
        asker = customer or f"customer-{uuid4().hex[:8]}"
        proxy.provider.answers(answer)
        headers = {"x-cxai-conversation-id": conversation or asker, "x-cxai-customer-id": asker}
        told = proxy.ask(question, headers=headers).json()["cxai"]
        assert told["escalation"], told
        if told["claims"] or customer:
            break
    return str(told["escalation"]["ref"])
