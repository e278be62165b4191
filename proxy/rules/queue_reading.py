"""Queues from policies files: checked, their conditions compiled, and each mistake named by its line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from proxy.rules.effects import Effect, Phase
from proxy.rules.expressions import ExpressionError
from proxy.rules.match import any_fits
from proxy.rules.mistakes import Path, suggestion
from proxy.rules.problems import PolicyFile, Reading, label_of
from proxy.rules.queues import Queue, Queues
from proxy.rules.rules import Compiled, Rule, Rules, compiled
from proxy.rules.schema import Schema


class QueueReading(Reading):
    """One reading of all files' queues; ``routes`` has the names of all routes, and none where they are not known."""

    def __init__(self, schema: Schema, routes: Mapping[str, Any]) -> None:
        super().__init__()
        self._schema, self._routes = schema, routes
        self._takes_all: str | None = None

    def queues(self, files: Sequence[PolicyFile]) -> Queues:
        every: list[Queue] = []
        conditions: list[Compiled] = []
        for file in files:
            for path, own in self._listed(file, "queues"):
                queue = self._queue(file, path, own)
                if queue is None:
                    continue
                every.append(queue)
                conditions += self._condition(queue, file, path)
        return Queues(tuple(every), Rules(tuple(conditions), self._schema))

    def _queue(self, file: PolicyFile, path: Path, own: Any) -> Queue | None:
        label = label_of("queue", path, own)
        queue = self._valid(Queue, own, file, path, label)
        if queue is None or not self._take_name("queue", queue.name, file, path, label):
            return None
        if self._takes_all is not None:
            self._add(
                file,
                path,
                f"{label}is never used: {self._takes_all} before it takes every case; put it first",
            )
        if _fits_everything(queue):
            self._takes_all = self._takes_all or f'queue "{queue.name}" ({file.place(path)})'
        if queue.answer_within is not None and queue.alarm_before >= queue.answer_within:
            key = "alarm_before" if "alarm_before" in own else "answer_within"
            wrong = (
                f'"alarm_before" must be shorter than "answer_within"; write alarm_before: {_shorter(queue)}'
            )
            self._add(file, (*path, key), label + wrong)
        for pattern in queue.match.route if self._routes else ():
            if not any(any_fits([pattern], name) for name in self._routes):
                known = list(self._routes)
                wrong = f'"match.route" is "{pattern}", and no route is called so{suggestion(pattern, known)}'
                self._add(file, (*path, "match", "route"), label + wrong)
        return queue

    def _condition(self, queue: Queue, file: PolicyFile, path: Path) -> Iterator[Compiled]:
        """Its ``when`` as a rule that marks a request, named after the queue."""
        if queue.when is None:
            return
        label = label_of("queue", path, {"name": queue.name})
        rule = Rule(
            name=queue.name,
            when=queue.when,
            effect=Effect.MARK,
            reason="queue",
            label="queue",
            match=queue.match,
        )
        try:
            ready = compiled(rule, self._schema)
        except ExpressionError as error:
            for mistake in error.mistakes:
                self._add(file, (*path, "when"), f'{label}"when": {mistake.message}', below=mistake.line)
            return
        if ready.phase is not Phase.AHEAD:
            wrong = '"when" may read the request and the context alone: a case is sorted by what was asked'
            self._add(file, (*path, "when"), label + wrong)
            return
        yield ready


def _fits_everything(queue: Queue) -> bool:
    every = Queue(name=queue.name)
    return (queue.topics, queue.risk, queue.match, queue.when) == (
        every.topics,
        every.risk,
        every.match,
        every.when,
    )


def _shorter(queue: Queue) -> str:
    assert queue.answer_within is not None
    return f"{max(1, int(queue.answer_within.total_seconds() // 4))}s"
