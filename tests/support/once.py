"""What each of a thousand proxies in one process would do again, and come to the same: here it is done once.

Without it the tests take twice as long.
"""

from __future__ import annotations

import gc
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from unittest.mock import patch

import httpx
import pytest
from litestar.utils.signature import ParsedSignature
from numpy import float32
from numpy.typing import NDArray
from Stemmer import Stemmer

from proxy.corpus.lexical import words_of
from proxy.corpus.reading import read_content
from proxy.models.embedder import Embedder
from proxy.models.entailment import Entailment, EntailmentModel
from proxy.models.onnx_files import open_model

COLLECT, FREEZE, UNFREEZE = gc.collect, gc.freeze, gc.unfreeze
STARTS_A_LOOK = 20
EMBED, JUDGE = Embedder._embed, EntailmentModel._judge
MOST_KEPT = 20_000  # vectors of 1.5 kB, and as many judgements


@pytest.fixture(scope="session", autouse=True)
def models_read_once() -> Iterator[None]:
    """Each proxy has its own models, with what they remember; the files behind them are opened once a process."""
    read_once = cache(open_model)
    with (
        patch("proxy.models.embedder.open_model", read_once),
        patch("proxy.models.entailment.open_model", read_once),
    ):
        yield


@pytest.fixture(scope="session", autouse=True)
def the_same_read_once() -> Iterator[None]:
    """What each of a thousand proxies and clients would read again in one process, and come to the same."""
    words = cache(lambda text: words_of(text, Stemmer("english")))
    signature = ParsedSignature.from_fn
    signatures: dict[Any, ParsedSignature] = {}

    def signature_of(handler: Any, names: dict[str, Any]) -> ParsedSignature:
        if (
            getattr(handler, "__closure__", None) is not None
        ):  # it belongs to one proxy, which is not kept for it
            return signature(handler, names)
        key = handler, frozenset((name, id(meant)) for name, meant in names.items())
        if key not in signatures:
            signatures[key] = signature(handler, names)
        return signatures[key]

    with (
        patch.object(ParsedSignature, "from_fn", signature_of),
        patch("proxy.corpus.folder.read_content", cache(read_content)),
        patch("proxy.corpus.corpus.words_of", lambda text, _: list(words(text))),
        patch("httpx._transports.default.create_ssl_context", cache(httpx.create_ssl_context)),
    ):
        yield


@pytest.fixture(scope="session", autouse=True)
def judged_once() -> Iterator[None]:
    """Each proxy has a memory of its own of what it has judged; the same text judged again gets the same."""
    vectors: dict[tuple[str, str], NDArray[float32]] = {}
    judgements: dict[tuple[str, str, str], Entailment] = {}

    def embed(self: Embedder, text: str) -> NDArray[float32]:
        key = self.version, text
        if (known := vectors.get(key)) is None:
            known = kept(vectors, key, EMBED(self, text))
        return known

    def judge(self: EntailmentModel, premise: str, hypothesis: str) -> Entailment:
        key = self.version, premise, hypothesis
        if (known := judgements.get(key)) is None:
            known = kept(judgements, key, JUDGE(self, premise, hypothesis))
        return known

    with patch.object(Embedder, "_embed", embed), patch.object(EntailmentModel, "_judge", judge):
        yield


def kept(known: dict[Any, Any], key: Any, found: Any) -> Any:
    if len(known) >= MOST_KEPT:
        known.clear()
    known[key] = found
    return found


@contextmanager
def really_judged() -> Iterator[None]:
    """For what is promised of the models themselves: all is judged anew by those that are loaded within."""
    with patch.object(Embedder, "_embed", EMBED), patch.object(EntailmentModel, "_judge", JUDGE):
        yield


@pytest.fixture(scope="session", autouse=True)
def looked_through_once() -> Iterator[None]:
    """What this process has loaded is looked through for garbage once, and what proxies leave now and then.

    A proxy has all that looked through at its start and keeps it from the collector from then on; where it ends, all is
    there to be looked through again by the next one. Of two million objects that takes longer than the whole start.
    """
    COLLECT()
    FREEZE()
    starts = itertools.count(1)

    def now_and_then(*generation: int) -> int:
        return COLLECT(*generation) if next(starts) % STARTS_A_LOOK == 0 else 0

    with (
        patch.object(gc, "collect", now_and_then),
        patch.object(gc, "freeze", lambda: None),
        patch.object(gc, "unfreeze", lambda: None),
    ):
        yield


@pytest.fixture
def collector_as_shipped() -> Iterator[None]:
    """For what is promised of the garbage collector: nothing is kept from it but by the proxy itself."""
    with (
        patch.object(gc, "collect", COLLECT),
        patch.object(gc, "freeze", FREEZE),
        patch.object(gc, "unfreeze", UNFREEZE),
    ):
        gc.unfreeze()
        yield
        gc.unfreeze()
        gc.collect()
        gc.freeze()
