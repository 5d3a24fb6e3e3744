"""Puts a change where it belongs: the code to paste, the name of the place, the diff."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from queryscope.profiler.analysis.advice.change import IMPORTS, Add, Change, Drop, Step, quoted
from queryscope.profiler.analysis.advice.classes import (
    Head,
    admin_list,
    admin_method,
    head_of,
    view_model,
    view_queryset,
)
from queryscope.profiler.analysis.advice.located import Located, located
from queryscope.profiler.analysis.advice.patch import Patch, diff, patched
from queryscope.profiler.analysis.advice.reading import Reading
from queryscope.profiler.analysis.advice.roots import Root, root_of
from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.finding import Advice
from queryscope.profiler.trace import CallSite, Origin, Queryset, Span

_ADMIN = "django/contrib/admin/"
_LIST = ("ModelAdmin.changelist_view", "ChangeList.get_results", "result_list")
"""Functions of the admin's that ask for the rows of a change list."""
_VIEWS = ("django/views/generic/", "rest_framework/")


def placed(
    evidence: Evidence, root: Root, change: Change, *, summary: str, reading: Reading | None = None
) -> Advice:
    """Return the advice to make ``change`` to the queryset ``root``.

    What a change brings under a new name (``needs``) has to be read under it: without ``reading``, the edits of the places
    that read, there is no diff, for half of a fix would only cost.
    """
    patch = _patch(evidence, root, change)
    site = patch.site if patch else _likely(root)
    whole = reading is not None or not any(step.needs for step in change.added)
    parts = (*([patch.part] if patch else ()), *(reading.parts if reading else ()))
    codes = (patch.code if patch else alone(change, root.queryset), reading.code if reading else "")
    return Advice(
        summary=summary,
        code="\n".join(filter(None, codes)) or None,
        where=None if site is None else _where(evidence, root, site),
        diff=diff(parts) if patch and whole else None,
    )


def edited(evidence: Evidence, start: Origin | Span) -> CallSite | None:
    """Return the line that a fix of the queryset behind ``start`` edits."""
    root = root_of(evidence, start)
    target = _target(root, _spots(root))
    return target.site if target else _likely(root)


def alone(change: Change, queryset: Queryset) -> str:
    """Return the calls as they are to read after a change, with the imports they need."""
    needs = sorted({name for step in change.added for name in step.needs})
    modules = {IMPORTS[name]: [each for each in needs if IMPORTS[each] == IMPORTS[name]] for name in needs}
    lines = [f"from {module} import {', '.join(names)}" for module, names in modules.items()]
    calls = "".join(_call(step, queryset) for step in change.steps)
    return "\n".join([*lines, *([""] if lines else []), calls])


def _patch(evidence: Evidence, root: Root, change: Change) -> Patch | None:
    """Return the change as a patch: of the class where a library builds the queryset, else of the expression."""
    if not change.steps:
        return None
    spots = _spots(root)
    target = _target(root, spots)
    by_admin = root.driven_by(_ADMIN)
    heads = list(_heads(root)) if by_admin or target is None else []
    if by_admin and (patch := _listed(evidence, root, change, heads)):
        return patch
    if target is not None:
        return patched(change, target, spots)
    for site, head in heads:
        if by_admin:
            patch = admin_method(site, head, change)
        elif _is_view(evidence, root, site):
            queryset = view_queryset(site, head)
            patch = patched(change, queryset, [queryset]) if queryset else view_model(site, head, change)
        else:
            patch = None
        if patch:
            return patch
    return None


def _listed(
    evidence: Evidence, root: Root, change: Change, heads: Sequence[tuple[CallSite, Head]]
) -> Patch | None:
    """Return the patch of ``list_select_related``, where joins are all that is changed and the change list obeys it."""
    if {step.method for step in change.steps if isinstance(step, (Add, Drop))} != {"select_related"}:
        return None
    if len(change.steps) > 1 or not root.driven_by(_ADMIN, *_LIST):
        return None
    joined = root.queryset.joined
    for site, head in heads:
        if not f".{evidence.trace.view}".endswith(f".{head.node.name}.changelist_view"):
            continue  # another admin inherits from this one, and may have a list of its own
        if "list_select_related" not in head.attributes and joined and not root.queryset.joined_all:
            continue  # get_queryset() joins by itself, and the list then leaves it at that
        read = tuple(path for path in joined if path in root.queryset.read)
        if patch := admin_list(site, head, change, read):
            return patch
    return None


def _spots(root: Root) -> list[Located]:
    return [spot for spot in map(located, root.sites) if spot is not None]


def _target(root: Root, spots: Sequence[Located]) -> Located | None:
    """Return the expression to edit: the last one of the function that came last, but none inside a branch of it."""
    asked = located(root.call_site) if root.call_site and root.call_site not in root.sites else None
    if not spots:
        return asked
    last = spots[-1].site
    if spots[-1].inherited and asked is not None and asked.site.function != last.function:
        return asked  # the caller of a manager's method, rather than the method that serves all of them
    near = [spot for spot in spots if (spot.site.file, spot.site.function) == (last.file, last.function)]
    return min(reversed(near), key=lambda spot: spot.depth)


def _heads(root: Root) -> Iterator[tuple[CallSite, Head]]:
    for site in reversed(root.sites):
        if site.column is None or site.function.endswith(".get_queryset"):
            head = head_of(site)
            if head is not None:
                yield site, head


def _is_view(evidence: Evidence, root: Root, site: CallSite) -> bool:
    view = evidence.trace.view or ""
    return view == site.function or view.endswith(f".{site.function}") or any(map(root.driven_by, _VIEWS))


def _likely(root: Root) -> CallSite | None:
    return root.sites[-1] if root.sites else root.call_site


def _where(evidence: Evidence, root: Root, site: CallSite) -> str:
    """Return how a person finds a place, and who else is affected by a change of it."""
    text = f"{site.function} in {site.label}" + (f":{site.line}" if site.line else "")
    owner = site.function.partition(".")[0]
    asking = root.call_site.function.partition(".")[0] if root.call_site else None
    view = evidence.trace.view or ""
    if site.column is None or owner == asking or view.endswith(site.function) or f".{owner}" in f".{view}":
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
    left = [name for name in stated.get(step.method, ()) if name not in step.paths]
    left = [name for name in left if not any(each.startswith(f"{name}__") for each in left)]
    return Add(method=step.method, arguments=quoted(tuple(left))).code if left else ""
