"""Two documents are held against each other only where there is somebody for whom both are in force."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.authoring.conflicts.together import Togetherness
from proxy.corpus.documents import Document, Scope
from proxy.corpus.validity import Calendar

START = datetime(2026, 1, 1, tzinfo=UTC)
PLACES = ["CA", "CA-QC", "EU", "GB"]
AUDIENCES = ["customer", "staff"]

days = st.integers(0, 20).map(lambda day: START + timedelta(days=day))
some_places = st.lists(st.sampled_from(PLACES), max_size=2, unique=True).map(tuple)
some_audiences = st.lists(st.sampled_from(AUDIENCES), max_size=1).map(tuple)


@st.composite
def document(draw: st.DrawFn, name: str, superseded: tuple[str, ...] = ()) -> Document:
    start = draw(st.none() | days)
    length = draw(st.none() | st.integers(1, 10))
    end = (start or START) + timedelta(days=length) if length else None
    return Document(
        id=name,
        path=f"{name}.md",
        title=name,
        text="",
        content_hash="",
        effective_from=start,
        effective_to=end,
        jurisdictions=draw(some_places),
        audiences=draw(some_audiences),
        supersedes=draw(st.sampled_from([None, *superseded])),
    )


@settings(max_examples=150, deadline=None)
@given(
    st.tuples(document("one"), document("two", ("one",)), document("three", ("one", "two"))),
    days,
    days,
    st.sampled_from(PLACES),
    st.sampled_from(AUDIENCES),
)
def test_they_meet_exactly_where_the_corpus_would_show_both_to_somebody(
    documents: tuple[Document, ...], since: datetime, moment: datetime, place: str, audience: str
) -> None:
    first, second, _ = documents
    calendar = Calendar(documents)

    def both(scope: Scope) -> bool:
        return all(calendar.validity(one, scope).in_force for one in (first, second))

    found = Togetherness(documents, since).scope_of(first, second)
    assert found is None or (both(found) and found.policy_date >= since)
    if found is None and moment >= since:
        assert not both(Scope(moment, place, audience))
