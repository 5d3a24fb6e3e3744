"""Knows which code objects are Jinja2 templates and their lines: told whenever Jinja2 makes a template of its code.

Rendering is not touched. A template's code carries line numbers of the Python that Jinja2 wrote; the table that leads
back to the template's own lines is kept here as long as the code lives, also where the template itself is gone.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dis import get_instructions
from functools import cache, partial, wraps
from importlib import import_module
from types import CodeType
from typing import Any, NamedTuple
from weakref import ref

from django.conf import settings

from queryscope.profiler.capture import guard
from queryscope.profiler.capture.changes import Stamp, stamp
from queryscope.profiler.capture.patching import patch
from queryscope.profiler.trace import Frame


class Compiled(NamedTuple):
    """What is known of a template; ``lines`` is Jinja2's own table, ``stamp`` its file as it stood when it was loaded.

    ``frames`` are those that were resolved, by identity of their code and offset: they go when the template goes, of
    which there may be a new one with each request.
    """

    name: str
    file: str | None
    lines: str
    stamp: Stamp | None
    frames: dict[tuple[int, int], Frame]

    def line(self, code: CodeType, written: int | None) -> int:
        """Return the template's line for a line of the Python that was written for it."""
        written = _extending(code, written or 0)
        found = 1
        for pair in self.lines.split("&") if self.lines else ():
            own, _, python = pair.partition("=")
            if int(python) > written:
                break
            found = int(own)
        return found


_MODULE = "jinja2.environment"
_known: dict[int, tuple[ref[CodeType], Compiled]] = {}


def install() -> Collection[str]:
    """Have Jinja2 tell of its templates, where it is loaded or configured; return the module that it waits for."""
    module = sys.modules.get(_MODULE) or _configured()
    if module is None:
        return (_MODULE,)
    patch(module.Template, "_from_namespace", _told)
    return ()


def compiled(code: CodeType) -> Compiled | None:
    """Return the template that ``code`` is a part of, if it is."""
    known = _known.get(id(code))
    return known[1] if known is not None and known[0]() is code else None


@cache
def _configured() -> Any:
    # Templates are loaded once: with the import left to the first request, those of that request would stay unknown.
    with suppress(Exception):
        if any("jinja" in engine["BACKEND"].lower() for engine in settings.TEMPLATES):
            return import_module(_MODULE)
    return None


def _extending(code: CodeType, written: int) -> int:
    """Return the line that ``{% extends %}`` wrote, where ``written`` is the one that renders the parent.

    Jinja2 puts that one at the end of the template, and its table says nothing of it.
    """
    if code.co_name != "root" or "parent_template" not in code.co_varnames:
        return written
    uses = [use for use in get_instructions(code) if _names(use.argval, "parent_template") and use.positions]
    if not any(use.positions.lineno == written and "LOAD" in use.opname for use in uses if use.positions):
        return written
    chosen = [use.positions.lineno for use in uses if use.positions and "STORE" in use.opname]
    return chosen[-1] or written


def _names(argument: Any, name: str) -> bool:
    # Newer versions of Python load and store two variables in one instruction.
    return argument == name or (isinstance(argument, tuple) and name in argument)


def _told(original: Any) -> Any:
    make: Callable[..., Any] = original.__func__

    @wraps(make)
    def _from_namespace(*args: Any, **kwargs: Any) -> Any:
        template = make(*args, **kwargs)
        try:
            _learn(template)
        except Exception:
            guard.report("the loading of a Jinja2 template")
        return template

    return classmethod(_from_namespace)


def _learn(template: Any) -> None:
    file = template.filename
    # Without a file it is called <template>, and compiled to a module it has Python's lines there.
    own = file if file and os.path.isabs(file) and not file.endswith((".py", ".pyc")) else None
    changed = stamp(own) if own else None
    known = Compiled(template.name or "<template>", own, template._debug_info or "", changed, {})
    for function in (template.root_render_func, *template.blocks.values()):
        for code in _codes(function.__code__):
            _known[id(code)] = (ref(code, partial(_forget, id(code))), known)


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _forget(identity: int, _: object) -> None:
    _known.pop(identity, None)
