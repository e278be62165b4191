"""The report: one file that loads and runs nothing, whatever a claim says, with the numbers that were computed."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from calibration.samples import drawn

from proxy.calibration.chart import bins_of
from proxy.calibration.fitting import Provenance, Result, fit_calibration, stored
from proxy.calibration.labels import Labelled
from proxy.calibration.report import report_page
from proxy.verifiers.calibration_file import FittedFor, Isotonic, Logistic

HOSTILE = '<script>alert(1)</script><img src="https://evil.example/x.png" onerror=alert(1)> & "quoted"'
PROVENANCE = Provenance(
    made_at=datetime(2026, 3, 1, tzinfo=UTC),
    verifier=FittedFor("lexical", "1-abc"),
    corpus_version="c-123",
    labels_file="<labels>.jsonl",
    labels_sha256="f" * 64,
    rows=401,
    set_aside={"not checkable": 1},
    scored_before=0,
)


@pytest.fixture(scope="module")
def result() -> Result:
    return fit_calibration(drawn(400, lambda s: 0.5 + 0.45 * s), risk=0.3, confidence=0.95)


@pytest.fixture(scope="module")
def page(result: Result) -> str:
    rows = [Labelled(str(n), HOSTILE, "unsupported", str(n), HOSTILE) for n in range(400)]
    return report_page(result, PROVENANCE, rows)


class Reading(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def read(page: str) -> Reading:
    reading = Reading()
    reading.feed(page)
    return reading


def test_nothing_in_it_runs_or_loads(page: str):
    reading = read(page)
    names = {tag for tag, _ in reading.tags}
    assert "svg" in names and not names & {"script", "img", "link", "iframe", "object", "image", "a"}
    for _, attributes in reading.tags:
        for name, value in attributes.items():
            assert not name.startswith("on")
            assert name not in ("href", "src", "xlink:href") or (value or "").startswith("#")
    outside_text = re.sub(r">[^<]*<", "><", page)
    assert "http" not in outside_text.replace("http-equiv", "") and "@import" not in page
    assert not re.search(r"url\((?!#)", page)


def test_a_claim_is_shown_as_it_was_written(page: str):
    assert HOSTILE in read(page).text
    assert "<labels>.jsonl" in " ".join(read(page).text)


def test_it_says_the_promise_the_figures_and_what_they_rest_on(page: str, result: Result):
    text = " ".join(read(page).text)
    assert result.control.threshold is not None and result.control.statement in text
    assert (
        f"{result.after.equal_width.ece:.4f}" in text and f"{result.before.equal_width.excess:+.4f}" in text
    )
    assert "exchangeable" in text and "1 not checkable" in text and "share that is supported" in text


def test_the_same_labels_give_the_same_page(page: str, result: Result):
    rows = [Labelled(str(n), HOSTILE, "unsupported", str(n), HOSTILE) for n in range(400)]
    assert report_page(result, PROVENANCE, rows) == page


def test_bins_hold_all_rows_and_their_exact_intervals_hold_the_share():
    judged = drawn(500)
    bins = bins_of(judged.scores, judged.true)
    assert sum(each.n for each in bins) == 500
    assert all(each.low <= each.true <= each.high for each in bins)


def test_the_file_says_what_was_fitted_for_whom_on_what_and_when(result: Result):
    content = stored(result, PROVENANCE)
    assert content["verifier"] == {"name": "lexical", "version": "1-abc"}
    assert (content["corpus_version"], content["made_at"]) == ("c-123", "2026-03-01T00:00:00+00:00")
    assert content["labels"]["rows"] == 401 and content["labels"]["used"] == 400
    assert content["curve"]["kind"] == content["choice"]["kind"]
    assert content["risk"]["threshold"] == result.control.threshold
    assert content["risk"]["calibrated_threshold"] == result.chosen.curve(result.control.threshold or 0)
    assert content["figures"]["after"]["n"] == 400 and content["assumptions"]
    assert isinstance(result.chosen.curve, Logistic | Isotonic)
