"""What a reader must know before trusting the page: the view failed, a limit cut the recording, or it is not there."""

from __future__ import annotations

from collections.abc import Iterator

from queryscope.profiler.config import Config
from queryscope.profiler.trace import Trace, Value
from queryscope.profiler.units import count, duration, plural, size


class Notice(Value, frozen=True, kw_only=True):
    """``css`` is err, warn or info; ``strong`` is the sentence that is read first."""

    css: str
    strong: str
    text: str


class Missing(Value, frozen=True, kw_only=True):
    """Why there is no page: a title and what to do. ``writing`` is true where waiting helps."""

    title: str
    text: str
    writing: bool


def notices_of(trace: Trace, config: Config) -> tuple[Notice, ...]:
    """Return the notices of a trace, the gravest first; ``config`` names the limits that hold now."""
    return (*_failed(trace), *_spans_left_out(trace, config), *_texts_cut(trace, config))


def no_queries(trace: Trace) -> str:
    """Return the sentence of the empty state, or nothing where there were queries."""
    if trace.queries or trace.spans:
        return ""
    return f"All {duration(trace.duration_ms)} were spent in Python. If you expected queries here, check that they ran in this request and not in a thread or process of their own."


def not_found(reason: str, config: Config) -> Missing:
    """Return the page for a trace that is not kept (any more); ``reason`` is the store's own sentence."""
    return Missing(title="This request is not kept", text=f"{reason} {kept(config)}", writing=False)


def kept(config: Config) -> str:
    """Return the limits of the store in words."""
    return (
        f"The store keeps {plural(config.keep_traces, 'trace')} for {config.keep_hours:g} hours, "
        f"up to {size(config.keep_bytes)}, and the {config.keep_worst} slowest of each view as long."
    )


STILL_WRITING = Missing(
    title="This request is still being written",
    text="It ended a moment ago and waits for the writer. This page looks again by itself.",
    writing=True,
)


def unreadable(reason: str) -> Missing:
    """Return the page for a store that cannot be read; ``reason`` is its own sentence."""
    return Missing(title="The store cannot be read", text=reason, writing=False)


def _failed(trace: Trace) -> Iterator[Notice]:
    if not trace.error:
        return
    name, _, message = trace.error.partition(":")
    subject = "The view" if trace.kind == "request" else f"The {trace.kind}"
    simple = name.replace(".", "").replace("_", "").isalnum()
    raised = name.rpartition(".")[2] if simple else "an exception"
    said = (message if simple else trace.error).strip()
    if said and said[-1] not in ".!?":
        said += "."
    yield Notice(
        css="err",
        strong=f"{subject} raised {raised} after {plural(trace.queries, 'query', 'queries')}.",
        text=f"{said} Timings up to that point are shown.".strip(),
    )


def _spans_left_out(trace: Trace, config: Config) -> Iterator[Notice]:
    left_out = trace.truncated.spans
    if not left_out:
        return
    shown = len(trace.spans)
    limit = f"MAX_SPANS is {count(config.max_spans)}"
    setting = "MAX_SPANS"
    if shown < config.max_spans:
        limit = f"MAX_TRACE_BYTES is {count(config.max_trace_bytes)} bytes"
        setting = "MAX_TRACE_BYTES"
    yield Notice(
        css="warn",
        strong=f"{count(shown)} of {count(shown + left_out)} statements are shown: {limit}.",
        text=f'The others were counted, not kept. Raise QUERYSCOPE["{setting}"] to keep more of a request.',
    )


def _texts_cut(trace: Trace, config: Config) -> Iterator[Notice]:
    limits = (
        (trace.truncated.sql, "SQL text", f"MAX_SQL_CHARS ({count(config.max_sql_chars)})"),
        (trace.truncated.params, "parameters", f"MAX_PARAMETERS ({count(config.max_parameters)})"),
        (trace.truncated.stacks, "stack", f"MAX_STACK_FRAMES ({count(config.max_stack_frames)})"),
    )
    cut = [
        f"the {what} of {plural(number, 'statement')}, by {limit}" for number, what, limit in limits if number
    ]
    if cut:
        yield Notice(css="info", strong="Some of the recording was cut:", text="; ".join(cut) + ".")
