"""Finds the places of a statement in its stack: the application's own line, the template's line, the declared field."""

from __future__ import annotations

import os
from hashlib import blake2b
from typing import Any, NamedTuple

from django import forms
from django.template.base import Node

from queryscope.profiler.capture import changes, stack
from queryscope.profiler.capture.field_sites import field_site
from queryscope.profiler.capture.fields import RawField
from queryscope.profiler.capture.frames import check_files, line_of, resolve
from queryscope.profiler.capture.jinja import Compiled, compiled
from queryscope.profiler.capture.loop_heads import loop_around
from queryscope.profiler.capture.raw_stack import RawStack
from queryscope.profiler.capture.text import plain
from queryscope.profiler.groups import nearest
from queryscope.profiler.trace import CallSite, FieldSite, Frame, TemplateLine, TemplateSite

_FORMS = os.path.dirname(forms.__file__) + os.sep
"""Django's templates of forms and widgets say as little of who drew a form as its ORM says of who asked."""
_HOOKS = os.path.join(os.path.dirname(__file__), "")
"""Frames of our own hooks are no part of what the application did."""
_KINDS: dict[type, str] = {TemplateSite: "template", CallSite: "call", Frame: "library"}


class Places(NamedTuple):
    """The resolved stack of a statement and the places in it that a person looks for."""

    stack: tuple[Frame, ...]
    cut: bool
    call_site: CallSite | None
    template_site: TemplateSite | None
    via_template: bool
    site_id: str
    field_site: FieldSite | None = None
    depth: int | None = None
    """How many frames lie within that of the call site, those of our hooks among them."""


class _Rendered(NamedTuple):
    """A template's line on the way to a statement, with the depth of its frame."""

    depth: int
    line: TemplateLine
    changed: bool


class Sites:
    """Resolves the stacks of one trace; equal stacks are resolved once and share their values."""

    def __init__(self) -> None:
        self._same: dict[int, Places] = {}
        self._equal: dict[tuple[Any, ...], Places] = {}
        self._held: list[RawStack] = []
        self._checked: set[str] = set()
        changes.note_modules()

    def places(self, stack: RawStack) -> Places:
        """Return the places of a raw stack."""
        known = self._same.get(id(stack))
        if known is None:
            known = self._same[id(stack)] = self._of_equal(stack.whole())
            # It, its code objects and its marks must live as long as their identities are keys.
            self._held.append(stack)
        return known

    def call_site(self, frame: Frame) -> CallSite:
        """Return a frame of the application as a place, with the text of its line."""
        self._check(frame.file)
        return CallSite(
            file=frame.file,
            label=frame.label,
            line=frame.line,
            column=frame.column,
            end_line=frame.end_line,
            end_column=frame.end_column,
            function=frame.function,
            source=line_of(frame.file, frame.line),
            source_changed=changes.module_changed(frame.file),
            loop=loop_around(frame.file, frame.line, frame.end_line, frame.end_column),
        )

    def _of_equal(self, raw: RawStack) -> Places:
        marks = stack.shown(raw)
        key = (*map(id, raw.entries[::2]), *raw.entries[1::2], *(_key(mark) for _, mark in marks))
        known = self._equal.get(key)
        if known is None:
            known = self._equal[key] = self._resolve(raw, marks)
        return known

    def _resolve(self, raw: RawStack, marks: list[tuple[int, Any]]) -> Places:
        frames = resolve(raw.entries)
        templates = [compiled(code) for code in raw.entries[::2]]
        own = (index for index, frame in enumerate(frames) if not frame.library and templates[index] is None)
        index = next(own, None)
        rendered = self._rendered(frames, templates, marks)
        call_site = None if index is None else self.call_site(frames[index])
        template_site = _template_site(rendered)
        via_template = bool(rendered) and (index is None or rendered[0].depth <= index)
        shown = tuple(frame for frame in frames if not frame.file.startswith(_HOOKS))
        identity = _identity(nearest(shown, call_site, template_site, via_template))
        site_id = blake2b(identity.encode("utf-8", "backslashreplace"), digest_size=4).hexdigest()
        field = field_site(mark for _, mark in marks)
        return Places(shown, raw.cut, call_site, template_site, via_template, site_id, field, index)

    def _rendered(
        self, frames: tuple[Frame, ...], templates: list[Compiled | None], marks: list[tuple[int, Any]]
    ) -> list[_Rendered]:
        """Return the lines of the templates being rendered, whatever their language, innermost first."""
        jinja = [
            self._written(index, template, frames[index].line)
            for index, template in enumerate(templates)
            if template is not None
        ]
        nodes = (self._node(index, node) for index, node in marks if isinstance(node, Node))
        lines = sorted(jinja + [line for line in nodes if line is not None], key=lambda each: each.depth)
        return [each for each in lines if not (each.line.file or "").startswith(_FORMS)] or lines

    def _written(self, index: int, template: Compiled, line: int | None) -> _Rendered:
        changed = template.file is not None and template.stamp != changes.stamp(template.file)
        return _Rendered(index, self._line(template.name, template.file, line), changed)

    def _node(self, index: int, node: Node) -> _Rendered | None:
        origin, token = getattr(node, "origin", None), node.token
        if origin is None:
            return None
        name = plain(origin.name)
        file = name if os.path.isabs(name) else None
        changed = file is not None and changes.template_changed(origin, file)
        line = token.lineno if token is not None else None
        return _Rendered(index, self._line(plain(origin.template_name or name), file, line), changed)

    def _line(self, name: str, file: str | None, line: int | None) -> TemplateLine:
        if file is not None:
            self._check(file)
        return TemplateLine(name=name, file=file, line=line, source=line_of(file, line))

    def _check(self, file: str) -> None:
        if file not in self._checked:
            self._checked.add(file)
            check_files({file})


def _template_site(rendered: list[_Rendered]) -> TemplateSite | None:
    if not rendered:
        return None
    first, *chain = dict.fromkeys(each.line for each in rendered)
    return TemplateSite(
        name=first.name,
        file=first.file,
        line=first.line,
        source=first.source,
        chain=tuple(chain),
        source_changed=rendered[0].changed,
    )


def _key(mark: Any) -> Any:
    """Return what makes two marks the same; a field is told anew with each statement, by objects that are not."""
    if type(mark) is not RawField:
        return id(mark)
    return mark.kind, id(mark.owner), mark.name if type(mark.name) is str else id(mark.name)


def _identity(site: TemplateSite | CallSite | Frame | None) -> str:
    if site is None:
        return "unknown"
    file = site.file or (site.name if isinstance(site, TemplateSite) else "")
    return f"{_KINDS[type(site)]}:{file}:{site.line}"
