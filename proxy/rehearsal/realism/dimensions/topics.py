"""What messages are about: distances between their embeddings; gaps are told in clusters of both samples together."""

from __future__ import annotations

import numpy as np

from proxy.rehearsal.realism.dimensions.dimension import Kind, Placed
from proxy.rehearsal.realism.traffic import Floats, Ints, Traffic

_PER_TOPIC = 25  # messages that a cluster has on average
_MOST_TOPICS = 20
_SHOWN = 80  # characters of the message that stands for its topic


class _Topics:
    name = "topics"
    words = "what messages are about"

    def place(self, suite: Traffic, live: Traffic) -> Placed | None:
        if suite.vectors is None or live.vectors is None or not len(suite) or not len(live):
            return None
        both = np.concatenate([suite.vectors, live.vectors]).astype(np.float64)
        labels, centres = clusters(both)
        texts = [each.text for each in (*suite.messages, *live.messages)]
        kinds = [
            Kind(
                f"are like {example(both, labels, centres, topic, texts)}",
                of[: len(suite)],
                of[len(suite) :],
            )
            for topic in range(len(centres))
            if (of := labels == topic).any()
        ]
        return Placed(both[: len(suite)], both[len(suite) :], kinds)


def clusters(vectors: Floats) -> tuple[Ints, Floats]:
    from sklearn.cluster import KMeans

    count = int(np.clip(len(vectors) // _PER_TOPIC, 1, _MOST_TOPICS))
    found = KMeans(min(count, len(np.unique(vectors, axis=0))), n_init=1, random_state=0).fit(vectors)
    return found.labels_.astype(np.int64), found.cluster_centers_


def example(vectors: Floats, labels: Ints, centres: Floats, topic: int, texts: list[str]) -> str:
    own = np.flatnonzero(labels == topic)
    nearest = own[np.argmin(((vectors[own] - centres[topic]) ** 2).sum(axis=1))]
    text = " ".join(texts[nearest].split())
    return f'"{text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"}"'


TOPICS = _Topics()
