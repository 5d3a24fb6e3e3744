"""The unit that is stored, shown and exported: a trace, what was found in it, and what recording it cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from queryscope.profiler.finding import Finding, Standing
from queryscope.profiler.trace import Trace, Value

SCHEMA_VERSION = 1
"""Raised when a field of the JSON contract changes its meaning; additions leave it as it is."""


class Overhead(Value, frozen=True, kw_only=True):
    """Our own cost: time spent inside our hooks during the unit of work, spans not kept, size in the store."""

    capture_ms: float
    dropped_spans: int
    bytes: int


class Report(Value, frozen=True, kw_only=True):
    """A trace with its findings; ``verifications`` stay empty until a candidate was replayed.

    ``judged`` is false where a rule failed on the trace: that nothing was found then says nothing.
    """

    trace: Trace
    overhead: Overhead
    findings: tuple[Finding, ...] = ()
    verifications: tuple[dict[str, Any], ...] = ()
    schema_version: int = SCHEMA_VERSION
    judged: bool = True


def to_document(report: Report, problems: Mapping[str, Standing]) -> dict[str, Any]:
    """Return the report as plain dicts and lists, by the JSON contract of ``docs/json.md``.

    ``problems`` are those that its findings belong to, by identity; a finding without one has ``null``.
    """
    document: dict[str, Any] = msgspec.to_builtins(report)
    document["trace"]["truncated_spans"] = report.trace.truncated_spans
    for finding in document["findings"]:
        problem = problems.get(finding["identity"])
        finding["problem"] = (
            None if problem is None else {name: getattr(problem, name) for name in Standing.__struct_fields__}
        )
    return document
