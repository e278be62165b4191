"""compose.yaml, as far as it can be checked without an engine: its settings are real ones, its doors are closed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from compose_spec import PyCompose

from proxy.ledger.database import ledger_url
from proxy.settings import Settings, variable_of
from proxy.telemetry.export import exporter_for

ROOT = Path(__file__).parents[2]
VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::(?P<kind>[-?])(?P<rest>[^}]*))?\}")


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    composed = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    found: dict[str, Any] = composed["services"]
    return found


def filled(value: str, environment: dict[str, str]) -> str:
    """A value as compose interpolates it."""

    def fill(match: re.Match[str]) -> str:
        given = environment.get(match["name"])
        assert given or match["kind"] == "-", f"{match['name']} must be given"
        return given or match["rest"]

    return VARIABLE.sub(fill, value)


def test_it_brings_the_proxy_a_database_and_jaeger(services: dict[str, Any]) -> None:
    assert set(services) == {"proxy", "postgres", "jaeger"}
    assert services["proxy"]["build"] == "."
    assert services["postgres"]["image"].startswith("postgres:17")
    assert services["jaeger"]["image"].startswith("jaegertracing/jaeger:${JAEGER_VERSION:-2.")


def test_every_setting_of_the_proxy_exists_and_is_valid(
    services: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = services["proxy"]["environment"]
    ours = {name for name in environment if name.startswith("CXAI_")}
    assert ours <= {variable_of(name) for name in Settings.model_fields}
    for name in environment:
        monkeypatch.setenv(name, filled(environment[name], {"POSTGRES_PASSWORD": "p"}))
    settings = Settings()
    assert settings.trace_content is False
    assert settings.upstream == "https://api.openai.com/v1"
    assert ledger_url(settings.database_url).host == "postgres"
    assert "p" not in (ledger_url(settings.database_url).password or "")


def test_jaeger_gets_traces_and_nothing_that_it_refuses(
    services: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in services["proxy"]["environment"].items():
        if name.startswith("OTEL_"):
            monkeypatch.setenv(name, value)
    assert exporter_for("traces") == "otlp"
    assert exporter_for("logs") == "none"
    assert services["proxy"]["environment"]["OTEL_METRICS_EXPORTER"] == "none"
    assert services["proxy"]["environment"]["OTEL_EXPORTER_OTLP_ENDPOINT"] == "http://jaeger:4318"


def test_no_password_is_written_down_and_none_has_a_default(services: dict[str, Any]) -> None:
    secrets = [
        services["proxy"]["environment"]["PGPASSWORD"],
        services["postgres"]["environment"]["POSTGRES_PASSWORD"],
    ]
    for secret in secrets:
        match = VARIABLE.fullmatch(secret)
        assert match is not None
        assert (match["name"], match["kind"]) == ("POSTGRES_PASSWORD", "?")


def test_ports_are_on_loopback_only(services: dict[str, Any]) -> None:
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert len(ports) == 3
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_corpus_and_policies_are_mounted_read_only_where_the_settings_look(services: dict[str, Any]) -> None:
    proxy = services["proxy"]
    mounted = {}
    for volume in proxy["volumes"]:
        source, target, *mode = volume.split(":")
        mounted[source] = target
        if source.startswith("./"):
            assert mode == ["ro"]
            assert (ROOT / source).is_dir()
    assert mounted["./policy_corpus"] == proxy["environment"]["CXAI_CORPUS"]
    assert mounted["./policies"] == proxy["environment"]["CXAI_POLICIES"]


def test_what_the_image_writes_outlives_its_container(services: dict[str, Any]) -> None:
    """The image's variables say where it writes; the rest of its file system is read-only."""
    (written,) = [volume for volume in services["proxy"]["volumes"] if not volume.startswith("./")]
    folder = written.partition(":")[2]
    assert f"CXAI_EMBEDDING_CACHE={folder}/" in (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert services["proxy"]["read_only"] is True and services["proxy"]["tmpfs"] == ["/tmp"]


def test_logs_do_not_fill_the_disk(services: dict[str, Any]) -> None:
    assert all(service["logging"]["options"]["max-size"] for service in services.values())


def test_it_follows_the_compose_specification() -> None:
    """As a strict reader of the specification takes it, which knows every key and the form of every value."""
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    complete = filled(text.replace("$$", "$"), {"POSTGRES_PASSWORD": "p"})
    PyCompose.from_yaml(complete).validate()
    with pytest.raises(ValueError, match="read_onli"):
        PyCompose.from_yaml(complete.replace("read_only:", "read_onli:"))
    with pytest.raises(ValueError, match="stop_grace_period"):
        PyCompose.from_yaml(complete.replace("stop_grace_period: 50s", "stop_grace_period: soon"))


def test_each_service_has_a_health_check_and_only_the_database_is_waited_for(
    services: dict[str, Any],
) -> None:
    assert all(service["healthcheck"]["test"][0] == "CMD" for service in services.values())
    assert services["proxy"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}


def test_the_container_waits_longer_than_the_proxy_drains(services: dict[str, Any]) -> None:
    grace_s = float(services["proxy"]["stop_grace_period"].removesuffix("s"))
    assert grace_s > Settings.model_fields["drain_s"].default
