"""What a customer's message asks for beside information: a person, redress, something about their own account."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from proxy.grounding.messages.account_wording import concerns_account
from proxy.grounding.messages.classifier import SIGNS, SignModel, models_from_json
from proxy.grounding.messages.complaint_wording import complains, is_content
from proxy.grounding.messages.cues import cues_of
from proxy.grounding.messages.person_wording import asks_for_person, wants_no_person
from proxy.grounding.messages.reading import meaning_of, readable, without_courtesies
from proxy.grounding.policy.features import Embed
from proxy.grounding.text.language import is_measured
from proxy.models.shipped import message_signs_json

_SAID: dict[str, Callable[[str], bool]] = {
    "wants_person": asks_for_person,
    "is_complaint": complains,
    "about_account": concerns_account,
}
_DENIED: dict[str, Callable[[str], bool]] = {"wants_person": wants_no_person, "is_complaint": is_content}


@dataclass(frozen=True, slots=True)
class MessageSigns:
    """``about_account``: it asks about the customer's own records, tells of them, or wants something done to them."""

    wants_person: bool = False
    is_complaint: bool = False
    about_account: bool = False


def signs_of(text: str, embed: Embed) -> MessageSigns:
    """The signs of one message of a customer; ``embed`` maps a text to a unit vector and is asked at most once.

    What is said in so many words settles a sign, either way. The rest is weighed by wording and meaning together; in
    a language other than English, which the classifier does not know, nothing is. Raises ValueError where the vector is
    none.
    """
    own = readable(text)
    plain = without_courtesies(own)
    said = {sign: _is_said(sign, own, plain) for sign in SIGNS}
    open_signs = [sign for sign in SIGNS if not said[sign] and not _is_denied(sign, plain)]
    if open_signs and plain and is_measured(plain.lower()):
        vector, cues = embed(meaning_of(plain)), np.array(cues_of(plain), dtype=np.float32)
        if not np.isfinite(vector).all():
            raise ValueError("the encoder gave no number")  # which would be taken for a message without signs
        said.update({sign: _models()[sign].sees(vector, cues) for sign in open_signs})
    return MessageSigns(**said)


def is_open(sign: str, text: str) -> bool:
    """Whether the wording of a message settles nothing about the sign, so that the classifier is asked."""
    own = readable(text)
    plain = without_courtesies(own)
    return not _is_said(sign, own, plain) and not _is_denied(sign, plain)


def _is_said(sign: str, own: str, plain: str) -> bool:
    """Whether the wording of a readable text, or of it without courtesies, settles that the sign is there."""
    return _SAID[sign](own) or _SAID[sign](plain)


def _is_denied(sign: str, text: str) -> bool:
    """Whether the wording settles that it is not, where it is not said."""
    return sign in _DENIED and _DENIED[sign](text)


@lru_cache(maxsize=1)
def _models() -> Mapping[str, SignModel]:
    return models_from_json(message_signs_json())
