"""A suite's questions as single turns, each in every wording and by every channel."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from proxy.rehearsal.consistency.wordings import Given, wordings_of
from proxy.rehearsal.suite.model import Conversation, JsonObject, Turn

CHANNELS = "chat", "email"


@dataclass(frozen=True, slots=True)
class Variant:
    """A question in one wording by one channel. ``played`` is a conversation of this one turn, after all before it."""

    question: str
    wording: str
    channel: str
    played: Conversation


def variants(
    conversations: Iterable[Conversation], given: Given, channels: Sequence[str] = CHANNELS
) -> Iterator[list[Variant]]:
    """For each question that a text answered its variants, which should come to the same.

    The first is the question as it was asked, by the first channel.
    """
    for conversation in conversations:
        for number, (turn, messages) in enumerate(conversation.requests()):
            if turn.answer.content and (question := _question(messages)):
                wordings = wordings_of(question, given)
                case = conversation.model_copy(update={"id": f"{conversation.id}:{number}"})
                yield [
                    Variant(
                        question, name, channel, _asked(case, channel, name, turn, [*messages[:-1], last])
                    )
                    for channel in channels
                    for name, text in wordings.items()
                    for last in [{**messages[-1], "content": text}]
                ]


def _asked(
    case: Conversation, channel: str, wording: str, turn: Turn, messages: Sequence[JsonObject]
) -> Conversation:
    asked = turn.model_copy(update={"messages": tuple(messages), "continues": False})
    return case.model_copy(
        update={"id": f"{case.id}:{channel}:{wording}", "channel": channel, "turns": (asked,)}
    )


def _question(messages: Sequence[JsonObject]) -> str | None:
    """What the customer asks, where that is a text and the last thing that was said."""
    last = messages[-1] if messages else {}
    content = last.get("content")
    return content if last.get("role") == "user" and isinstance(content, str) and content.strip() else None
