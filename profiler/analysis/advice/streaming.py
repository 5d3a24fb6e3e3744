"""Writes what streams its rows: ``iterator()`` behind a queryset which only one loop, or one function, can reach."""

from __future__ import annotations

import ast

from queryscope.profiler.analysis.advice.edits import Edit, applied
from queryscope.profiler.analysis.advice.lines import Line
from queryscope.profiler.analysis.advice.located import Located, expression
from queryscope.profiler.analysis.advice.patch import Part, diff
from queryscope.profiler.analysis.advice.source import parses
from queryscope.profiler.trace import Span, Use

CHUNK = 2000
"""Rows that are in memory together; also what a prefetch is asked for at a time."""


_CONSUMES = frozenset({
    "all", "any", "dict", "enumerate", "frozenset", "max", "min", "set", "sum", "Counter",
})  # fmt: skip
"""What goes through its argument once and keeps none of the rows, or fewer than it is given."""
_USES: dict[str | None, tuple[Use, ...]] = {"iterator": ("iterated",), "aiterator": ("other",)}
"""What is known to have been done with the rows; an asynchronous loop fetches them before it begins."""


def streamed(span: Span) -> Line | None:
    """Return the head of the loop, or the call, with ``iterator()``, ``None`` where the queryset has a name: it may be read again."""
    queryset = span.queryset
    if queryset is None or span.load not in {"queryset", "many"}:
        return None
    spot = expression(span.build_sites[-1]) if span.build_sites else None
    method = _method(spot) if spot is not None else None
    if spot is None or queryset.uses != _USES.get(method):
        return None
    end = spot.source.end(spot.block, spot.anchor)
    edit = Edit(end, end, f".{method}(chunk_size={CHUNK})")
    if not parses(applied(spot.source, [edit], spot.block.start, spot.block.stop)):
        return None
    code = applied(spot.source, [edit], spot.source.start(spot.block, spot.anchor)[0], end[0] + 1)
    return Line(code.strip(), diff([Part(spot.source, spot.site.label, (edit,))]))


def _method(spot: Located) -> str | None:
    """Return what a loop has to call that goes through the expression itself."""
    above = spot.parents.get(spot.anchor)
    if not isinstance(spot.anchor, ast.Call) or spot.whole is not spot.anchor:
        return None
    if isinstance(above, ast.Call) and isinstance(above.func, ast.Name) and spot.anchor in above.args[:1]:
        return "iterator" if above.func.id in _CONSUMES else None
    if not isinstance(above, (ast.For, ast.AsyncFor, ast.comprehension)) or above.iter is not spot.anchor:
        return None
    waits = isinstance(above, ast.AsyncFor) or (isinstance(above, ast.comprehension) and bool(above.is_async))
    return "aiterator" if waits else "iterator"
