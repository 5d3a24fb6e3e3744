"""One diagnosed problem of a trace, as a frozen value with the field names of the JSON contract."""

from __future__ import annotations

from typing import Literal

from queryscope.profiler.trace import CallSite, TemplateSite, Value

Severity = Literal["high", "medium", "low", "info"]


class Advice(Value, frozen=True, kw_only=True):
    """What to write instead; ``diff`` is unified and ``None`` where the site could not be located."""

    summary: str
    code: str | None = None
    diff: str | None = None
    alternatives: tuple[str, ...] = ()


class Finding(Value, frozen=True, kw_only=True):
    """A problem that one rule saw; ``spans`` are the numbers of the statements that prove it."""

    id: str
    rule: str
    severity: Severity
    title: str
    why: str
    count: int
    cost_ms: float
    model: str | None
    relation: str | None
    path: str | None
    call_site: CallSite | None
    build_site: CallSite | None
    template_site: TemplateSite | None
    spans: tuple[int, ...]
    advice: Advice
    docs: str
