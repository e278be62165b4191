"""From the settings to a verifier, and what is said of settings that cannot become one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.policy import verdict_on
from support.provider import Provider, Reply
from support.serving import served

from proxy.attribute_docs import attribute_docs
from proxy.grounding.types import VerifierError
from proxy.ledger.ledger import Ledger
from proxy.settings import SettingsError
from proxy.settings_sources import load_settings
from proxy.telemetry.metrics import Metrics
from proxy.verifiers.cascade import CascadeOptions
from proxy.verifiers.ensemble import EnsembleVerifier
from proxy.verifiers.judge import JudgeModelOptions
from proxy.verifiers.options import EndpointOptions, Options
from proxy.verifiers.parts import Parts
from proxy.verifiers.parts import Provider as OwnProvider
from proxy.verifiers.registry import (
    KINDS,
    cascade_options,
    open_verifier,
    threads_that_wait,
    tiers_of,
    verifier_options,
)

DOCS = (Path(__file__).parents[2] / "docs" / "verifiers.md").read_text(encoding="utf-8")
JUDGE = {"kind": "judge", "model": "judge-1", "url": "http://127.0.0.1:9/v1"}


@pytest.fixture
def parts() -> Iterator[Parts]:
    with ExitStack() as closing:
        yield Parts(
            lambda _: np.ones(4, dtype=np.float32) / 2, OwnProvider("http://127.0.0.1:9"), closing, Metrics()
        )


@pytest.fixture(autouse=True)
def a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "policy_corpus").mkdir()


@pytest.mark.parametrize("given", [None, "builtin", {"kind": "builtin"}, '{"kind": "builtin"}'])
def test_the_built_in_verifier_is_the_default(given: Any, parts: Parts) -> None:
    options = verifier_options("builtin" if given is None else given)
    assert load_settings(command_line={"verifier": given}).settings.verifier == options
    assert open_verifier(options, None, parts).name == "builtin"


@pytest.mark.parametrize("given", [None, False, "", "off"])
def test_the_cascade_is_off_unless_it_has_a_model(given: Any) -> None:
    assert cascade_options(given) is None
    options = cascade_options({"model": "gpt-4o-mini"})
    assert options is not None and (options.low, options.high, options.monthly_requests) == (
        0.35,
        0.85,
        10_000,
    )


def test_settings_come_from_the_file_and_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("cxai.yaml").write_text(
        "verifier: {kind: tei, url: 'http://tei:8080'}\ncascade: {model: judge-1, low: 0.2}\n"
    )
    settings = load_settings().settings
    assert str(settings.verifier) == "tei (url: http://tei:8080)"
    assert settings.cascade is not None and settings.cascade.low == 0.2
    monkeypatch.setenv("CXAI_VERIFIER", '{"kind": "judge", "model": "judge-1"}')
    monkeypatch.setenv("CXAI_CASCADE", "off")
    settings = load_settings().settings
    assert str(settings.verifier) == "judge (model: judge-1)" and settings.cascade is None


@pytest.mark.parametrize(
    ("setting", "given", "message"),
    [
        ("verifier", "judg", '"verifier" has no kind "judg"; did you mean "judge"?'),
        ("verifier", {"url": "x"}, '"verifier" needs a "kind"; allowed: "builtin", "cross-encoder",'),
        ("verifier", 7, '"verifier" must be a mapping of its options'),
        ("verifier", "{nonsense", '"verifier" must be a mapping of its options'),
        ("verifier", {"kind": "tei"}, '"verifier" of the kind "tei": key "url" is missing'),
        ("verifier", {"kind": "tei", "url": "tei:80"}, '"url" must be an address such as http'),
        ("verifier", {"kind": "tei", "url": "http://u:p@tei"}, '"url" must be an address without a user'),
        (
            "verifier",
            {"kind": "tei", "url": "http://tei", "timeout": 3},
            'unknown key "timeout"; did you mean "timeout_s"?',
        ),
        ("verifier", {**JUDGE, "timeout_s": 0}, '"timeout_s" should be greater than 0'),
        ("verifier", {**JUDGE, "at_once": "many"}, '"at_once" should be a valid integer'),
        ("verifier", {**JUDGE, "key_variable": "sk-abc123"}, "not the key itself"),
        ("verifier", {"kind": "ensemble", "members": [JUDGE]}, '"members" should'),
        (
            "verifier",
            {"kind": "ensemble", "members": [JUDGE, {"kind": "tei", "ulr": "x"}]},
            'member 2 of the kind "tei": key "url" is missing; unknown key "ulr"; did you mean "url"?',
        ),
        (
            "verifier",
            {"kind": "ensemble", "members": [JUDGE, {**JUDGE, "weight": 0}]},
            'member 2: "weight" must be a number above 0',
        ),
        (
            "verifier",
            {"kind": "ensemble", "members": [JUDGE, {"kind": "ensemble", "members": [JUDGE, JUDGE]}]},
            "member 2 is an ensemble itself",
        ),
        ("verifier", {"kind": "embeddings", "model": "m", "unlike": 0.9}, '"unlike" must be below "alike"'),
        ("cascade", {}, '"cascade" key "model" is missing'),
        ("cascade", True, '"cascade" must be a mapping'),
        ("cascade", {"model": "m", "low": 0.9}, '"low" must not be above "high"'),
        ("cascade", {"model": "m", "high": 85}, '"high" should be less than or equal to 1'),
        (
            "cascade",
            {"model": "m", "monthly_cost": 50},
            '"monthly_cost" needs "price_input" and "price_output"',
        ),
    ],
)
def test_a_mistake_is_named_with_the_way_out(setting: str, given: Any, message: str) -> None:
    with pytest.raises(SettingsError) as raised:
        load_settings(command_line={setting: given})
    assert message in str(raised.value) and "sk-abc" not in str(raised.value)


def test_an_ensemble_is_made_of_its_members(parts: Parts) -> None:
    options = verifier_options({"kind": "ensemble", "members": [{"kind": "builtin", "weight": 2}, JUDGE]})
    verifier = open_verifier(options, None, parts)
    assert isinstance(verifier, EnsembleVerifier) and verifier.version.startswith("builtin+judge-")


def test_what_waits_for_endpoints_takes_no_thread_from_what_computes() -> None:
    members = [
        {**JUDGE, "at_once": 3},
        {"kind": "builtin"},
        {"kind": "tei", "url": "http://tei", "at_once": 4},
    ]
    assert threads_that_wait(verifier_options({"kind": "ensemble", "members": members})) == 7
    assert threads_that_wait(CascadeOptions(model="judge-1", at_once=2)) == 2
    assert threads_that_wait(verifier_options("builtin")) == threads_that_wait(None) == 0


def test_a_cascade_needs_somewhere_to_keep_its_budget(parts: Parts) -> None:
    with pytest.raises(VerifierError, match="budget in the ledger"):
        open_verifier(verifier_options("builtin"), CascadeOptions(model="judge-1"), parts)


def test_a_key_that_is_not_set_stops_the_start(parts: Parts) -> None:
    with pytest.raises(VerifierError, match='"NO_SUCH_KEY" is not set'):
        open_verifier(verifier_options({**JUDGE, "key_variable": "NO_SUCH_KEY"}), None, parts)


def test_what_is_opened_is_closed(tmp_path: Path) -> None:
    model = Provider([Reply(("{}",))])
    with served(model) as url, Ledger.open(f"sqlite:///{tmp_path / 'l.db'}") as ledger:
        with ExitStack() as closing:
            own = OwnProvider(url)
            parts = Parts(lambda _: np.ones(4, dtype=np.float32) / 2, own, closing, Metrics(), ledger)
            verifier = open_verifier(verifier_options({"kind": "judge", "model": "m"}), None, parts)
        with pytest.raises(VerifierError, match="closed"):
            verdict_on(verifier, "Refunds take 30 days.")


def documented(heading: str) -> dict[str, tuple[str, str]]:
    """The rows of the table below a heading: option, default and description."""
    section = re.split(r"\n#{2,4} ", DOCS.split(f"{heading}\n", 1)[1])[0]
    rows = re.findall(r"^\| `([^`]+)` \| (.+?) \| (.+) \|$", section, re.MULTILINE)
    return {name: (default, description) for name, default, description in rows}


def own_fields(model: type[Options], *inherited: type[Options]) -> dict[str, tuple[Any, str]]:
    """The options that it does not inherit, and what each is for."""
    names = {name for each in inherited for name in each.model_fields} | {"kind"}
    said = attribute_docs(model)
    return {name: (info, said[name]) for name, info in model.model_fields.items() if name not in names}


TABLES = [
    ("### cross-encoder", own_fields(KINDS["cross-encoder"].options)),
    ("### embeddings", own_fields(KINDS["embeddings"].options)),
    ("### tei", own_fields(KINDS["tei"].options, EndpointOptions)),
    ("### judge", own_fields(JudgeModelOptions, EndpointOptions)),
    ("### ensemble", own_fields(KINDS["ensemble"].options)),
    ("### Endpoints", own_fields(EndpointOptions)),
    ("### Its settings", own_fields(CascadeOptions, JudgeModelOptions)),
]


@pytest.mark.parametrize(("heading", "options"), TABLES, ids=[heading for heading, _ in TABLES])
def test_every_option_is_documented_and_every_documented_one_exists(
    heading: str, options: dict[str, tuple[Any, str]]
) -> None:
    rows = documented(heading)
    assert {name: text for name, (_, text) in rows.items()} == {
        name: said for name, (_, said) in options.items()
    }
    for name, (default, _) in rows.items():
        info, _ = options[name]
        if info.is_required():
            assert default == "required"
        elif info.default_factory is None:
            plain = isinstance(info.default, bool | None)
            shown = (
                {None: "none", True: "`true`", False: "`false`"}[info.default]
                if plain
                else f"`{info.default}`"
            )
            assert default == shown, name


def test_every_kind_is_documented() -> None:
    assert {f"### {kind}" for kind in KINDS} <= set(DOCS.splitlines())


@pytest.mark.parametrize(
    ("given", "tiers"),
    [
        ("builtin", {"fast"}),
        ({"kind": "builtin", "tier": "thorough"}, {"thorough"}),
        (JUDGE, set()),
        ({"kind": "ensemble", "members": [{"kind": "builtin"}, JUDGE]}, {"fast"}),
    ],
    ids=["as shipped", "thorough", "a judge", "an ensemble"],
)
def test_the_shipped_models_that_it_needs_are_known_before_it_is_opened(given: Any, tiers: set[str]) -> None:
    assert tiers_of(verifier_options(given)) == tiers
