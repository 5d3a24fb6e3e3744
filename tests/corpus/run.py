"""Does the work of a case while it is recorded, by the whole way to the store and back, and tells what was found."""

from __future__ import annotations

import re
from inspect import iscoroutinefunction
from typing import Any, NamedTuple

from asgiref.sync import async_to_sync
from django.test import Client

from queryscope.profiler import pipeline
from queryscope.profiler.analysis.memory import Memory
from queryscope.profiler.finding import Finding
from queryscope.profiler.scopes.block import profile
from queryscope.profiler.store import current_store
from queryscope.profiler.trace import Trace
from tests.corpus.case import Case, Work

_TOKEN = re.compile(rb'(name="csrfmiddlewaretoken" value=")\w+')
"""What is another one in every answer."""


class Outcome(NamedTuple):
    """What the work returned, what was recorded of it the last time, and what was found in that."""

    value: Any
    trace: Trace
    findings: tuple[Finding, ...]

    @property
    def rules(self) -> frozenset[str]:
        return frozenset(finding.rule for finding in self.findings)

    def of(self, rule: str) -> tuple[Finding, ...]:
        """Return the findings of one rule."""
        return tuple(finding for finding in self.findings if finding.rule == rule)


def run(case: Case, work: Work | None = None) -> Outcome:
    """Return the outcome of a case; ``work`` takes the place of its own, such as the same with a fix."""
    work = work or case.work
    value = None
    pipeline._writer._memory = Memory()  # what another case asked often is no finding of this one
    for _ in range(case.times + 2):
        value = _requested(work) if case.request else _recorded(case.id, work)
    assert pipeline.flush(20), "the writer did not finish in 20 s"
    store = current_store()
    report = store.report(store.resolve("last"))
    return Outcome(value, report.trace, report.findings)


def _requested(work: Work) -> Any:
    response = work(Client())
    body = b"".join(response) if getattr(response, "streaming", False) else response.content
    return _TOKEN.sub(rb"\1", body)


def _recorded(name: str, work: Work) -> Any:
    with profile(name):
        return async_to_sync(work)() if iscoroutinefunction(work) else work()
