"""Rewrites the one line that asked: ``bool()`` to ``exists()``, ``len()`` to ``count()`` and back, ``iterator()`` left out."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import NamedTuple

from queryscope.profiler.analysis.advice.asked_again import asked_again
from queryscope.profiler.analysis.advice.edits import Edit
from queryscope.profiler.analysis.advice.patch import Part, diff
from queryscope.profiler.analysis.advice.source import read
from queryscope.profiler.analysis.stacks.asking import place
from queryscope.profiler.finding import Advice
from queryscope.profiler.trace import CallSite, Span

_NAME = r"[A-Za-z_][\w.]*"
_OBJECT = re.compile(rf"{_NAME}(?:\(.*\))?")
_COPIES = re.compile(r"(?:list|tuple|set|sorted|reversed|str)\(")
_IF = re.compile(rf"^(\s*(?:if|elif)(?: not)? )({_NAME})(:.*)$")
_TERNARY = re.compile(rf"^(.* if (?:not )?)({_NAME})( else .*)$")
_TAG_IF = re.compile(r"(\{%-?\s*(?:el)?if (?:not )?)([\w.]+)(\s*-?%\})")
_TAG_COUNT = re.compile(r"\{\{\s*([\w.]+)\.count\s*\}\}")
_TAG_COUNTED = re.compile(r"(?<![\w.|])([A-Za-z_][\w.]*)\.count(?![\w.(])")
_TAG_LENGTH = re.compile(r"\{\{\s*([\w.]+)\|length\s*\}\}")
_COUNTED = re.compile(rf"(?<![\w.])({_NAME})\.count\(\)")
_ITERATOR = re.compile(r"\.iterator\((?:\s*chunk_size\s*=\s*)?[\w]*\)")


_NAMED = "The function uses the queryset more than once, and each call asks: give the answer a name first."


class Line(NamedTuple):
    """The line as it is to read, and the diff where the file still holds the old one."""

    code: str
    diff: str | None


def instead(line: Line | None, call: str, span: Span, summary: str) -> Advice:
    """Return the advice to ask for less than the rows: by the line as it is to read, or by the bare ``call``.

    Where the function would then ask again, in another line or the next step of a loop, there are words instead.
    """
    site = span.call_site
    again = line is not None and site is not None and asked_again(site, line.code, call)
    code = line.code if line is not None else call
    return Advice(
        summary=f"{summary} {_NAMED}" if again else summary,
        code=None if again else code,
        where=place(span),
        diff=line.diff if line is not None and not again else None,
        alternatives=(
            "Leave it as it is where the same rows are shown for other requests: one query then serves both.",
        ),
    )


def exists(span: Span) -> Line | None:
    """Return the line of a test with ``exists()``."""
    if span.via_template:
        return _tag(span, _TAG_IF, r"\1\2.exists\3")
    return _rewritten(span.call_site, _exists)


def count(span: Span) -> Line | None:
    """Return the line of a ``len()`` with ``count()``."""
    if span.via_template:
        return _tag(span, _TAG_LENGTH, r"{{ \1.count }}")
    return _rewritten(span.call_site, lambda text: _called(text, "len", "count"))


def length(span: Span) -> Line | None:
    """Return the line of a template with the filter that counts the rows which are there."""
    if not span.via_template:
        return None
    return _tag(span, _TAG_COUNT, r"{{ \1|length }}") or _tag(span, _TAG_COUNTED, r"\1|length")


def length_of_loaded(count: Span, load: Span) -> Line | None:
    """Return the line of a ``count()`` with ``len()`` of the queryset that is loaded later: it then is loaded there.

    ``None`` where it is not sure that the lines mean one object: the same name in one function, built in the same places.
    """
    site, later = count.call_site, load.call_site
    if site is None or later is None or count.n > load.n or count.build_sites != load.build_sites:
        return None
    found = _COUNTED.findall(site.source or "")
    if len(found) != 1 or (site.file, site.function) != (later.file, later.function):
        return None
    if not re.search(rf"(?<![\w.]){re.escape(found[0])}(?![\w.(])", _statement(later)):
        return None
    return _rewritten(site, lambda text: _once(_COUNTED, r"len(\1)", text))


def length_elsewhere(count: Span, load: Span) -> Line | None:
    """Return the line of a ``count()`` with ``len()`` where the queryset that it asks is loaded later, in another place.

    Without a diff: whether both mean one object only a person can tell, and who else calls the function.
    """
    if count.via_template or count.n > load.n or count.build_sites != load.build_sites:
        return None
    line = _rewritten(count.call_site, lambda text: _once(_COUNTED, r"len(\1)", text))
    return None if line is None else line._replace(diff=None)


def without_iterator(site: CallSite | None) -> Line | None:
    """Return the line of an ``iterator()`` without it."""
    return _rewritten(site, lambda text: _once(_ITERATOR, "", text))


def _statement(site: CallSite) -> str:
    """Return the lines of the statement that begins in the line of a place; that line alone where the file is another one."""
    source, line = None if site.source_changed else read(site.file), site.line or 0
    text = site.source or ""
    if source is None or not 0 < line <= len(source.lines) or source.lines[line - 1].strip() != text.strip():
        return text
    for block in source.blocks(line - 1):
        for node in ast.walk(block.tree):
            if (
                isinstance(node, ast.stmt)
                and node.lineno + block.offset == line - 1
                and not hasattr(node, "body")
            ):
                return source.between(source.start(block, node), source.end(block, node))
    return text


def _exists(text: str) -> str | None:
    called = _called(text, "bool", "exists")
    if called is not None or "bool(" in text:
        return called
    for pattern in (_IF, _TERNARY):
        found = pattern.match(text)
        if found:
            return f"{found[1]}{found[2]}.exists(){found[3]}"
    return None


def _called(text: str, function: str, method: str) -> str | None:
    """Return a line with ``function(x)`` as ``x.method()``, where it stands once and what it is given is an object."""
    starts = [match.end() for match in re.finditer(rf"(?<![\w.]){function}\(", text)]
    if len(starts) != 1:
        return None
    (start,), depth = starts, 1
    for end in range(start, len(text)):
        depth += (text[end] == "(") - (text[end] == ")")
        if not depth:
            given = text[start:end]
            if not _OBJECT.fullmatch(given) or _COPIES.match(given):
                return None
            return f"{text[: start - len(function) - 1]}{given}.{method}(){text[end + 1 :]}"
    return None


def _once(pattern: re.Pattern[str], by: str, text: str) -> str | None:
    return pattern.sub(by, text) if len(pattern.findall(text)) == 1 else None


def _tag(span: Span, pattern: re.Pattern[str], by: str) -> Line | None:
    source = span.template_site.source if span.template_site is not None else None
    new = _once(pattern, by, source) if source else None
    return None if new is None else Line(new.strip(), None)


def _rewritten(site: CallSite | None, rewrite: Callable[[str], str | None]) -> Line | None:
    if site is None or not site.source or site.line is None:
        return None
    text = site.source.rstrip()
    new = rewrite(text)
    if new is None:
        return None
    return Line(new.strip(), _diff(site, site.line - 1, text.strip(), new.strip()))


def _diff(site: CallSite, index: int, old: str, new: str) -> str | None:
    source = None if site.source_changed else read(site.file)
    if source is None or index >= len(source.lines) or source.lines[index].strip() != old:
        return None
    line = source.lines[index]
    start = line.index(old)
    changed = source._replace(
        lines=(*source.lines[:index], line.replace(old, new), *source.lines[index + 1 :])
    )
    if next(changed.blocks(index), None) is None:  # what is no Python any more
        return None
    edit = Edit((index, start), (index, start + len(old)), new)
    return diff([Part(source, site.label, (edit,))])
