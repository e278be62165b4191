"""deploy/kubernetes: valid by Kubernetes's own schemas, and in agreement with the proxy and with itself."""

from __future__ import annotations

import copy
import os
import time
from pathlib import Path
from typing import Any

import httpx
import kubernetes_validate
import pytest
import yaml
from conftest import RunningProxy, StartProxy
from support.watched import DEPLOY

from proxy.ledger.database import ledger_url
from proxy.settings import Settings, variable_of

FOLDER = DEPLOY / "kubernetes"
VERSIONS = ["1.29", "1.33", kubernetes_validate.latest_version()]
MANIFESTS: list[dict[str, Any]] = [
    manifest
    for name in ("proxy.yaml", "secrets.example.yaml")
    for manifest in yaml.safe_load_all((FOLDER / name).read_text(encoding="utf-8"))
]
OF_KIND = {manifest["kind"]: manifest for manifest in MANIFESTS}
POD = OF_KIND["Deployment"]["spec"]["template"]
CONTAINER = POD["spec"]["containers"][0]
SETTINGS = {**OF_KIND["ConfigMap"]["data"], **OF_KIND["Secret"]["stringData"]}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda manifest: manifest["kind"])
def test_each_manifest_is_valid_in_strict_mode(manifest: dict[str, Any], version: str) -> None:
    kubernetes_validate.validate(manifest, version, strict=True)


def test_strict_mode_finds_a_misspelt_key() -> None:
    wrong = copy.deepcopy(OF_KIND["Deployment"])
    wrong["spec"]["template"]["spec"]["containers"][0]["readynessProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError, match="readynessProbe"):
        kubernetes_validate.validate(wrong, VERSIONS[-1], strict=True)


def test_everything_of_the_folder_is_applied_but_the_secrets_are_an_example() -> None:
    kustomization = yaml.safe_load((FOLDER / "kustomization.yaml").read_text(encoding="utf-8"))
    others = {"kustomization.yaml", "secrets.example.yaml"}
    assert {*kustomization["resources"], *others} == {file.name for file in FOLDER.iterdir()}


def test_every_setting_exists_and_is_valid(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = {name for name in SETTINGS if name.startswith("CXAI_")}
    assert ours <= {variable_of(name) for name in Settings.model_fields}
    for name in [name for name in os.environ if name.startswith("CXAI_")]:
        monkeypatch.delenv(name)
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    assert settings.host == "0.0.0.0"
    # Replicas keep nothing of their own, and the password is not in the URL.
    assert ledger_url(settings.database_url).get_backend_name() == "postgresql"
    assert ledger_url(settings.database_url).password is None and SETTINGS["PGPASSWORD"]


def test_settings_and_secrets_are_those_that_the_container_asks_for() -> None:
    asked = [next(iter(source.values()))["name"] for source in CONTAINER["envFrom"]]
    assert asked == [OF_KIND["ConfigMap"]["metadata"]["name"], OF_KIND["Secret"]["metadata"]["name"]]


def test_documents_and_policies_are_mounted_read_only_where_the_settings_look() -> None:
    mounts = {mount["name"]: mount for mount in CONTAINER["volumeMounts"]}
    volumes = {volume["name"] for volume in POD["spec"]["volumes"]}
    assert mounts.keys() == volumes
    for name in ("corpus", "policies"):
        folder = SETTINGS[f"CXAI_{name.upper()}"]
        assert f"{mounts[name]['mountPath']}/".startswith(
            f"{folder}/"
        )  # documents: a folder in it, which routes match
        assert mounts[name]["readOnly"] is True


def test_the_only_places_that_can_be_written_are_those_that_are_needed() -> None:
    assert CONTAINER["securityContext"]["readOnlyRootFilesystem"] is True
    written = {mount["mountPath"] for mount in CONTAINER["volumeMounts"] if not mount.get("readOnly")}
    assert written == {"/tmp", str(Path(SETTINGS["CXAI_EMBEDDING_CACHE"]).parent)}


def test_the_container_is_no_root_and_may_become_nothing_else() -> None:
    image = (DEPLOY.parent / "Dockerfile").read_text(encoding="utf-8")
    inside = POD["spec"]["securityContext"]
    assert inside["runAsNonRoot"] and f"USER {inside['runAsUser']}:{inside['runAsGroup']}" in image
    assert CONTAINER["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert CONTAINER["securityContext"]["allowPrivilegeEscalation"] is False
    assert POD["spec"]["automountServiceAccountToken"] is False


def test_the_pod_is_given_the_time_that_a_drain_takes() -> None:
    pause_s = float(CONTAINER["lifecycle"]["preStop"]["exec"]["command"][1])
    drain_s = float(SETTINGS.get("CXAI_DRAIN_S", Settings.model_fields["drain_s"].default))
    assert POD["spec"]["terminationGracePeriodSeconds"] >= pause_s + drain_s + 10


def test_what_is_selected_is_there() -> None:
    labels = POD["metadata"]["labels"].items()
    assert OF_KIND["Deployment"]["spec"]["selector"]["matchLabels"].items() <= labels
    assert OF_KIND["Service"]["spec"]["selector"].items() <= labels
    assert OF_KIND["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"].items() <= labels
    assert OF_KIND["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"].items() <= labels
    target = OF_KIND["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]
    assert target["name"] == OF_KIND["Deployment"]["metadata"]["name"]


def test_ports_agree() -> None:
    (port,) = CONTAINER["ports"]
    (service,) = OF_KIND["Service"]["spec"]["ports"]
    (allowed,) = OF_KIND["NetworkPolicy"]["spec"]["ingress"][0]["ports"]
    assert port["containerPort"] == int(SETTINGS["CXAI_PORT"]) == allowed["port"]
    assert port["containerPort"] == int(POD["metadata"]["annotations"]["prometheus.io/port"])
    assert service["targetPort"] == port["name"]


def test_no_upgrade_takes_a_replica_away_before_the_next_is_ready() -> None:
    assert OF_KIND["Deployment"]["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
    at_least = OF_KIND["HorizontalPodAutoscaler"]["spec"]["minReplicas"]
    assert OF_KIND["PodDisruptionBudget"]["spec"]["minAvailable"] < at_least
    assert "replicas" not in OF_KIND["Deployment"]["spec"], "an apply would undo the autoscaler's"


@pytest.mark.parametrize("probe", ["startupProbe", "readinessProbe", "livenessProbe"])
def test_what_is_probed_is_answered_by_a_real_proxy(probe: str, proxy: RunningProxy) -> None:
    assert httpx.get(proxy.url + CONTAINER[probe]["httpGet"]["path"]).status_code == 200
    assert httpx.get(proxy.url + POD["metadata"]["annotations"]["prometheus.io/path"]).status_code == 200


# A ConfigMap as the kubelet mounts it


def write_config_map(volume: Path, version: str, files: dict[str, str]) -> None:
    """As the kubelet does it: files are links through ``..data``, which is replaced in one step."""
    data = volume / f"..{version}"
    data.mkdir(parents=True)
    for name, text in files.items():
        (data / name).write_text(text, encoding="utf-8")
    new = volume / "..data_tmp"
    new.symlink_to(data.name)
    new.replace(volume / "..data")
    for name in files:
        if not (volume / name).is_symlink():
            (volume / name).symlink_to(f"..data/{name}")


def test_documents_and_policies_from_config_maps_are_read_once_and_live(
    start_proxy: StartProxy, tmp_path: Path
) -> None:
    corpus, policies = tmp_path / "corpus", tmp_path / "policies"
    write_config_map(corpus, "2026_1", {"refunds.md": "# Refunds\n\nRefunds are paid within 14 days.\n"})
    write_config_map(policies, "2026_1", {"routes.yaml": "routes: [{name: first}]\n"})
    proxy = start_proxy(corpus=corpus)
    before = httpx.get(f"{proxy.url}/readyz").json()
    assert before["corpus"] == {"documents": 1, "passages": 1, "problems": []}
    proxy.provider.answers("Refunds are paid within 30 days.")
    assert proxy.ask("When?").headers["x-cxai-decision"] == "rewrite"

    write_config_map(corpus, "2026_2", {"refunds.md": "# Refunds\n\nRefunds are paid within 30 days.\n"})
    write_config_map(policies, "2026_2", {"routes.yaml": "routes: [{name: second}]\n"})
    deadline = time.monotonic() + 30
    while (
        httpx.get(f"{proxy.url}/readyz").json()["policies"] == before["policies"]
        and time.monotonic() < deadline
    ):
        time.sleep(0.1)
    while (last := proxy.ask("When?")).headers[
        "x-cxai-decision"
    ] != "deliver" and time.monotonic() < deadline:
        time.sleep(0.1)
    assert last.headers["x-cxai-decision"] == "deliver"
    assert httpx.get(f"{proxy.url}/readyz").json()["policies"]["version"] != before["policies"]["version"]
