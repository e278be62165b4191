"""What the simulated customers ask and the simulated chatbot answers: all of it true, as dashboards like it.

The answers rest on the shipped documents of the telecom and on what a tool says of the account.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

MODEL = "simulated-telecom-chatbot"
CHANNEL = "chat (simulated)"


@dataclass(frozen=True, slots=True)
class Dialogue:
    """``bill`` is what the tool says of the account, where the chatbot asks it."""

    question: str
    answer: str
    bill: float | None = None

    @property
    def messages(self) -> tuple[Mapping[str, Any], ...]:
        """As OpenAI's clients send them."""
        asked: dict[str, Any] = {"role": "user", "content": self.question}
        if self.bill is None:
            return (asked,)
        call = {
            "id": "call_1",
            "type": "function",
            "function": {"name": "get_latest_bill", "arguments": "{}"},
        }
        told = {"bill": {"total": {"amount": self.bill, "currency": "GBP"}, "status": "open"}}
        return (
            asked,
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "call_1", "content": json.dumps(told)},
        )


GENERAL = (
    Dialogue(
        "I'm switching to another provider. Do I have to cancel with you first?",
        "No, you don't need to cancel. When you move your number to another provider, your contract with us ends on "
        "the day of the move, and no notice is charged.",
    ),
    Dialogue(
        "What does the monthly roaming pass cost?", "The pass for zone 1 costs £18 for 30 days in a row."
    ),
    Dialogue(
        "How can one cancel a SIM-only plan?",
        "You can cancel in the app or by chat, and the notice is 30 days.",
    ),
    Dialogue("Is there a fee for paying by card?", "There is no fee for paying by card in the app."),
    Dialogue("Can I cancel in a shop?", "Our shops cannot take cancellations."),
    Dialogue("Hello!", "Hello! How can I help you today?"),
)
WRONG = Dialogue("Do your shops take cancellations?", "Yes, our shops also take cancellations.")
WRONG_SHARE = 0.01
ACCOUNT_SHARE = 0.4

ABOUT_COMPLAINT = Dialogue("Is there any news on my case?", "Of course. How can I help you?")
THANKS = Dialogue("Thank you so much!", "You're very welcome!")
PERSON_SAID = (
    "I am sorry that you were sent back to the chatbot. I have looked at your complaint, and it stays with me until it "
    "is settled. (simulated)"
)

GAP = (
    "The CRM has a complaint only hours after the call. No text says what the chatbot may answer about the account "
    "until then. (simulated)"
)


def account(random: Random) -> Dialogue:
    """True, and no help to who has complained about just that bill."""
    bill = random.randrange(2000, 12000) / 100
    return Dialogue(
        "How much is my bill this month?",
        f"I've checked your account: your latest bill comes to £{bill:.2f}.",
        bill,
    )


def ordinary(random: Random) -> Dialogue:
    """What a customer without a complaint asks."""
    if random.random() < WRONG_SHARE:
        return WRONG
    return account(random) if random.random() < ACCOUNT_SHARE else random.choice(GENERAL)
