"""repeated-across-requests: unit of work after unit of work asks the same statement and gets the same answer."""

from __future__ import annotations

from collections.abc import Iterator

from queryscope.profiler.analysis.advice.cached import SECONDS, cached
from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.analysis.found import found
from queryscope.profiler.analysis.memory import key_of
from queryscope.profiler.analysis.past import Asked
from queryscope.profiler.analysis.rule import Rule
from queryscope.profiler.analysis.stacks import asking
from queryscope.profiler.analysis.statements import questions
from queryscope.profiler.finding import Advice, Finding
from queryscope.profiler.groups import whole_ms
from queryscope.profiler.trace import Span, Trace
from queryscope.profiler.units import count, duration, plural

ID = "repeated-across-requests"
IN_A_ROW = 10
"""Units of work that got the same answer one after the other."""
LEAST_MS, LEAST_SHARE = 1.0, 0.20
"""What one such statement costs at least, in milliseconds or of the database time of its trace."""
_NAMES = {"request": "request", "message": "message", "task": "task"}
_USERS = ("django/contrib/auth/", "django/contrib/sessions/", "rest_framework/authentication.py")


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield one finding for each statement that a cache would have answered."""
    if not evidence.past.asked:
        return
    told: set[str] = set()
    for span in evidence.open:
        key = key_of(span, evidence.config)
        asked = evidence.past.asked.get(key) if key is not None else None
        if asked is None or key is None or key in told or asked.same < IN_A_ROW:
            continue
        if (
            _apart(span, asked)
            and _dear(evidence.trace, span, asked)
            and _ours(span)
            and questions.steady(span)
        ):
            told.add(key)
            yield _finding(evidence, span, asked)


def _ours(span: Span) -> bool:
    """Return whether the application asked, and neither for who the visitor is nor for a lock."""
    return (
        asking.ours(span)
        and not asking.locks(span)
        and not any(frame.label.startswith(_USERS) for frame in asking.near(span))
    )


def _apart(span: Span, asked: Asked) -> bool:
    """Return whether the answer is one for many: one page reloaded asks for the same key each time, whatever a cache holds."""
    return not span.params or len(asked.names) > 1


def _dear(trace: Trace, span: Span, asked: Asked) -> bool:
    usual = min(asked.total_ms / max(1, asked.traces), whole_ms(span))
    return usual >= LEAST_MS or (trace.db_ms > 0 and usual / trace.db_ms >= LEAST_SHARE)


def _finding(evidence: Evidence, span: Span, asked: Asked) -> Finding:
    what = _NAMES.get(evidence.trace.kind, "unit of work")
    rows = plural(span.rows or 0, "row")
    names = asked.names[:3]
    written = cached(span)
    where = f"by {', '.join(names)}" if len(names) > 1 else "by this one alone" if names else ""
    return found(
        evidence,
        ID,
        [span],
        title=f"Asked in {count(asked.same)} {what}s, with the same answer each time",
        why=f"{count(asked.same)} {what}s in a row asked it, {where}, and got the same {rows}: together "
        f"{duration(asked.total_ms)}. A cache would have answered {count(asked.same - 1)} of them. Nothing that this process "
        "recorded wrote to its tables meanwhile.",
        model=span.model,
        advice=Advice(
            summary="Keep the answer in the cache, for as long as it may be old, and drop the key when the data changes.",
            code=written.code
            if written is not None
            else "from django.core.cache import cache\n\n"
            f'rows = cache.get_or_set("{_key(span)}", lambda: list(queryset), timeout={SECONDS})',
            where=asking.place(span),
            diff=written.diff if written is not None else None,
            alternatives=("Cache the part of the page that shows it: {% cache 300 name %} in the template.",),
            next="A cached list holds instances as they were: relations that they load afterwards are asked again each time.",
        ),
        level="low" if len(asked.names) > 1 else "info",
    )


def _key(span: Span) -> str:
    name = span.model or span.tables[0]
    return name.lower().replace('"', "")


RULE = Rule(
    id=ID,
    badge="REP",
    name="Repeated across requests",
    summary="Request after request asks the same and gets the same answer, which a cache could give.",
    find=find,
)
