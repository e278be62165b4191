"""The demo from start to end: servers, conversations, table, and what to open next."""

from __future__ import annotations

import json
import shlex
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
from openai import OpenAI, OpenAIError
from rich.console import Console

from proxy.commands.recovery_simulation import in_words
from proxy.demo.conversations import STORY, Conversation, read_conversations
from proxy.demo.crm import Crm, context_yaml
from proxy.demo.customer import Ending, differences, talk
from proxy.demo.people import followed_failure, sign_in_link, simulate_days, simulate_reviews, waiting_cases
from proxy.demo.servers import ProxyPlace, running_crm, running_demo_proxy, running_provider
from proxy.demo.table import Row, print_table
from proxy.loopback import StartError, wait_until

REPOSITORY = Path(__file__).parents[2]
NOT_A_TERMINAL_WIDTH = 160

# What the demo sends in place of a key: the provider asks for none.
NO_KEY = "demo-needs-no-key"

QUEUES = """\
# Whose cases wait where, and how long at most. docs/escalations.md describes this file.
queues:
  - {name: airline, match: {route: airline}, answer_within: 4h}
  - {name: telecom, match: {route: telecom}, answer_within: 1h}
"""

FIRST = "What the chatbots say, held against the policies"
SECOND = "Never ignored twice: what the proxy knows of the customer before the model is asked"


@dataclass(frozen=True, slots=True)
class Scene:
    title: str
    conversations: Sequence[Conversation]
    crm: Crm


def demo_console() -> Console:
    """A console that is wide where the output goes into a file or another program."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=NOT_A_TERMINAL_WIDTH)


def run_demo(
    console: Console,
    *,
    once: bool,
    conversations: Sequence[Conversation] | None = None,
    story: Sequence[Conversation] | None = None,
) -> int:
    """Show the demo; the exit status: 0, or 1 when a conversation did not end as its file says.

    Without ``once`` the servers stay up until KeyboardInterrupt. Raises StartError where they cannot start.
    """
    started = time.monotonic()
    conversations = read_conversations() if conversations is None else conversations
    story = read_conversations(STORY) if story is None else story
    corpus, policies = _shipped("policy_corpus"), _shipped("policies")

    def progress(text: str) -> None:
        console.print(f"[dim]{time.monotonic() - started:5.1f} s[/dim]  {text}")

    with ExitStack() as servers:
        data = Path(servers.enter_context(tempfile.TemporaryDirectory(prefix="cxai-demo-")))
        progress("Starting the demo provider: it plays recorded answers, there is no model behind it ...")
        recorded, delay_s = [*conversations, *story], 0.0 if once else 0.005
        upstream = servers.enter_context(running_provider(recorded, token_delay_s=delay_s))
        progress(f"  {upstream}")
        progress("Starting the demo CRM: it knows who has complained ...")
        crm = Crm()
        policies = _with_crm(policies, servers.enter_context(running_crm(crm)), data)
        progress("Starting the proxy: reading the policies of an airline and a telecom ...")
        place = servers.enter_context(
            running_demo_proxy(upstream=upstream, corpus=corpus, policies=policies, data=data)
        )
        progress(f"  {place.url}")
        progress("Its console, where people settle what was handed over; this link signs you in, once:")
        progress(f"  {sign_in_link(place)}")
        progress(f"Sending {len(conversations)} conversations through it ...")
        failures = _converse(console, Scene(FIRST, conversations, crm), place)
        progress(f"Sending {len(story)} more, of customers who have complained ...")
        failures += _converse(console, Scene(SECOND, story, crm), place)
        if not once:
            progress(f"{simulate_reviews(place)} reviews by simulated reviewers are added, marked so ...")
            progress("Sixty simulated days of the telecom are played through the same code, marked so ...")
            progress(f"  {in_words(simulate_days(place, corpus))}")
            _stay_up(console, place, conversations[0])
    return 1 if failures else 0


def _with_crm(policies: Path, crm_url: str, data: Path) -> Path:
    """A copy of the shipped policies that knows the demo's CRM, with a service target for each company's cases."""
    copied = Path(shutil.copytree(policies, data / "policies"))
    (copied / "context.yaml").write_text(context_yaml(crm_url), encoding="utf-8")
    (copied / "queues.yaml").write_text(QUEUES, encoding="utf-8")
    return copied


def _shipped(folder: str) -> Path:
    path = REPOSITORY / folder
    if not path.is_dir():
        raise StartError(f"{path} is not there. The demo runs in a clone of the repository: make demo")
    return path


def _converse(console: Console, scene: Scene, place: ProxyPlace) -> list[str]:
    """All conversations, then the table, then what went otherwise than expected (also returned)."""
    rows: list[Row] = []
    failures: list[str] = []
    with OpenAI(base_url=f"{place.url}/v1", api_key=NO_KEY, max_retries=0, timeout=60.0) as client:
        for conversation in scene.conversations:
            scene.crm.state = conversation.crm
            live_s = _saved(conversation, place) if conversation.rule else None
            ending, found = _one(client, conversation)
            failures += [f"{conversation.id}: {difference}" for difference in found]
            if live_s is not None:
                conversation = replace(
                    conversation, before=f"{conversation.before} Live after {live_s:.1f} s."
                )
            if ending is not None:
                rows.append((conversation, ending))
    print_table(console, rows, scene.title)
    for failure in failures:
        console.print(f"DIFFERS  {failure}", style="red", markup=False)
    if not failures:
        console.print(f"All {len(rows)} conversations ended as their file says.")
    return failures


def _saved(conversation: Conversation, place: ProxyPlace) -> float:
    """Save the conversation's rule; the seconds until it is live. Raises StartError where it never is."""
    before, saved = _policies_version(place), time.monotonic()
    (place.policies / f"{conversation.id}.yaml").write_text(conversation.rule, encoding="utf-8")
    wait_until(lambda: _policies_version(place) != before, alive=lambda: True, name="rule")
    return time.monotonic() - saved


def _policies_version(place: ProxyPlace) -> str:
    return str(httpx.get(f"{place.url}/readyz", timeout=10.0).json()["policies"]["version"])


def _one(client: OpenAI, conversation: Conversation) -> tuple[Ending | None, list[str]]:
    try:
        ending = talk(client, conversation)
    except OpenAIError as error:
        return None, [f"no answer: {error}"]
    return ending, differences(conversation, ending)


def _stay_up(console: Console, place: ProxyPlace, example: Conversation) -> None:
    """Say what to open next, and wait for KeyboardInterrupt."""
    console.print(next_steps(place, example), markup=False, soft_wrap=True)
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        console.print("\nStopping ...")


def next_steps(place: ProxyPlace, example: Conversation) -> str:
    """What to open next, as an address and commands that can be copied."""
    settings = " ".join(f"{name}={shlex.quote(value)}" for name, value in place.environment.items())
    command = f"{settings} {shlex.quote(str(Path(sys.executable).with_name('cxai')))}"
    asked = {"model": example.model, "messages": list(example.messages)}
    return f"""
What next? The servers are up until you press Ctrl-C.

  The console: {waiting_cases(place)} cases wait for a person. This link signs you in, once, within 15 minutes:
    {sign_in_link(place)}

  What customers lived through, beside the usual numbers (sixty days, simulated and marked so):
    {place.url}/console/lead
{_one_failure(place, command)}
  Ask it yourself (the provider knows only the questions of the table):
    curl -s {place.url}/v1/chat/completions -H 'content-type: application/json' \\
      -d {shlex.quote(json.dumps(asked))}

  Check a sentence of your own against the policies, without a model:
    curl -s {place.url}/v1/guard/check -H 'content-type: application/json' \\
      -d '{{"answer": "You can apply for a bereavement fare after you have travelled."}}'

  What was handed over to people, and what was decided about every answer:
    {command} escalations
    {command} answers --since 1h

  Whether the people who review really see (the reviews are simulated, and marked so):
    {command} review figures

  Change a document in policy_corpus/ or a threshold in {place.policies}/routes.yaml
  and ask again: both are live in seconds.
  Find the trace of an escalation or a failure in Jaeger: docs/tracing.md
  Your own chatbot: README.md, "Put it before your chatbot"

  The demo's data and the proxy's log: {place.data} (removed at the end)
"""


def _one_failure(place: ProxyPlace, command: str) -> str:
    """One failure, for a lead in the browser and for an engineer; nothing where none was followed to its end."""
    failure_id = followed_failure(place)
    if failure_id is None:
        return ""
    return f"""
  One failure, from the customer's message until the customer was whole; an engineer finds each of its steps in
  Jaeger by the tag cxai.failure.ref={failure_id} (docs/tracing.md says how to start the demo with Jaeger):
    {place.url}/console/failures/{failure_id}
    {command} failures show {failure_id}

  What was learned of such failures, and what waits to be:
    {place.url}/console/failures/lessons
"""
