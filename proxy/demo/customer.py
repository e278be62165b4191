"""One conversation through the proxy with the official ``openai`` client, and whether it ended as it must."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from openai import OpenAI

from proxy.demo.conversations import Conversation, JsonObject


@dataclass(frozen=True, slots=True)
class Ending:
    """What the customer got; ``cxai`` is the proxy's account of it (design.md, "What comes back")."""

    text: str
    cxai: JsonObject

    @property
    def decision(self) -> str:
        return str(self.cxai.get("decision", "unknown"))

    @property
    def confidence(self) -> float | None:
        return self.cxai.get("confidence")

    @property
    def reference(self) -> str | None:
        return (self.cxai.get("escalation") or {}).get("ref")

    @property
    def rules(self) -> list[str]:
        """The names of the rules that fired."""
        return [rule["rule"] for rule in self.cxai.get("rules", ())]

    @property
    def was_asked(self) -> bool:
        """Whether a model was asked at all."""
        return self.cxai.get("unverified_reason") != "not_asked"

    @property
    def changed_claims(self) -> list[JsonObject]:
        return [claim for claim in self.cxai.get("claims", ()) if claim.get("action") != "deliver"]

    @property
    def deciding_claim(self) -> JsonObject | None:
        """The claim that was acted on; of an answer that was delivered, the one that was least sure."""
        if self.changed_claims:
            return self.changed_claims[0]
        judged = [claim for claim in self.cxai.get("claims", ()) if claim.get("confidence") is not None]
        return min(judged, key=lambda claim: float(claim["confidence"]), default=None)

    @property
    def evidence(self) -> JsonObject | None:
        """Document, section and quote that decided."""
        claim = self.deciding_claim
        return claim["evidence"][0] if claim and claim.get("evidence") else None


def talk(client: OpenAI, conversation: Conversation) -> Ending:
    """Send it as the company's chatbot would. Raises openai.OpenAIError."""
    request: dict[str, Any] = {
        "model": conversation.model,
        "messages": list(conversation.messages),
        "extra_headers": conversation.headers,
    }
    if conversation.stream:
        return _read(client.chat.completions.create(**request, stream=True))
    completion = client.chat.completions.create(**request)
    message = completion.choices[0].message
    return Ending(message.content or message.refusal or "", _cxai(completion))


def _read(chunks: Iterator[Any]) -> Ending:
    text = ""
    cxai: JsonObject = {}
    for chunk in chunks:
        delta = chunk.choices[0].delta if chunk.choices else None
        text += (delta.content or delta.refusal or "") if delta else ""
        cxai = _cxai(chunk) or cxai
    return Ending(text, cxai)


def _cxai(answer: Any) -> JsonObject:
    """The extra key: the client keeps what it does not know."""
    return dict((answer.model_extra or {}).get("cxai") or {})


def differences(conversation: Conversation, ending: Ending) -> list[str]:
    """How the conversation ended other than its file says, in words; empty where it did not."""
    expected = conversation.expected
    found = []
    if ending.decision != expected.decision:
        found.append(f"decision is {ending.decision}, not {expected.decision}")
    delivered = ending.text[: len(conversation.model_said)] if expected.rule else ending.text
    if expected.decision == "deliver" and delivered != conversation.model_said:
        found.append("the delivered text is not what the model said")
    if ending.was_asked == expected.unasked:
        found.append(f"a model was {'' if ending.was_asked else 'not '}asked")
    if ending.was_asked and ending.cxai.get("verified") is not True:
        found.append(f"not verified ({ending.cxai.get('unverified_reason') or 'no cxai object'})")
    if expected.rule and expected.rule not in ending.rules:
        found.append(f"no rule {expected.rule!r} fired ({', '.join(ending.rules) or 'none did'})")
    found += [f"does not say {text!r}" for text in expected.must_contain if text not in ending.text]
    found += [f"says {text!r}" for text in expected.must_not_contain if text in ending.text + _quoted(ending)]
    document = ending.evidence["document"] if ending.evidence else None
    if expected.document and document != expected.document:
        found.append(f"decided by {document or 'no document'}, not {expected.document}")
    return found


def _quoted(ending: Ending) -> str:
    """The evidence in the answer's JSON: a chatbot may show it, so the customer has been told it."""
    return json.dumps([claim.get("evidence") for claim in ending.cxai.get("claims", ())], ensure_ascii=False)
