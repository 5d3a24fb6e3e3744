"""Makes advice of a change to a queryset: the code to paste, the name of the place, the diff."""

from __future__ import annotations

from queryscope.profiler.analysis.advice.change import IMPORTS, Add, Change, Drop, Step, quoted
from queryscope.profiler.analysis.advice.placing import Setting, setting_of, target, written
from queryscope.profiler.analysis.advice.reading import Reading
from queryscope.profiler.analysis.advice.roots import Root, root_of
from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.finding import Advice
from queryscope.profiler.trace import CallSite, Origin, Queryset, Span

MOST_CHARS = 2_000
"""Characters of an expression that is shown whole; of a longer one only the calls are."""


def placed(
    evidence: Evidence, root: Root, change: Change, *, summary: str, reading: Reading | None = None
) -> Advice:
    """Return the advice to make ``change`` to the queryset ``root``.

    What a change brings under a new name (``needs``) has to be read under it: without ``reading``, the edits of the places
    that read, there is no diff, for half of a fix would only cost.
    """
    setting = setting_of(evidence, root)
    found = written(setting, change, reading)
    readable = found.code is not None and len(found.code) <= MOST_CHARS
    return Advice(
        summary=summary,
        code=found.code if readable else alone(change, root.queryset) or None,
        where=None if found.site is None else _where(setting, found.site),
        diff=found.diff,
    )


def edited(evidence: Evidence, start: Origin | Span) -> CallSite | None:
    """Return the line that a fix of the queryset behind ``start`` edits."""
    return target(setting_of(evidence, root_of(evidence, start)))


def alone(change: Change, queryset: Queryset) -> str:
    """Return the calls as they are to read after a change, with the imports they need."""
    needs = sorted({name for step in change.added for name in step.needs})
    modules = {IMPORTS[name]: [each for each in needs if IMPORTS[each] == IMPORTS[name]] for name in needs}
    lines = [f"from {module} import {', '.join(names)}" for module, names in modules.items()]
    calls = "".join(_call(step, queryset) for step in change.steps)
    return "\n".join([*lines, *([""] if lines else []), calls])


def _where(setting: Setting, site: CallSite) -> str:
    """Return how a person finds a place, and who else is affected by a change of it."""
    text = f"{site.function} in {site.label}" + (f":{site.line}" if site.line else "")
    owner = site.function.partition(".")[0]
    asking = setting.call_site.function.partition(".")[0] if setting.call_site else None
    if site.column is None or owner == asking or f".{owner}." in f".{setting.view}.":
        return text
    return f"{text}, for everything that uses it"


def _call(step: Step, queryset: Queryset) -> str:
    if isinstance(step, Add):
        return (
            Add(method=step.method, arguments=(*quoted(queryset.only), *step.arguments)).code
            if step.existing
            else step.code
        )
    return _left(step, queryset) if isinstance(step, Drop) else f".iterator(chunk_size={step.chunk_size})"


def _left(step: Drop, queryset: Queryset) -> str:
    """Return the call without what is dropped; one of nothing need not be written."""
    stated = {
        "defer": queryset.deferred,
        "select_related": queryset.joined,
        "prefetch_related": queryset.prefetched,
    }
    left = [*dict.fromkeys(filter(None, map(step.left, stated.get(step.method, ()))))]
    left = [name for name in left if not any(each.startswith(f"{name}__") for each in left)]
    return Add(method=step.method, arguments=quoted(tuple(left))).code if left else ""
