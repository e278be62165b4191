"""The clients that are tried: how each is run, and what it must raise where the provider does not know the model."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
BUILD = HERE.parents[1] / "build" / "clients"
NODE_PROGRAMS = HERE / "node"


@dataclass(frozen=True, slots=True)
class Environment:
    """Where programs run: ``command`` runs a program that is in ``programs``."""

    command: Path
    programs: Path

    @property
    def is_there(self) -> bool:
        return self.command.exists()


OWN = Environment(Path(sys.executable), HERE / "python")
PYTHON = Environment(BUILD / "venv/bin/python", HERE / "python")
# Clients that do not take version 3 of the official client yet.
PYTHON_OPENAI_2 = Environment(BUILD / "venv-openai-2/bin/python", HERE / "python")
# Beside node_modules, because that is where its imports are looked up.
NODE = Environment(BUILD / "node/node_modules/.bin/node", BUILD / "node")


@dataclass(frozen=True, slots=True)
class Client:
    """``error`` is the class that tells of an unknown model, ``door`` the one that the client talks to; ``shown`` are
    more files with lines for the page."""

    name: str
    program: str
    environment: Environment
    error: str
    door: str = "chat"
    shown: tuple[str, ...] = ()

    @property
    def sources(self) -> tuple[Path, ...]:
        """The program and what is shown beside it, in the repository."""
        folder = NODE_PROGRAMS if self.environment is NODE else self.environment.programs
        return tuple(folder / name for name in (self.program, *self.shown))


CLIENTS = (
    Client("openai-python", "openai_sync.py", OWN, "openai.NotFoundError", shown=("openai_parts.py",)),
    Client("openai-python, async", "openai_async.py", OWN, "openai.NotFoundError"),
    Client(
        "openai-python, AzureOpenAI",
        "openai_azure.py",
        OWN,
        "openai.NotFoundError",
        door="azure",
        shown=("openai_parts.py",),
    ),
    Client(
        "openai-python 2",
        "openai_sync.py",
        PYTHON_OPENAI_2,
        "openai.NotFoundError",
        shown=("openai_parts.py",),
    ),
    Client("openai-node", "openai.mjs", NODE, "NotFoundError"),
    Client("LangChain", "langchain_chat.py", PYTHON, "langchain_openai.OpenAIModelNotFoundError"),
    Client("LangChain.js", "langchain.mjs", NODE, "NotFoundError"),
    Client("LlamaIndex", "llama_index_chat.py", PYTHON_OPENAI_2, "openai.NotFoundError"),
    Client("LiteLLM", "litellm_chat.py", PYTHON, "litellm.NotFoundError"),
    Client("Vercel AI SDK", "ai_sdk.mjs", NODE, "AI_APICallError"),
    Client("Pydantic AI", "pydantic_ai_chat.py", PYTHON, "pydantic_ai.ModelNotFoundError"),
    Client("OpenAI Agents SDK", "agents_chat.py", PYTHON, "openai.NotFoundError"),
    Client("OpenAI Agents SDK for JavaScript", "agents.mjs", NODE, "NotFoundError"),
    Client("Haystack", "haystack_chat.py", PYTHON, "openai.NotFoundError"),
    Client("Instructor", "instructor_chat.py", PYTHON_OPENAI_2, "openai.NotFoundError"),
    Client("curl", "curl_commands.py", OWN, "__main__.CurlError", shown=("curl.sh",)),
)
