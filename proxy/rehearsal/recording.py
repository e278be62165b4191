"""Recorded traffic made into a suite: requests become conversations, a sample is drawn, personal data is replaced."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from proxy.rehearsal.sources.registry import SOURCES
from proxy.rehearsal.sources.source import Exchange, Given, said_by
from proxy.rehearsal.suite.model import Conversation, Head, JsonObject, Label, Sampling, Turn
from proxy.rehearsal.suite.replacing import Find, Replacing

Labels = Mapping[tuple[str, int], Sequence[Label]]  # by conversation and number of the message
EVERY, DRAWN = "all conversations", "a simple random sample of the conversations"


@dataclass(frozen=True, slots=True)
class Recording:
    """How a suite is recorded: at most ``most`` conversations, drawn by ``seed``.

    Personal details are replaced, also those that ``find_too`` finds, unless they are kept.
    """

    name: str
    source: str
    most: int | None = None
    seed: int = 1
    keep_personal_data: bool = False
    find_too: Find | None = None
    licence: str | None = None
    labels: Labels = field(default_factory=dict)


def record(recording: Recording, given: Given) -> tuple[Head, list[Conversation]]:
    """The suite's head and conversations. Raises SourceError. All that is read lies in memory."""
    every = assembled(SOURCES[recording.source](given), recording.labels)
    taken = every
    if drawn := recording.most is not None and recording.most < len(every):
        chosen = sorted(Random(recording.seed).sample(range(len(every)), recording.most or 0))
        taken = [every[number] for number in chosen]
    if not recording.keep_personal_data:
        taken = list(map(Replacing(secrets.token_bytes(32), recording.find_too).conversation, taken))
    head = Head(
        suite=recording.name,
        version=1,
        source=recording.source,
        sampling=Sampling(
            taken=len(taken),
            of=len(every),
            seed=recording.seed if drawn else None,
            how=DRAWN if drawn else EVERY,
        ),
        personal_data="kept" if recording.keep_personal_data else "replaced",
        licence=recording.licence,
        left_out={reason: count for reason, count in given.left_out.items() if count},
    )
    return head, taken


def assembled(exchanges: Iterable[Exchange], labels: Labels) -> list[Conversation]:
    """The exchanges as conversations, in the order in which these began."""
    of: dict[str, list[Exchange]] = {}
    for exchange in exchanges:
        of.setdefault(exchange.conversation, []).append(exchange)
    return [_conversation(name, found, labels) for name, found in of.items()]


def _conversation(name: str, exchanges: Sequence[Exchange], labels: Labels) -> Conversation:
    thread: list[JsonObject] = []
    turns = []
    for one in exchanges:
        asked = [*thread, *one.messages] if one.only_new else list(one.messages)
        continues = _begins_with(asked, thread)
        turns.append(
            Turn(
                at=one.at,
                messages=tuple(asked[len(thread) :] if continues else asked),
                continues=continues,
                answer=one.answer,
                facts=one.facts,
                labels=tuple(labels.get((name, len(asked)), ())),
                streamed=one.streamed,
            )
        )
        thread = [*asked, one.answer.message()]
    last = exchanges[-1]
    told = {
        field: value
        for field in ("customer", "channel", "jurisdiction", "audience", "model")
        if (value := next((found for each in exchanges if (found := getattr(each, field))), None))
    }
    return Conversation(id=last.conversation, turns=tuple(turns), **told)


def _begins_with(asked: Sequence[JsonObject], thread: Sequence[JsonObject]) -> bool:
    """Whether a request goes on from this thread; optional fields of messages may come and go."""
    return len(asked) >= len(thread) and all(
        said_by(one) == said_by(before) for one, before in zip(asked, thread, strict=False)
    )
