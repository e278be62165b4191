"""What a verifier or a corpus is blind to shows in the report: nine of ten planted weak spots, or more."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from support.builtin_verifier import verifier
from support.documents import shipped
from support.probing import corpus_of, probes_in, tried
from support.weak_spots import BLIND, Blind

from proxy.authoring.probe.making import Probe
from proxy.authoring.probe.trying import KindCount, ProbeReport
from proxy.corpus.reading import ReadDocument, read_content

PER_KIND = 5
FOUND_AT_LEAST = 0.9


@cache
def all_probes() -> tuple[Probe, ...]:
    return tuple(probes_in(shipped()))


def some(kinds: Sequence[str]) -> list[Probe]:
    """The first few probes of each kind, over all documents."""
    found = []
    for kind in kinds:
        of_kind = [probe for probe in all_probes() if probe.attack.value == kind]
        found += of_kind[:: max(1, len(of_kind) // PER_KIND)][:PER_KIND]
    return found


def shows(kinds: Sequence[str], plain: ProbeReport, blind: ProbeReport) -> bool:
    """Whether a kind is reported as weak with the blind one, and worse than it is without the blindness."""
    before = {count.attack.value: count for count in plain.by_kind()}
    return any(
        count.attack.value in kinds and count.is_weak and _is_worse(count, before[count.attack.value])
        for count in blind.by_kind()
    )


def _is_worse(blind: KindCount, plain: KindCount) -> bool:
    return blind.wrong >= plain.wrong + 2


def test_nine_of_ten_planted_weak_spots_are_found() -> None:
    read = shipped()
    corpus = corpus_of(read)
    found = {}
    for name, (see, kinds) in BLIND.items():
        probes = some(kinds)
        plain = tried(probes, corpus, verifier())
        found[name] = shows(kinds, plain, tried(probes, corpus, Blind(verifier(), see)))
    for name, lost in {"other market": "jurisdiction: ", "earlier version": "effective_to: "}.items():
        probes = some([name])
        plain = tried(probes, corpus, verifier())
        found[name] = shows([name], plain, tried(probes, corpus_of(_without(read, lost)), verifier()))
    missed = [name for name, is_found in found.items() if not is_found]
    assert len(found) - len(missed) >= FOUND_AT_LEAST * len(found), missed


def _without(read: Sequence[ReadDocument], key: str) -> list[ReadDocument]:
    """The documents as if somebody had lost a key of their front matter, and with it what replaces what."""
    lost = (key, "supersedes: ")
    texts = {
        item.document.path: "\n".join(
            line for line in item.document.text.splitlines() if not line.startswith(lost)
        )
        for item in read
    }
    return [read_content(path, text.encode()) for path, text in texts.items()]
