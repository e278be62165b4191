"""Every client that is installed works against a real proxy, unmodified; docs/clients.md tells of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from clients.judging import CASES, REQUIRED, Outcome, Status, judged, try_out
from clients.page import PAGE, page, way
from clients.registry import CLIENTS, OWN, Client
from clients.running import DOORS, ROOT, Place, Run, run, serving
from clients.upstream import CONVERSATION, ClientsProvider
from support.serving import served

BY_NAME = {client.name: client for client in CLIENTS}
OPENAI = BY_NAME["openai-python"]


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    with serving() as place:
        yield place


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_a_client_works_unmodified(place: Place, client: Client) -> None:
    if not client.environment.is_there:
        pytest.skip(
            f"{client.environment.command.relative_to(ROOT)} is not there; make test-clients installs it"
        )
    outcome = try_out(client, place)
    if outcome.verdicts["whole"].status is Status.NOT_RUN:
        pytest.skip("it is not installed; make test-clients installs it")
    assert outcome.red == {}
    assert outcome.package
    if client.door in place.doors:
        assert {outcome.verdicts[case].status for case in REQUIRED} == {Status.OK}


def test_without_the_proxy_the_same_program_is_red() -> None:
    """What the cases look for is the proxy's doing: straight at the provider it is not there."""
    with served(ClientsProvider()) as provider:
        outcome = judged(OPENAI, run(OPENAI, Place(provider, frozenset(DOORS)), CASES))
    assert set(outcome.red) == {
        *("rewritten", "rewritten_stream", "cxai", "cxai_stream", "responses", "responses_stream")
    }


def test_a_door_that_is_not_there_is_said_and_not_tried(place: Place) -> None:
    without = replace(place, doors=frozenset({"chat"}))
    outcome = try_out(OPENAI, without)
    assert outcome.column("whole") is Status.OK
    assert outcome.column("responses") is outcome.column("completions") is Status.NO_DOOR


def test_a_client_that_is_not_installed_is_not_run() -> None:
    missing = replace(OPENAI, environment=replace(OWN, command=OWN.command.with_name("no-such-python")))
    outcome = try_out(missing, Place("http://127.0.0.1:9", frozenset(DOORS)))
    assert {verdict.status for verdict in outcome.verdicts.values()} == {Status.NOT_RUN}


SUPPORTED, INVENTED = CONVERSATION["supported"]["answer"], CONVERSATION["invented"]


@pytest.mark.parametrize(
    ("case", "seen"),
    [
        ("whole", {"saw": SUPPORTED[:-1]}),
        ("whole", {"raised": "openai.APIError", "message": "no answer"}),
        ("stream", {"saw": [SUPPORTED]}),
        ("stream", {"saw": [SUPPORTED[:40], SUPPORTED[41:]]}),
        ("rewritten", {"saw": INVENTED["answer"]}),
        ("rewritten", {"saw": INVENTED["true_words"]}),
        ("error", {"saw": SUPPORTED}),
        ("error", {"raised": "openai.BadRequestError", "message": CONVERSATION["unknown_model_message"]}),
        ("error", {"raised": OPENAI.error, "message": "404"}),
        ("cxai", {"saw": "deliver"}),
        ("structured", {"saw": {"limit_kg": 23}}),
    ],
)
def test_what_differs_is_red(case: str, seen: dict[str, object]) -> None:
    assert set(judged(OPENAI, _told({case: seen})).red) == {case}


def _told(seen: dict[str, dict[str, object]]) -> Run:
    good = {
        "whole": {"saw": SUPPORTED},
        "stream": {"saw": [SUPPORTED[:40], SUPPORTED[40:]]},
        "error": {"raised": OPENAI.error, "message": CONVERSATION["unknown_model_message"]},
        "rewritten": {"saw": f"{INVENTED['true_words']} It {INVENTED['policy_words']}."},
        "rewritten_stream": {"saw": [INVENTED["true_words"], f" It {INVENTED['policy_words']}."]},
    }
    return Run("openai 1.0", {**good, **seen})


def test_what_is_as_it_should_be_is_not_red() -> None:
    assert judged(OPENAI, _told({})).red == {}


def test_a_program_that_breaks_off_is_red_in_all_that_it_did_not_tell() -> None:
    red = judged(
        OPENAI, Run("openai 1.0", {"whole": {"saw": SUPPORTED}}, broke_off="ended with status 1")
    ).red
    assert set(red) == set(CASES) - {"whole"}


def test_the_page_tells_of_every_client_in_the_lines_that_ran() -> None:
    told = PAGE.read_text(encoding="utf-8")
    for client in CLIENTS:
        assert f"| {client.name} | " in told
        assert way(client) in told


def test_a_red_client_is_red_on_the_page() -> None:
    broken = Outcome(OPENAI, "openai 1.0", judged(OPENAI, _told({"whole": {"saw": "nothing"}})).verdicts)
    assert "| openai-python | openai 1.0 | **red** |" in page([broken])
    assert "- openai-python, `whole`: saw 'nothing'" in page([broken])
