"""The corpus: what is in force for whom and when, what its version names, and what retrieval brings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from proxy.corpus.corpus import build_corpus
from proxy.corpus.documents import Document, Scope
from proxy.corpus.problems import CorpusError
from proxy.corpus.validity import Calendar
from proxy.models.embedder import Embedder


def ids(documents: Sequence[Document]) -> set[str]:
    return {document.id for document in documents}


def test_a_document_that_came_into_force_yesterday_counts_today_and_not_last_week(
    folder: Path, write: Callable[..., Path], scope_on: Callable[..., Scope], embedder: Embedder
) -> None:
    write("fees.md", "A change costs 40 euros.", title="Fees", effective_from="2026-03-01")
    corpus = build_corpus(folder, embedder)
    assert [hit.passage.id for hit in corpus.retrieve("change fee", scope_on("2026-03-02"))] == ["fees#1"]
    assert corpus.retrieve("change fee", scope_on("2026-02-23")) == []
    assert corpus.version(scope_on("2026-03-02")) != corpus.version(scope_on("2026-02-23"))


def test_a_document_for_staff_is_never_found_for_customers(
    folder: Path, write: Callable[..., Path], scope_on: Callable[..., Scope], embedder: Embedder
) -> None:
    write("staff.md", "Goodwill is at most 50 euros.", title="Goodwill", audience="staff")
    corpus = build_corpus(folder, embedder)
    assert corpus.retrieve("goodwill", scope_on("2026-01-01")) == []
    assert len(corpus.retrieve("goodwill", scope_on("2026-01-01", None, "Staff"))) == 1


def test_places_are_matched_with_their_subdivisions_and_in_any_case(
    folder: Path, write: Callable[..., Path], scope_on: Callable[..., Scope], embedder: Embedder
) -> None:
    write("ca.md", "Text.", title="A", jurisdiction="CA")
    write("qc.md", "Text.", title="B", jurisdiction="CA-QC")
    write("eu.md", "Text.", title="C", jurisdiction="[DE, FR]")
    write("all.md", "Text.", title="D")
    corpus = build_corpus(folder, embedder)
    day = "2026-01-01"
    assert ids(corpus.in_force(scope_on(day, "ca-qc"))) == {"ca", "qc", "all"}
    assert ids(corpus.in_force(scope_on(day, "CA"))) == {"ca", "all"}
    assert ids(corpus.in_force(scope_on(day, "FR"))) == {"eu", "all"}
    assert ids(corpus.in_force(scope_on(day, "CAT"))) == {"all"}
    assert ids(corpus.in_force(scope_on(day))) == {"ca", "qc", "eu", "all"}


def test_a_successor_ends_what_it_supersedes_though_nobody_set_an_end(
    folder: Path, write: Callable[..., Path], scope_on: Callable[..., Scope], embedder: Embedder
) -> None:
    write("air/fees-2025.md", "A change costs 30 euros.", title="Fees 2025")
    write(
        "air/fees.md",
        "A change costs 40 euros.",
        title="Fees",
        effective_from="2026-01-01",
        supersedes="fees-2025.md",
    )
    corpus = build_corpus(folder, embedder)
    assert ids(corpus.in_force(scope_on("2025-12-31"))) == {"air/fees-2025"}
    assert ids(corpus.in_force(scope_on("2026-01-01"))) == {"air/fees"}
    old = next(document for document in corpus.documents if document.id == "air/fees-2025")
    assert corpus.validity(old, scope_on("2026-05-05")).why == "superseded by air/fees since 2026-01-01"


def test_what_was_superseded_stays_so_when_its_successor_ends(
    folder: Path, write: Callable[..., Path], scope_on: Callable[..., Scope], embedder: Embedder
) -> None:
    write("one.md", "Text.", title="One")
    write(
        "two.md",
        "Text.",
        title="Two",
        supersedes="one",
        effective_from="2026-01-01",
        effective_to="2026-12-31",
    )
    corpus = build_corpus(folder, embedder)
    assert corpus.in_force(scope_on("2027-01-01")) == ()


def test_a_successor_for_one_market_replaces_nothing_in_others(
    folder: Path, write: Callable[..., Path], scope_on: Callable[..., Scope], embedder: Embedder
) -> None:
    write("old.md", "Text.", title="Old", jurisdiction="[GB, IE]")
    write("new.md", "Text.", title="New", jurisdiction="GB", supersedes="old")
    corpus = build_corpus(folder, embedder)
    assert ids(corpus.in_force(scope_on("2026-01-01", "GB"))) == {"new"}
    assert ids(corpus.in_force(scope_on("2026-01-01", "IE"))) == {"old"}
    assert ids(corpus.in_force(scope_on("2026-01-01"))) == {"old", "new"}


def test_documents_that_supersede_each_other_both_count(
    folder: Path, write: Callable[..., Path], scope_on: Callable[..., Scope], embedder: Embedder
) -> None:
    write("a.md", "Text.", title="A", supersedes="b")
    write("b.md", "Text.", title="B", supersedes="a")
    assert ids(build_corpus(folder, embedder).in_force(scope_on("2026-01-01"))) == {"a", "b"}


def test_the_version_names_exactly_the_documents_in_force(
    folder: Path, write: Callable[..., Path], scope_on: Callable[..., Scope], embedder: Embedder
) -> None:
    write("a.md", "Text.", title="A")
    scope = scope_on("2026-01-01")
    first = build_corpus(folder, embedder).version(scope)
    assert first.startswith("c-") and len(first) == 18
    write("later.md", "Text.", title="B", effective_from="2026-02-01")
    assert build_corpus(folder, embedder).version(scope) == first
    write("a.md", "Other text.", title="A")
    assert build_corpus(folder, embedder).version(scope) != first


moments = st.one_of(
    st.none(), st.integers(0, 20).map(lambda day: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(day))
)
places = st.lists(st.sampled_from(["CA", "ca-qc", "GB", "X"]), max_size=2).map(tuple)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(moments, moments, places, st.sampled_from([(), ("staff",), ("Customer",)])), max_size=5
    ),
    st.lists(st.integers(0, 4), max_size=5),
    st.lists(
        st.tuples(
            st.integers(-1, 22),
            st.sampled_from([None, "CA", "CA-QC", "CA-QC-1", "GB", "FR", "FR-75", "x"]),
            st.sampled_from(["customer", "STAFF", "press"]),
        ),
        min_size=2,
        max_size=6,
    ),
)
def test_scopes_with_one_key_have_the_same_documents_in_force(
    made: list[tuple[datetime | None, datetime | None, tuple[str, ...], tuple[str, ...]]],
    superseded: list[int],
    asked: list[tuple[int, str | None, str]],
) -> None:
    targets = [*superseded, *[99] * len(made)]
    documents = [
        Document(
            str(number),
            f"{number}.md",
            "T",
            "",
            "h",
            None,
            start,
            end,
            where,
            who,
            supersedes=str(targets[number]),
        )
        for number, (start, end, where, who) in enumerate(made)
    ]
    calendar = Calendar(documents)
    found: dict[object, tuple[Document, ...]] = {}
    for day, place, audience in asked:
        scope = Scope(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(day), place, audience)
        in_force = calendar.in_force(scope)
        assert all(scope.admits(document) for document in in_force)
        assert found.setdefault(calendar.key(scope), in_force) == in_force


def test_retrieval_finds_by_words_and_by_meaning(
    folder: Path, write: Callable[..., Path], scope_on: Callable[..., Scope], embedder: Embedder
) -> None:
    write("pets.md", "Small dogs travel in the cabin.\n\nThe kennel must not exceed 55 cm.", title="Animals")
    write("bags.md", "A second bag costs 75 euros.\n\nSkis count as one bag.", title="Baggage")
    corpus = build_corpus(folder, embedder)
    scope = scope_on("2026-01-01")
    assert corpus.retrieve("55 cm", scope)[0].passage.text == "The kennel must not exceed 55 cm."
    best = corpus.retrieve("May I bring my puppy on board?", scope, limit=2)
    assert best[0].passage.text == "Small dogs travel in the cabin."
    assert len(best) == 2
    assert best[0].score >= best[1].score
    assert best[0].semantic == pytest.approx(
        float(
            embedder.embed("Animals: Small dogs travel in the cabin.")
            @ embedder.embed("May I bring my puppy on board?")
        )
    )


def test_an_empty_question_and_an_empty_corpus_bring_nothing(
    folder: Path, write: Callable[..., Path], scope_on: Callable[..., Scope], embedder: Embedder
) -> None:
    assert build_corpus(folder, embedder).retrieve("refund", scope_on("2026-01-01")) == []
    write("a.md", "Text.", title="A")
    assert build_corpus(folder, embedder).retrieve("  ", scope_on("2026-01-01")) == []


def test_words_nobody_knows_still_find_by_meaning(
    folder: Path, write: Callable[..., Path], scope_on: Callable[..., Scope], embedder: Embedder
) -> None:
    write("a.md", "!!!\n\n***\n\nText.", title="A")
    (first, *_) = build_corpus(folder, embedder).retrieve("zzzqqq", scope_on("2026-01-01"))
    assert first.lexical == 0


def test_threads_that_share_a_corpus_find_the_same(
    folder: Path, write: Callable[..., Path], scope_on: Callable[..., Scope], embedder: Embedder
) -> None:
    for number in range(20):
        write(f"{number}.md", f"Rule {number} costs {number} euros.", title=f"T{number}")
    corpus = build_corpus(folder, embedder)
    scope = scope_on("2026-01-01")
    expected = corpus.retrieve("rule 7", scope)
    assert expected[0].passage.document.id == "7"
    with ThreadPoolExecutor(max_workers=4) as threads:
        assert all(
            found == expected for found in threads.map(lambda _: corpus.retrieve("rule 7", scope), range(40))
        )


class CountingEmbedder(Embedder):
    """The real one, counting what it is asked for."""

    asked = 0

    def embed_many(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += len(texts)
        return super().embed_many(texts)


@pytest.fixture
def counting() -> CountingEmbedder:
    return CountingEmbedder.load()


def test_a_restart_embeds_nothing_again(
    folder: Path,
    write: Callable[..., Path],
    tmp_path: Path,
    scope_on: Callable[..., Scope],
    counting: CountingEmbedder,
) -> None:
    write("a.md", "One.\n\nTwo.", title="A")
    cache = tmp_path / "cache" / "embeddings.sqlite"
    before = build_corpus(folder, counting, cache=cache)
    assert counting.asked == 2
    after = build_corpus(folder, counting, cache=cache)
    assert counting.asked == 2
    scope = scope_on("2026-01-01")
    assert after.retrieve("two", scope) == before.retrieve("two", scope)


def test_a_broken_cache_costs_time_and_nothing_else(
    folder: Path, write: Callable[..., Path], tmp_path: Path, counting: CountingEmbedder
) -> None:
    write("a.md", "One.", title="A")
    cache = tmp_path / "embeddings.sqlite"
    cache.write_bytes(b"this is no database, and long enough to be taken for one" * 100)
    assert len(build_corpus(folder, counting, cache=cache).passages) == 1


def test_files_that_cannot_be_read_are_problems_of_the_corpus(
    folder: Path, write: Callable[..., Path], embedder: Embedder
) -> None:
    write("good.md", "Text.", title="A")
    write("bad.md", "Text.", risk="deadly")
    corpus = build_corpus(folder, embedder)
    assert ids(corpus.documents) == {"good"}
    (problem,) = corpus.problems
    assert str(problem) == 'bad.md:2: "risk" is "deadly"; write one of low, medium, high'


def test_two_files_of_one_name_are_a_problem(
    folder: Path, write: Callable[..., Path], embedder: Embedder
) -> None:
    write("fees.md", "Text.", title="A")
    write("fees.txt", "Text.", title="B")
    corpus = build_corpus(folder, embedder)
    assert [document.path for document in corpus.documents] == ["fees.md"]
    assert "fees.md has the same name" in str(corpus.problems[0])


def test_a_missing_folder_is_an_error(tmp_path: Path, embedder: Embedder) -> None:
    with pytest.raises(CorpusError, match="does not exist"):
        build_corpus(tmp_path / "nowhere", embedder)
