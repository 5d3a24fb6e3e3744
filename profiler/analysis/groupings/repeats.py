"""Finds statements that one line sent again and again with other values, and tells loops that are right as they are."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import NamedTuple

from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.analysis.stacks.asking import by_command, plumbing
from queryscope.profiler.trace import Frame, Span

_ORM = ("django/db/", "django/utils/", "contextlib.py", "django/shortcuts.py")
_THREADS = ("asgiref/", "asyncio/", "concurrent/", "threading.py")
_OWN = frozenset({"save", "asave", "delete", "adelete", "get_by_natural_key", "aget_by_natural_key"})
_MODELS = ("/models.py", "/base_user.py")
_WRAPPED = re.compile(r"^(?:enumerate|sorted|reversed|list|tuple|set)\(")
_OF_DICT = re.compile(r"\.(?:items|keys|values)\(\)$")
_UUID = re.compile(r"[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}$", re.IGNORECASE)
_FIXED_RANGE = re.compile(r"range\([\d, ]+\)$")


class Repeated(NamedTuple):
    """Statements of one text that one line (or one node of a template) sent with other values each time."""

    spans: tuple[Span, ...]
    distinct: int
    """How many different sets of values there were."""

    @property
    def first(self) -> Span:
        return self.spans[0]

    @property
    def loop(self) -> str | None:
        """The head of the loop around the line, or the line itself where it is one that asks again each time."""
        site = self.first.call_site
        own = (site.source or "").strip() if site is not None else ""
        if site is None or walks(own):
            return own or None
        return site.loop


def repeated(evidence: Evidence, wanted: Callable[[Span], bool], least: int) -> list[Repeated]:
    """Return the statements that ran with at least ``least`` different sets of values, without sessions and caches."""
    found: list[Repeated] = []
    ways = Ways()
    for spans in evidence.by_statement.values():
        if len(spans) < least or not wanted(spans[0]) or plumbing(spans[0]):
            continue
        groups: dict[tuple[object, ...], list[Span]] = defaultdict(list)
        for span in spans:
            groups[(*ways.of(span), evidence.runs.of(span))].append(span)
        for same in groups.values():
            distinct = len({span.params for span in same})
            if distinct >= least:
                found.append(Repeated(tuple(same), distinct))
    return found


class Ways:
    """Tells which statements of one line belong together: those that may come from one loop."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[object, ...]] = {}

    def of(self, span: Span) -> tuple[object, ...]:
        """Return what is equal in them: the node of the template, and, where no loop is in sight, the way to the line.

        A function that many lines call for one value each is no loop, nor is one that calls itself.
        """
        site = span.template_site
        node = site and (site.name, site.line)
        if span.call_site is None or span.call_site.loop is not None:
            return (node,)
        way = self._known.get(id(span.stack))
        if way is None:
            frames = (frame for frame in span.stack if not frame.library)
            way = self._known[id(span.stack)] = tuple((frame.file, frame.line) for frame in frames)
        return (node, way)


def asked_by_application(span: Span) -> bool:
    """Return whether a line of the application, or of a template, called the ORM without a library in between."""
    if by_command(span):
        return False
    frames = iter(span.stack)
    for frame in frames:
        if not frame.library or frame.label.startswith("django/db/models/"):
            break  # what comes before is the cursor, which libraries like to wrap
    else:
        return span.call_site is not None or span.via_template
    while frame.library:
        if frame.label.startswith(_THREADS):
            return span.call_site is not None  # who awaits stands in another thread
        if not frame.label.startswith(_ORM) and not frame.file.startswith("<") and not _own_method(frame):
            return span.via_template
        following = next(frames, None)
        if following is None:
            return span.call_site is not None or span.via_template
        frame = following
    return True


def _own_method(frame: Frame) -> bool:
    """Return whether a frame is a library's model or manager that does more than Django's, as those of users do."""
    method = frame.function.rpartition(".")[2]
    return method in _OWN and frame.label.endswith(_MODELS)


def function_inside(span: Span, functions: frozenset[str]) -> str | None:
    """Return which of Django's functions of these names the application called to have the statement sent.

    One of them may call another one: it is the outermost.
    """
    ends, found = tuple(functions), None
    for frame in span.stack:
        if not frame.library:
            break
        # The end first: taking every name of a deep stack apart costs much more.
        if frame.function.endswith(ends) and (name := frame.function.rpartition(".")[2]) in functions:
            found = name
    return found


def inside(span: Span, functions: frozenset[str]) -> bool:
    """Return whether one of Django's functions of these names stands between the application and the statement."""
    return function_inside(span, functions) is not None


def over_constants(loop: str | None) -> bool:
    """Return whether a loop goes through values that are written down in the code: its length cannot grow with the data."""
    if loop is None or " in " not in loop:
        return False
    through, wrapped = _WRAPPED.subn("", _expression(loop.split(" in ", 1)[1]))
    if through.startswith(("[", "(", "{", '"', "'")):
        return " for " not in through
    if _FIXED_RANGE.match(through) or through.endswith((".choices", ".values", ".labels", ".names")):
        return True
    name = _OF_DICT.sub("", through.partition(",")[0].rstrip(")") if wrapped else through).rpartition(".")[2]
    return name.isupper() and name.replace("_", "").isalnum()


def _expression(rest: str) -> str:
    """Return the text up to where the loop's own line closes brackets that were opened before it."""
    text = rest.partition(" if ")[0].strip().removesuffix(":")
    while text and sum(map(text.count, ")]}")) > sum(map(text.count, "([{")):
        text = text[:-1].rstrip()
    return text


def walks(loop: str | None) -> bool:
    """Return whether a loop goes on until something is found: each step needs the answer of the one before."""
    return loop is not None and loop.startswith("while")


def recursive(again: Repeated) -> bool:
    """Return whether the function that asked calls itself along the rows it gets: its next value is in the last answer."""
    return again.loop is None and any(map(_calls_itself, again.spans))


def into_cache(again: Repeated) -> bool:
    """Return whether a cache had each value fetched to keep it: the next time it asks for none."""
    site = again.first.call_site
    if again.loop is not None and not (site is not None and site.function.endswith("<lambda>")):
        return False  # the loop is in what the cache called
    return all(map(_for_cache, again.spans))


def _for_cache(span: Span) -> bool:
    return any(
        frame.label.startswith("django/core/cache/") and frame.function.endswith("get_or_set")
        for frame in span.stack
    )


def _calls_itself(span: Span) -> bool:
    own = [(frame.file, frame.function) for frame in span.stack if not frame.library]
    return bool(own) and own[0] in own[1:]


def texts(spans: Sequence[Span], places: Sequence[int]) -> bool:
    """Return whether the parameters at these places are words; UUIDs, which some databases keep as text, are keys."""
    values = [span.params[place] for span in spans[:1] for place in places if place < len(span.params)]
    keys = bool(values) and all(_UUID.match(value.text or "") for value in values)
    return not keys and all(value.type == "str" for value in values)
