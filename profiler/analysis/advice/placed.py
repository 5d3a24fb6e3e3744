"""Puts a change where it belongs: the code to paste, the name of the place, the diff."""

from __future__ import annotations

from queryscope.profiler.analysis.advice.change import IMPORTS, Add, Change, Drop, Step, quoted
from queryscope.profiler.analysis.advice.roots import Root, root_of
from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.finding import Advice
from queryscope.profiler.trace import CallSite, Origin, Queryset, Span


def placed(evidence: Evidence, root: Root, change: Change, *, summary: str) -> Advice:
    """Return the advice to make ``change`` to the queryset ``root``."""
    site = _site(root)
    return Advice(
        summary=summary,
        code=alone(change, root.queryset) or None,
        where=None if site is None else where(site),
    )


def edited(evidence: Evidence, start: Origin | Span) -> CallSite | None:
    """Return the line that a fix of the queryset behind ``start`` edits."""
    return _site(root_of(evidence, start))


def _site(root: Root) -> CallSite | None:
    return root.sites[-1] if root.sites else root.call_site


def where(site: CallSite) -> str:
    """Return how a person finds a place."""
    return f"{site.function} in {site.label}" + (f":{site.line}" if site.line else "")


def alone(change: Change, queryset: Queryset) -> str:
    """Return the calls as they are to read after a change, with the imports they need."""
    needs = sorted({name for step in change.added for name in step.needs})
    lines = [f"from {IMPORTS[name]} import {name}" for name in needs]
    calls = "".join(_call(step, queryset) for step in change.steps)
    return "\n".join([*lines, *([""] if lines else []), calls])


def _call(step: Step, queryset: Queryset) -> str:
    if isinstance(step, Add):
        if step.existing:
            return Add(method=step.method, arguments=(*quoted(queryset.only), *step.arguments)).code
        return step.code
    if isinstance(step, Drop):
        return _left(step, queryset)
    return f".iterator(chunk_size={step.chunk_size})"


def _left(step: Drop, queryset: Queryset) -> str:
    """Return the call without what is dropped; ``defer()`` and ``prefetch_related()`` of nothing need not be written."""
    stated = {
        "defer": queryset.deferred,
        "select_related": queryset.joined,
        "prefetch_related": queryset.prefetched,
    }
    left = [name for name in stated.get(step.method, ()) if name not in step.paths]
    left = [name for name in left if not any(each.startswith(f"{name}__") for each in left)]
    return Add(method=step.method, arguments=quoted(tuple(left))).code if left else ""
