"""What a reader must know before trusting the page: the view failed, a limit cut the recording."""

from __future__ import annotations

from collections.abc import Iterator

from queryscope.profiler.config import Config
from queryscope.profiler.trace import Trace, Value
from queryscope.profiler.units import count, plural
from queryscope.profiler.words import cut_short, limit_reached


class Notice(Value, frozen=True, kw_only=True):
    """``css`` is err, warn or info; ``strong`` is the sentence that is read first."""

    css: str
    strong: str
    text: str


def notices_of(trace: Trace, config: Config) -> tuple[Notice, ...]:
    """Return the notices of a trace, the gravest first; ``config`` names the limits that hold now."""
    return (*_failed(trace), *_spans_left_out(trace, config), *_texts_cut(trace, config))


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
    missing = trace.truncated.spans
    if not missing:
        return
    shown = len(trace.spans)
    setting, value = limit_reached(trace, config)
    yield Notice(
        css="warn",
        strong=f"{count(shown)} of {count(shown + missing)} statements are shown: {setting} is {value}.",
        text=f'The others were counted, not kept. Raise QUERYSCOPE["{setting}"] to keep more of a request.',
    )


def _texts_cut(trace: Trace, config: Config) -> Iterator[Notice]:
    if cut := "; ".join(cut_short(trace, config)):
        yield Notice(css="info", strong="Some of the recording was cut:", text=f"{cut}.")
