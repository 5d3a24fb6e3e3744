"""Advice that can be pasted: the call to write, the place where it belongs, and a diff where the place is beyond doubt.

Rules call one of these with the evidence, where to start, and what is missing or too much::

    eager(evidence, start, ["author__country", "genres"])    select_related and prefetch_related, in one go
    deferred(evidence, start, ["price"])                     only() and defer()
    counted(evidence, start, ["books"], counts)              annotate(books_count=Count("books"))
    filtered(evidence, start, "reviews", loads)              Prefetch("reviews", queryset=..., to_attr=...)
    dropped(evidence, start, ["genres"])                     takes out what is loaded and not read
    ordered(evidence, start)                                 order_by("pk")

``start`` is a ``Span``, the statement whose queryset is to be changed, or an ``Origin``, the evaluation that the loads of
a loop started from (``span.origin``). Paths are written as Python follows them (``book_set``, not ``book``); from an
Origin they lead from the model of its *root*: ``"__".join(filter(None, [origin.path, span.relation]))``. Where a queryset
nearer to the loads is the better place (``author.books.all()`` of one author), it is chosen and the paths are cut.

``edited(evidence, start)`` is the line that the fix edits: hand it to ``found(build_site=...)``.

``Advice.code`` is ``None`` where no code helps; ``diff`` is ``None`` where the place is not certain, the file changed
since it was loaded, or is none of the project's.
"""

from __future__ import annotations

from queryscope.profiler.analysis.advice.columns import deferred
from queryscope.profiler.analysis.advice.counts import counted
from queryscope.profiler.analysis.advice.eager import eager
from queryscope.profiler.analysis.advice.order import ordered
from queryscope.profiler.analysis.advice.placed import edited
from queryscope.profiler.analysis.advice.related import filtered
from queryscope.profiler.analysis.advice.unread import dropped

__all__ = ["counted", "deferred", "dropped", "eager", "edited", "filtered", "ordered"]
