"""``tenants:`` in ``cxai.yaml``: what is inherited, what is refused, and what is shown of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from proxy.app import create_app
from proxy.settings import Settings, SettingsError
from proxy.settings_sources import load_settings
from proxy.wire.upstreams.options import KeyPlace


@pytest.fixture(autouse=True)
def a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("CXAI_") or name == "OPENAI_API_KEY"]:
        monkeypatch.delenv(name)
    Path("docs/acme").mkdir(parents=True)
    Path("docs/globex").mkdir()


def loaded(text: str) -> Settings:
    Path("cxai.yaml").write_text(text, encoding="utf-8")
    return load_settings().settings


def test_what_a_tenant_does_not_name_is_as_at_the_top(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-top")
    settings = loaded(
        "upstream_query: v=1\ntenants:\n  acme: {corpus: docs/acme}\n  globex: {corpus: docs/globex}\n"
    )
    acme = settings.of_tenant("acme")
    assert acme.corpus == Path("docs/acme") and settings.of_tenant("globex").corpus == Path("docs/globex")
    assert (acme.upstream, acme.provider_key(), acme.upstream_query) == (settings.upstream, "sk-top", "v=1")
    assert settings.of_tenant("default") is settings


def test_another_upstream_gets_nothing_that_was_meant_for_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXAI_UPSTREAM_API_KEY", "sk-top")
    top = "upstream_auth: api-key\nupstream_query: sig=secret\ntenants:\n  acme:\n    corpus: docs/acme\n"
    acme = loaded(top + "    upstream: https://other.example/v1\n").of_tenant("acme")
    assert (acme.provider_key(), acme.upstream_auth, acme.upstream_query) == (None, "bearer", "")
    own = loaded(top + "    upstream_api_key: sk-acme\n").of_tenant("acme")
    assert (own.provider_key(), own.upstream_auth) == ("sk-acme", "api-key")


def test_a_tenant_can_have_several_providers_of_its_own() -> None:
    Path("acme.key").write_text("sk-acme", encoding="utf-8")
    acme = loaded(
        "upstream: https://top.example/v1\ntenants:\n  acme:\n    corpus: docs/acme\n    upstreams:\n"
        "      - {name: first, url: 'https://one.example/v1', api_key: {file: acme.key}}\n"
        "      - {name: second, url: 'https://two.example/v1', priority: 1}\n"
    ).of_tenant("acme")
    assert [one.name for one in acme.upstream_options()] == ["first", "second"]
    assert acme.upstream_options()[0].api_key == KeyPlace(file=Path("acme.key"))


def test_one_provider_of_a_tenant_stands_in_place_of_several_at_the_top() -> None:
    acme = loaded(
        "upstreams:\n  - {name: first, url: 'https://one.example/v1'}\n"
        "tenants:\n  acme: {corpus: docs/acme, upstream: 'https://other.example/v1'}\n"
    ).of_tenant("acme")
    assert [one.url for one in acme.upstream_options()] == ["https://other.example/v1"]


@pytest.mark.parametrize("own", ["", "upstream: 'http://127.0.0.1:2/v1'", "upstream_api_key: sk-acme"])
def test_a_provider_that_is_not_a_tenants_own_is_shared_with_its_breaker(own: str) -> None:
    top = "upstream: http://127.0.0.1:1/v1\nlog_level: error\ncorpus: docs/globex\nembedding_cache:\n"
    settings = loaded(f"{top}tenants: {{acme: {{corpus: docs/acme{', ' if own else ''}{own}}}}}\n")
    tenants = create_app(settings).state.tenants
    assert (tenants["acme"].upstream is tenants["default"].upstream) == (not own)
    assert tenants["acme"].upstream.first.name == ("acme/default" if own else "default")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "acme: {corpus: docs/acme, upstream: 'http://x/v1', upstreams: [{name: a, url: 'http://y/v1'}]}",
            'must not have "upstream" beside "upstreams"',
        ),
        (
            "acme: {corpus: docs/acme, upstreams: [{name: a, url: 'http://y/v1', keys: 1}]}",
            'unknown key "tenants.acme.upstreams.0.keys"',
        ),
        ("acme: {}", 'cxai.yaml:1: key "tenants.acme.corpus" is missing'),
        ("acme: {corpus: docs/acme, polices: p}", 'did you mean "policies"?'),
        ("acme: {corpus: docs/none}", 'cxai.yaml:1: tenant "acme": there is no folder "docs/none"'),
        ("acme: {corpus: docs/acme, policies: none}", 'there is no folder "none"'),
        ("acme: {corpus: docs/acme, upstream: ftp://x}", "must be an address such as"),
        ("default: {corpus: docs/acme}", 'cannot have "default"'),
        ("Acme Inc: {corpus: docs/acme}", 'cannot have "Acme Inc"'),
        ("acme: docs/acme", "must be a mapping"),
    ],
)
def test_a_mistake_is_named_with_its_place(text: str, message: str) -> None:
    with pytest.raises(SettingsError) as refused:
        loaded(f"tenants: {{{text}}}\n")
    assert message in str(refused.value)


def test_a_tenants_key_is_never_shown() -> None:
    text = "tenants: {acme: {corpus: docs/acme, upstream_api_key: sk-very-secret}}\n"
    Path("cxai.yaml").write_text(text, encoding="utf-8")
    shown = list(load_settings().shown())
    assert "sk-very-secret" not in str(shown)
    assert next(one.value for one in shown if one.name == "tenants") == "acme"
    with pytest.raises(SettingsError) as refused:
        loaded("tenants: {acme: {corpus: docs/acme, upstream_api_key: [sk-very-secret]}}\n")
    assert "sk-very-secret" not in str(refused.value)
