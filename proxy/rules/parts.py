"""What policies consist of, part by part, so that it can be told in words what a change has changed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from proxy.rules.policies import Policies

FILE = "file "
Parts = Mapping[str, str]


def parts_of(policies: Policies, texts: Mapping[str, str]) -> dict[str, str]:
    """A digest of each route, rule, queue, source, fact, candidate and file by its name: ``rule no-gifts``."""
    tried = policies.candidate
    said = {
        **{f"route {route.name}": route.model_dump_json() for route in policies.routes},
        **{f"rule {rule.name}": rule.model_dump_json() for rule in policies.rules.every},
        **{f"source {source.name}": source.model_dump_json() for source in policies.context.sources},
        **{f"fact {fact.name}": fact.model_dump_json() for fact in policies.context.facts},
        **{f"queue {queue.name}": queue.model_dump_json() for queue in policies.queues.every},
        **({f"candidate {tried.name}": tried.model_dump_json()} if tried else {}),
        "budget": policies.context.budget.total_seconds().hex(),
        **{f"{FILE}{path}": text for path, text in texts.items()},
    }
    return {name: _digest(text) for name, text in said.items()}


def changes_between(before: Parts, now: Parts) -> dict[str, list[str]]:
    """``{"files", "added", "changed", "removed"}``; files are those that differ, whatever became of them."""
    added = [name for name in now if name not in before]
    changed = [name for name in now if name in before and now[name] != before[name]]
    removed = [name for name in before if name not in now]
    files = sorted(name.removeprefix(FILE) for name in (*added, *changed, *removed) if name.startswith(FILE))
    told = {"added": added, "changed": changed, "removed": removed}
    told = {what: [name for name in names if not name.startswith(FILE)] for what, names in told.items()}
    if not any(told.values()):
        told["changed"] = ["order"]  # the version differs all the same
    return {"files": files, **told}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
