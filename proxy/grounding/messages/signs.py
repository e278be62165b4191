"""What a customer's message asks for beside information: a person, redress, something about their own account."""

from __future__ import annotations

from dataclasses import dataclass

from proxy.grounding.messages.person_wording import asks_for_person
from proxy.grounding.messages.reading import readable
from proxy.grounding.policy.features import Embed


@dataclass(frozen=True, slots=True)
class MessageSigns:
    """``about_account``: it asks about the customer's own records, tells of them, or wants something done to them."""

    wants_person: bool = False
    is_complaint: bool = False
    about_account: bool = False


def signs_of(text: str, embed: Embed) -> MessageSigns:
    """The signs of one message of a customer, by wording and by meaning; ``embed`` maps a text to a unit vector."""
    own = readable(text)
    return MessageSigns(wants_person=asks_for_person(own))
