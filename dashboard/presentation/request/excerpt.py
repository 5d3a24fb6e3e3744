"""The lines around a recorded place, read from disk when they are shown, and whether the file still says the same.

Only files that the trace itself names as a frame or a template are opened, only on the host that recorded it, and
only up to a size: a stored trace must not become a way to read other files.
"""

from __future__ import annotations

import socket
from pathlib import Path

from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name

from queryscope.dashboard.presentation.request.colour import Piece, coloured
from queryscope.dashboard.presentation.request.expression import Spot, expressions, shifted, underlined
from queryscope.profiler.trace import CallSite, TemplateSite, Trace, Value

AROUND = 2
MAX_FILE_BYTES = 2_000_000
MAX_LINE_CHARS = 400
PYTHON_SUFFIXES = frozenset({".py", ".pyw", ".pyi"})

CHANGED = "The file changed since this was recorded; the marked line is the recorded one."
CHANGED_BEFORE = "The file had changed on disk when this was recorded."
ELSEWHERE = "Recorded on {host}: its files cannot be read here."
GONE = "The file cannot be read any more."


class SourceLine(Value, frozen=True, kw_only=True):
    """One line, in coloured pieces; ``hit`` marks the recorded one."""

    number: str
    pieces: tuple[Piece, ...]
    hit: bool


class Excerpt(Value, frozen=True, kw_only=True):
    """Lines of one file around a place; ``note`` says why it may not be what ran, or is empty."""

    title: str
    template: bool
    lines: tuple[SourceLine, ...]
    note: str


def excerpt(site: CallSite | TemplateSite, trace: Trace) -> Excerpt | None:
    """Return the lines around a site of a trace, at least the recorded one; ``None`` where neither is known."""
    read, note = _read(site, trace)
    if site.line is not None and 1 <= site.line <= len(read):
        first = max(1, site.line - AROUND)
        texts, note = _compare(read[first - 1 : site.line + AROUND], site, site.line - first, note)
    else:
        first = site.line or 1
        texts = [] if site.source is None else [site.source]
        note = note or (CHANGED if read else "")
    if not texts:
        return None
    template = isinstance(site, TemplateSite)
    lexer = get_lexer_by_name("html+django" if template else "python")
    return Excerpt(
        title=site.name if isinstance(site, TemplateSite) else site.label,
        template=template,
        lines=_lines(texts, first, site.line or first, lexer, expressions(site, texts, first)),
        note=note,
    )


def _compare(texts: list[str], site: CallSite | TemplateSite, at: int, note: str) -> tuple[list[str], str]:
    """Return the lines with the recorded one in its place: it is what ran, whatever the file says now."""
    if site.source is None or texts[at].strip() == site.source.strip():
        return texts, CHANGED_BEFORE if site.source_changed else note
    return [*texts[:at], site.source, *texts[at + 1 :]], CHANGED


def _read(site: CallSite | TemplateSite, trace: Trace) -> tuple[list[str], str]:
    """Return the lines of the site's file, or none and the reason."""
    python = isinstance(site, CallSite)
    if python and site.file is not None and Path(site.file).suffix not in PYTHON_SUFFIXES:
        return [], "" if trace.process.host == socket.gethostname() else ELSEWHERE.format(
            host=trace.process.host
        )
    return read_lines(site.file, trace)


def read_lines(file: str | None, trace: Trace) -> tuple[list[str], str]:
    """Return the lines of a file that the trace names as a place, or none and the reason why they cannot be read."""
    if trace.process.host != socket.gethostname():
        return [], ELSEWHERE.format(host=trace.process.host)
    if file is None or file not in _named_files(trace):
        return [], ""
    path = Path(file)
    if not path.is_absolute():
        return [], ""
    try:
        if not path.is_file() or path.stat().st_size > MAX_FILE_BYTES:
            return [], GONE
        return path.read_text(encoding="utf-8", errors="replace").splitlines(), ""
    except (OSError, ValueError):
        return [], GONE


def _named_files(trace: Trace) -> set[str]:
    named = {span.call_site.file for span in trace.spans if span.call_site}
    named |= {site.file for span in trace.spans for site in span.build_sites}
    named |= {site.file for span in trace.spans if span.origin for site in span.origin.build_sites}
    templates = [span.template_site for span in trace.spans if span.template_site]
    named |= {line.file for site in templates for line in site.chain if line.file}
    return named | {site.file for site in templates if site.file}


def _lines(
    texts: list[str], first: int, hit: int, lexer: Lexer, spots: dict[int, Spot]
) -> tuple[SourceLine, ...]:
    depth = _depth(texts)
    shown = [text[depth:][:MAX_LINE_CHARS].expandtabs(4) for text in texts]
    lines = coloured(shown, lexer)
    return tuple(
        SourceLine(
            number=str(number),
            pieces=underlined(pieces, shifted(spots.get(number), text, depth)),
            hit=number == hit,
        )
        for number, (pieces, text) in enumerate(zip(lines, texts, strict=True), first)
    )


def _depth(texts: list[str]) -> int:
    """Return the common indentation, which is taken off so that a deep line does not start outside the box."""
    return min((len(text) - len(text.lstrip()) for text in texts if text.strip()), default=0)
