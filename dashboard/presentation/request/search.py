"""Which spans the filter box admits: every word must occur in the SQL, the site or a table."""

from __future__ import annotations

from collections.abc import Sequence

from queryscope.dashboard.presentation.request.sites import site_of
from queryscope.profiler.trace import Span

SEARCHED_CHARS = 4_000
"""Characters of one statement that are searched, so that a filter over thousands of long ones stays quick."""


def admitted(spans: Sequence[Span], words: str) -> tuple[Span, ...]:
    """Return the spans in which every word of ``words`` occurs, whatever its case; all of them without words.

    Spans of one group share their SQL but for its literals, so a text is built once for each distinct statement.
    """
    wanted = words.lower().split()
    if not wanted:
        return tuple(spans)
    verdicts: dict[tuple[str, str], bool] = {}
    return tuple(span for span in spans if _admits(span, wanted, verdicts))


def _admits(span: Span, wanted: Sequence[str], verdicts: dict[tuple[str, str], bool]) -> bool:
    key = (span.site_id, span.sql)
    if key not in verdicts:
        text = _text(span)
        verdicts[key] = all(word in text for word in wanted)
    return verdicts[key]


def _text(span: Span) -> str:
    site = site_of(span)
    parts = [span.sql[:SEARCHED_CHARS], *span.tables, str(site), site.detail, span.error or ""]
    if span.call_site is not None:
        parts += [f"{span.call_site.label}:{span.call_site.line}", span.call_site.function]
    return "\n".join(parts).lower()
