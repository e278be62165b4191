"""A case as it comes about: a chat through the real proxy, whose answer breaks policy and is handed over."""

from __future__ import annotations

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
    conversation: str = "conversation-1",
    customer: str = "customer-1",
) -> str:
    """Ask through the proxy; the case's reference."""
    proxy.provider.answers(answer)
    headers = {"x-cxai-conversation-id": conversation, "x-cxai-customer-id": customer}
    told = proxy.ask(question, headers=headers).json()
    assert told["cxai"]["escalation"], told
    return str(told["cxai"]["escalation"]["ref"])
