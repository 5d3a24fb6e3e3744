"""Finds the places of a statement in its stack: the application's own line and the template node that was rendered."""

from __future__ import annotations

from hashlib import blake2b
from typing import NamedTuple

from django.template.base import Node

from queryscope.profiler.capture.frames import check_files, line_of, resolve
from queryscope.profiler.capture.stack import RawStack
from queryscope.profiler.capture.text import plain
from queryscope.profiler.groups import nearest
from queryscope.profiler.trace import CallSite, Frame, TemplateLine, TemplateSite

_KINDS: dict[type, str] = {TemplateSite: "template", CallSite: "call", Frame: "library"}


class Places(NamedTuple):
    """The resolved stack of a statement and the places in it that a person looks for."""

    stack: tuple[Frame, ...]
    cut: bool
    call_site: CallSite | None
    template_site: TemplateSite | None
    via_template: bool
    site_id: str


class Sites:
    """Resolves the stacks of one trace; equal stacks are resolved once and share their values."""

    def __init__(self) -> None:
        self._same: dict[int, Places] = {}
        self._equal: dict[tuple[int, ...], Places] = {}
        self._held: list[RawStack] = []
        self._checked: set[str] = set()

    def places(self, stack: RawStack) -> Places:
        """Return the places of a raw stack."""
        known = self._same.get(id(stack))
        if known is None:
            known = self._same[id(stack)] = self._of_equal(stack)
            # It, its code objects and its nodes must live as long as their identities are keys.
            self._held.append(stack)
        return known

    def _of_equal(self, stack: RawStack) -> Places:
        key = (*map(id, stack.entries[::2]), *stack.entries[1::2], *(id(node) for _, node in stack.nodes))
        known = self._equal.get(key)
        if known is None:
            known = self._equal[key] = self._resolve(stack)
        return known

    def _resolve(self, stack: RawStack) -> Places:
        frames = resolve(stack.entries)
        index = next((index for index, frame in enumerate(frames) if not frame.library), None)
        call_site = None if index is None else self._call_site(frames[index])
        template_site = self._template_site([node for _, node in stack.nodes])
        via_template = bool(stack.nodes) and (index is None or stack.nodes[0][0] <= index)
        identity = _identity(nearest(frames, call_site, template_site, via_template))
        site_id = blake2b(identity.encode("utf-8", "backslashreplace"), digest_size=4).hexdigest()
        return Places(frames, stack.cut, call_site, template_site, via_template, site_id)

    def _call_site(self, frame: Frame) -> CallSite:
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
        )

    def _template_site(self, nodes: list[Node]) -> TemplateSite | None:
        lines = [line for line in map(self._template_line, nodes) if line is not None]
        if not lines:
            return None
        first, *chain = dict.fromkeys(lines)
        return TemplateSite(
            name=first.name, file=first.file, line=first.line, source=first.source, chain=tuple(chain)
        )

    def _template_line(self, node: Node) -> TemplateLine | None:
        origin, token = getattr(node, "origin", None), node.token
        if origin is None:
            return None
        file = plain(origin.name)
        line = token.lineno if token is not None else None
        self._check(file)
        name = plain(origin.template_name or file)
        return TemplateLine(name=name, file=file, line=line, source=line_of(file, line))

    def _check(self, file: str) -> None:
        if file not in self._checked:
            self._checked.add(file)
            check_files({file})


def _identity(site: TemplateSite | CallSite | Frame | None) -> str:
    return "unknown" if site is None else f"{_KINDS[type(site)]}:{site.file}:{site.line}"
