"""What the confidence model sees of a claim's values: where they stand, what bounds them, what they belong to."""

from __future__ import annotations

from collections.abc import Sequence

from proxy.corpus.documents import Hit
from proxy.grounding.policy.binding import Binding
from proxy.grounding.policy.differences import Standing, ValueStanding
from proxy.grounding.values.comparing import bounds_oppose, same_number
from proxy.grounding.values.finding import Value, values_of

_FOUND = (Standing.LINE, Standing.PASSAGE)


def value_features(standings: Sequence[ValueStanding], line: str, given: str) -> dict[str, float]:
    counts = {standing: 0 for standing in Standing}
    for each in standings:
        counts[each.standing] += 1
    found = [(each.value, each.against) for each in standings if each.against and each.standing in _FOUND]
    bounds = [value for value, against in found if value.comparator is not against.comparator]
    opposed = [value for value, against in found if bounds_oppose(value, against)]
    features = {f"values_{standing.value}": float(min(count, 3)) for standing, count in counts.items()}
    unexplained = 0 if values_of(given) else counts[Standing.ABSENT]  # no number was given to reckon with
    features["values_unexplained"] = float(min(unexplained, 2))
    features["values_none"] = float(not standings)
    features["bounds_oppose"] = float(min(len(opposed), 2))
    features["bounds_differ"] = float(min(len(bounds), 2))
    features["values_only_policy"] = float(bool(values_of(line)) and not standings)
    return features


def gathering_features(claim: str, given: str, hits: Sequence[Hit]) -> dict[str, float]:
    """How many of the claim's values stand together in one passage, those that were given left out."""
    asked = values_of(given)
    mine = [value for value in values_of(claim) if not any(same_number(value, other) for other in asked)]
    if not mine:
        return {"values_together": 1.0, "values_apart": 0.0}
    places = [values_of(hit.passage.reading) for hit in hits]
    counts = [sum(any(same_number(value, other) for other in place) for value in mine) for place in places]
    anywhere = sum(any(same_number(value, other) for place in places for other in place) for value in mine)
    return {"values_together": max(counts) / len(mine), "values_apart": float(anywhere - max(counts))}


def binding_features(bindings: Sequence[Binding]) -> dict[str, float]:
    return {
        "bind_fit": min((each.fit for each in bindings), default=1.0),
        "bind_gap": max((each.gap for each in bindings), default=0.0),
        "bind_rival": max((each.rival_fit for each in bindings), default=0.0),
    }


def groundless_features(ungrounded: Sequence[Value]) -> dict[str, float]:
    return {"groundless": float(min(len(ungrounded), 2))}
