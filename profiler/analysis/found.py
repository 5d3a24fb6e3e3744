"""Makes a finding out of the statements that prove it: its sites, its cost, its identity."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.analysis.severity import severity
from queryscope.profiler.finding import Advice, Finding, Severity
from queryscope.profiler.groups import whole_ms
from queryscope.profiler.trace import CallSite, Span, TemplateSite

_UNSET = CallSite(
    file="", label="", line=None, column=None, end_line=None, end_column=None, function="", source=None
)


def found(
    evidence: Evidence,
    rule: str,
    spans: Sequence[Span],
    *,
    title: str,
    why: str,
    advice: Advice,
    certain: bool = False,
    level: Severity | None = None,
    model: str | None = None,
    relation: str | None = None,
    path: str | None = None,
    build_site: CallSite | None = _UNSET,
    cost_ms: float | None = None,
    detail: str = "",
) -> Finding:
    """Return a finding that ``spans`` prove, the first of them telling the sites; ``id`` is given when all are known.

    ``certain`` says that the rule cannot be mistaken, ``level`` sets the severity where the usual measure does not fit.
    ``build_site`` is the line a fix edits: where it is not given, the first build site of the first span. ``detail`` tells
    two findings of a rule apart that have the same place and path.
    """
    first = spans[0]
    cost = sum(map(whole_ms, spans)) if cost_ms is None else cost_ms
    if build_site is _UNSET:
        build_site = first.build_sites[0] if first.build_sites else None
    return Finding(
        id="",
        rule=rule,
        severity=level
        or severity(len(spans), cost, evidence.trace, fix=advice.code is not None, certain=certain),
        title=title,
        why=why,
        count=len(spans),
        cost_ms=cost,
        model=model,
        relation=relation,
        path=path,
        call_site=first.call_site,
        build_site=build_site,
        template_site=first.template_site if first.via_template or first.call_site is None else None,
        spans=tuple(span.n for span in spans),
        advice=advice,
        docs=f"docs/rules/{rule}.md",
        identity=_identity(
            rule, model, path or relation, build_site or first.call_site, first.template_site, first, detail
        ),
        field_site=first.field_site,
    )


def _identity(
    rule: str,
    model: str | None,
    path: str | None,
    site: CallSite | None,
    template: TemplateSite | None,
    first: Span,
    detail: str,
) -> str:
    """Return what stays equal while lines move: names and texts of the lines, the fingerprint where there is no line."""
    parts = [rule, model or "", path or ""]
    if site is not None:
        parts += [site.label, site.function, (site.source or "").strip()]
    if template is not None:
        parts += [template.name, (template.source or "").strip()]
    if site is None and template is None:
        parts.append(first.fingerprint)
    if detail:
        parts.append(detail)
    return blake2b("\n".join(parts).encode("utf-8", "backslashreplace"), digest_size=8).hexdigest()
