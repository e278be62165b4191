"""Azure's door: the SDK unchanged on one side, an upstream of Azure's shape or of anybody's on the other."""

from __future__ import annotations

import httpx
import openai
import pytest
from conftest import RunningProxy, StartProxy
from support.provider import Provider, Reply
from support.serving import served

TRUE = "You must apply before you travel."
FALSE = "You can claim the bereavement fare within 90 days after your trip."
VERSION = "2024-10-21"
ASKED = {"model": "gpt-4o-eu", "messages": [{"role": "user", "content": "Bereavement?"}]}


@pytest.fixture
def azure(start_proxy: StartProxy):  # type: ignore[no-untyped-def]
    """Starts a proxy before an upstream at this address below the provider's host."""
    provider = Provider()
    with served(provider) as url:

        def start(below: str, **settings: str) -> RunningProxy:
            proxy = start_proxy(upstream=url + below, **settings)
            return RunningProxy(proxy.url, provider, proxy.database_url, proxy.policies, proxy.corpus)

        yield start


def sdk(proxy: RunningProxy) -> openai.AzureOpenAI:
    return openai.AzureOpenAI(
        azure_endpoint=proxy.url, api_key="azure-key", api_version=VERSION, max_retries=0
    )


@pytest.mark.parametrize("stream", [False, True])
def test_the_azure_sdk_works_unchanged_before_another_provider(proxy: RunningProxy, stream: bool) -> None:
    proxy.provider.answers(FALSE)
    answer = sdk(proxy).chat.completions.create(**ASKED, stream=stream)
    if stream:
        said = "".join(chunk.choices[0].delta.content or "" for chunk in answer)
    else:
        said = answer.choices[0].message.content
    assert "after travel has been completed" in said and "90 days" not in said
    assert proxy.provider.paths[-1] == "/v1/chat/completions"
    assert proxy.provider.requests[-1]["model"] == "gpt-4o-eu"
    assert proxy.provider.headers[-1]["authorization"] == "Bearer azure-key"
    assert "api-key" not in proxy.provider.headers[-1]


@pytest.mark.parametrize("below", ["/openai", "/openai/deployments/another"])
def test_an_azure_upstream_gets_deployment_version_and_key(azure, below: str) -> None:  # type: ignore[no-untyped-def]
    proxy = azure(below, upstream_query="api-version=2023-05-15&tier=1")
    proxy.provider.answers(FALSE)
    answer = sdk(proxy).chat.completions.create(**ASKED)
    assert "90 days" not in (answer.choices[0].message.content or "")
    assert proxy.provider.paths == [
        f"/openai/deployments/gpt-4o-eu/chat/completions?tier=1&api-version={VERSION}"
    ]
    assert proxy.provider.headers[0]["api-key"] == "azure-key"
    assert "authorization" not in proxy.provider.headers[0]


def test_the_settings_version_and_key_stand_in_for_the_clients(azure) -> None:  # type: ignore[no-untyped-def]
    settings = {"upstream_query": "api-version=2023-05-15", "upstream_auth": "api-key"}
    proxy = azure("/openai", upstream_api_key="ours", **settings)
    proxy.provider.answers(TRUE)
    proxy.post("/openai/deployments/d/chat/completions", {"messages": ASKED["messages"]})
    assert proxy.provider.paths == ["/openai/deployments/d/chat/completions?api-version=2023-05-15"]
    assert proxy.provider.headers[0]["api-key"] == "ours"
    assert proxy.provider.requests[0]["model"] == "d"


def test_azures_v1_address_gets_the_model_and_the_key_but_no_version(azure) -> None:  # type: ignore[no-untyped-def]
    proxy = azure("/openai/v1", upstream_auth="api-key")
    proxy.provider.answers(TRUE)
    sdk(proxy).chat.completions.create(**ASKED)
    assert proxy.provider.paths == ["/openai/v1/chat/completions"]
    assert proxy.provider.headers[0]["api-key"] == "azure-key"
    assert proxy.provider.requests[0]["model"] == "gpt-4o-eu"


def test_the_deployment_is_the_model_whatever_the_body_says(start_proxy: StartProxy) -> None:
    proxy = start_proxy(policies="routes:\n  - name: eu\n    match: {model: gpt-4o-eu}\n    mode: observe\n")
    reply = Reply(body=b'{"choices": []}')
    proxy.provider.replies = [reply]
    path = f"/openai/deployments/gpt-4o-eu/chat/completions?api-version={VERSION}"
    response = proxy.post(path, {**ASKED, "model": "other"})
    assert response.content == reply.body and response.headers["x-cxai-unverified-reason"] == "observe"
    assert proxy.provider.requests[-1]["model"] == "gpt-4o-eu"


@pytest.mark.parametrize("name", ["..", "%2e%2e", "%252e%252e", ".", "a%5c..", "a%2525"])
def test_a_deployment_that_leads_to_another_path_is_refused(proxy: RunningProxy, name: str) -> None:
    before = len(proxy.provider.requests)
    url = httpx.URL(proxy.url).copy_with(raw_path=f"/openai/deployments/{name}/chat/completions".encode())
    response = httpx.post(url, json=ASKED)
    assert response.status_code in (400, 404) and response.json()["error"]["message"]
    assert len(proxy.provider.requests) == before


def test_an_odd_deployment_name_stays_one_segment(azure) -> None:  # type: ignore[no-untyped-def]
    proxy = azure("/openai")
    proxy.provider.answers(TRUE)
    proxy.post("/openai/deployments/a%20b%3Fx%23/chat/completions?api-version=1%262", ASKED)
    assert proxy.provider.paths == ["/openai/deployments/a b?x#/chat/completions?api-version=1%262"]


def test_completions_have_azures_path_too(proxy: RunningProxy) -> None:
    proxy.provider.replies = [Reply(body=b'{"choices": [{"text": "' + FALSE.encode() + b'"}]}')]
    answer = sdk(proxy).completions.create(model="gpt-4o-eu", prompt="Bereavement?")
    assert "90 days" not in answer.choices[0].text
    assert proxy.provider.paths[-1] == "/v1/completions"
    assert proxy.provider.requests[-1]["model"] == "gpt-4o-eu"


def test_its_door_is_traced_under_its_own_name(proxy: RunningProxy) -> None:
    proxy.provider.answers(TRUE)
    response = proxy.post("/openai/deployments/some-name/chat/completions", ASKED)
    assert len(response.headers["x-cxai-trace-id"]) == 32
    text = httpx.get(f"{proxy.url}/metrics").text
    assert 'endpoint="POST /openai/deployments/{deployment:str}/chat/completions"' in text
