"""Traffic drawn by a stated process: messages of one conversation are alike, conversations come in bursts."""

from __future__ import annotations

import numpy as np

from proxy.rehearsal.realism.traffic import Floats, Message, Traffic

LANGUAGES = ("en", "es", "de")
CHANNELS = ("chat", "phone", "mail")
CONTEXTS = ("complete", "stale", "missing")
FAULTS = ("none", "429", "time-out")
TOPICS, WIDTH = 6, 16
_CENTRES = np.random.default_rng(0).normal(size=(TOPICS, WIDTH))


def drawn(name: str, conversations: int, random: np.random.Generator) -> Traffic:
    """``conversations`` with 1 to 8 messages each."""
    begins = np.cumsum(random.exponential(np.where(random.random(conversations) < 0.7, 20.0, 600.0)))
    messages: list[Message] = []
    vectors: list[Floats] = []
    for number, at in enumerate(begins):
        language, channel, topic = (
            random.choice(len(values), p=share)
            for values, share in (
                (LANGUAGES, (0.6, 0.3, 0.1)),
                (CHANNELS, (0.5, 0.3, 0.2)),
                (range(TOPICS), (0.3, 0.25, 0.2, 0.1, 0.1, 0.05)),
            )
        )
        verbose, faulty = random.normal(), random.random() < 0.2
        for turn in range(random.integers(1, 9)):
            context = CONTEXTS[random.choice(3, p=(0.6, 0.3, 0.1))]
            messages.append(
                Message(
                    conversation=f"{name}-{number}",
                    text="word " * int(1 + np.exp(2 + 0.6 * verbose + 0.5 * random.normal())),
                    at=float(at + 30 * turn),
                    channel=CHANNELS[channel],
                    language=LANGUAGES[language],
                    intents=1 + int(random.random() < 0.3) + int(random.random() < 0.05),
                    context=context,
                    context_age_s=None if context == "missing" else float(random.exponential(300)),
                    fault=FAULTS[random.choice(3, p=(0.5, 0.3, 0.2) if faulty else (1, 0, 0))],
                )
            )
            vectors.append(_CENTRES[topic] + 0.7 * random.normal(size=WIDTH))
    return Traffic(name, tuple(messages), np.array(vectors))
