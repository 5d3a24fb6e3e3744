"""Why a trace is not there, for its page and for the panel: one set of sentences, with what to do."""

from __future__ import annotations

from typing import Literal

from queryscope.profiler.config import Config
from queryscope.profiler.trace import Trace, Value
from queryscope.profiler.units import duration, plural, size


class Missing(Value, frozen=True, kw_only=True):
    """Stands where the queries would. ``code`` is what to write; ``action`` is what a button offers.

    ``writing`` is true where waiting helps: a page looks again by itself.
    """

    title: str
    text: str
    code: str = ""
    action: Literal["", "retry", "reload"] = ""
    writing: bool = False


STILL_WRITING = Missing(
    title="This request is still being written",
    text="The recording ends with the response and is stored a moment later. This looks again by itself.",
    action="retry",
    writing=True,
)


def not_kept(config: Config, reason: str = "") -> Missing:
    """Return why a trace that was recorded is not in the store (any more); ``reason`` is the store's own sentence."""
    limits = (
        f"The store keeps {plural(config.keep_traces, 'trace')} for {config.keep_hours:g} hours, "
        f"up to {size(config.keep_bytes)}, and the {config.keep_worst} slowest of each view or task as long."
    )
    again = "Reload the page to profile it again, or raise the limits:"
    return Missing(
        title="This request is not kept",
        text=" ".join(filter(None, (reason, limits, "" if reason else again))),
        code="" if reason else f'QUERYSCOPE = {{"KEEP_TRACES": {config.keep_traces * 2}}}',
        action="" if reason else "reload",
    )


def not_stored(problem: str) -> Missing:
    """Return why a trace never reached the store: ``problem`` is what keeps traces from being written."""
    return Missing(title="This request was not stored", text=problem, action="reload")


def unreadable(reason: str) -> Missing:
    """Return what stands there where the store cannot be read; ``reason`` is its own sentence."""
    return Missing(title="The store cannot be read", text=reason, action="retry")


def unrecorded(why: str, code: str) -> Missing:
    """Return what stands there for a request that has no trace."""
    return Missing(title="This request was not recorded", text=why, code=code)


def no_queries(trace: Trace) -> Missing | None:
    """Return what stands there for a trace that ran no query, ``None`` where it ran some."""
    if trace.queries or trace.spans:
        return None
    return Missing(
        title=f"This {trace.kind} ran no queries",
        text=f"All {duration(trace.duration_ms)} were spent in Python. If you expected queries here, check that they ran in this {trace.kind} and not in a thread or process of their own.",
    )
