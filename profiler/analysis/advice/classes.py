"""Finds the attribute of a class that a library builds its querysets from: of a view, or of an admin."""

from __future__ import annotations

import ast
import re
from typing import NamedTuple

from msgspec.structs import replace

from queryscope.profiler.analysis.advice.change import Add, Change, Drop, quoted
from queryscope.profiler.analysis.advice.edits import Edit, applied
from queryscope.profiler.analysis.advice.imports import NOTHING, Imported, imported
from queryscope.profiler.analysis.advice.located import CHAINED, Located, within
from queryscope.profiler.analysis.advice.patch import Part, Patch
from queryscope.profiler.analysis.advice.source import Block, Source, end_of, parses, read
from queryscope.profiler.trace import CallSite

_METHOD = re.compile(r"[ \t]+(?:async[ \t]+def|def|@)")


class Head(NamedTuple):
    """The statements of a class before its first method; ``attributes`` are the values it gives to plain names."""

    source: Source
    block: Block
    node: ast.ClassDef
    attributes: dict[str, ast.stmt]

    @property
    def indent(self) -> str:
        """The blanks in front of its statements."""
        line, column = self.source.start(self.block, self.node.body[0])
        return self.source.lines[line][:column]

    def site(self, site: CallSite) -> CallSite:
        """Return the place of the class, where ``site`` is that of a method of it."""
        if site.column is None:
            return site
        line = self.block.start
        return replace(
            site, line=line + 1, column=None, end_line=None, end_column=None,
            function=site.function.removesuffix(".get_queryset"), source=self.source.lines[line].rstrip(),
        )  # fmt: skip

    @property
    def text(self) -> str:
        """All lines of the class."""
        return "".join(self.source.lines[self.block.start : self.stop])

    @property
    def stop(self) -> int:
        """The index behind its last line."""
        return end_of(self.source.lines, self.block.start, self.node.col_offset)


def head_of(site: CallSite) -> Head | None:
    """Return the head of the class that a place stands for, or whose ``get_queryset`` it lies in."""
    source = None if site.source_changed or not site.line else read(site.file)
    name = site.function.removesuffix(".get_queryset").rpartition(".")[2]
    if source is None or site.line is None or not name.isidentifier():
        return None
    header = re.compile(rf"([ \t]*)class[ \t]+{name}\b")
    # Of the class itself the line is known; a method of it lies below.
    for index in range(min(site.line, len(source.lines)) - 1, -1, -1):
        found = header.match(source.lines[index])
        if found:
            return _head(source, index, end_of(source.lines, index, len(found[1])))
    return None


def _head(source: Source, start: int, stop: int) -> Head | None:
    first = next((n for n in range(start + 1, stop) if _METHOD.match(source.lines[n])), stop)
    block = source.block(start, first)
    node = (
        next((each for each in ast.walk(block.tree) if isinstance(each, ast.ClassDef)), None)
        if block
        else None
    )
    if block is None or node is None:
        return None
    return Head(source, block, node, {name: each for each in node.body for name in _names(each)})


def _names(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.Assign):
        return [each.id for each in node.targets if isinstance(each, ast.Name)]
    if isinstance(node, ast.AnnAssign) and node.value is not None and isinstance(node.target, ast.Name):
        return [node.target.id]
    return []


def view_queryset(site: CallSite, head: Head) -> Located | None:
    """Return the expression of ``queryset =``, if calls can follow it."""
    node = head.attributes.get("queryset")
    value = getattr(node, "value", None)
    called = (
        isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr in CHAINED
    )
    manager = isinstance(value, ast.Attribute) and isinstance(value.value, (ast.Name, ast.Attribute))
    if node is None or value is None or not (called or manager):
        return None
    return within(site, head.source, head.block, [head.block.tree, head.node, node, value])


def view_model(site: CallSite, head: Head, change: Change, manager: str) -> Patch | None:
    """Return the patch that gives a view with ``model =`` a queryset as well."""
    node = head.attributes.get("model")
    value = getattr(node, "value", None)
    if node is None or "queryset" in head.attributes or len(change.added) != len(change.steps):
        return None
    names = imported(head.source, change.added)
    if not isinstance(value, (ast.Name, ast.Attribute)) or "get_queryset" in head.text or names is None:
        return None
    text = f"queryset = {ast.unparse(value)}.{manager}{change.spelled(names.names).code}"
    return _below(site, head, node, text, names)


def admin_list(site: CallSite, head: Head, change: Change, joined: tuple[str, ...]) -> Patch | None:
    """Return the patch that names the joins of a change list in ``list_select_related``.

    ``joined`` is what the list joins so far by itself: names replace Django's own choice.
    """
    (step,) = change.steps
    if "get_list_select_related" in head.text or not isinstance(step, (Add, Drop)):
        return None
    node = head.attributes.get("list_select_related")
    value = getattr(node, "value", None)
    if node is not None and not isinstance(value, (ast.Tuple, ast.List, ast.Constant)):
        return None
    elements = value.elts if isinstance(value, (ast.Tuple, ast.List)) else []
    stated = [
        each.value for each in elements if isinstance(each, ast.Constant) and isinstance(each.value, str)
    ]
    if len(stated) != len(elements):
        return None
    names = _wanted(stated or list(joined), step)
    text = f"list_select_related = {_tuple(names)}"
    if node is None:
        after = head.attributes.get("list_display") or (head.node.body[0] if head.attributes else None)
        return None if after is None or isinstance(step, Drop) else _below(site, head, after, text)
    start, end = head.source.start(head.block, node), head.source.end(head.block, node)
    return _patch(site, head, Edit(start, end, text), text)


def _wanted(stated: list[str], step: Add | Drop) -> list[str]:
    if isinstance(step, Drop):
        return [name for name in map(step.left, stated) if name]
    new = [argument.strip('"') for argument in step.arguments]
    kept = [name for name in stated if not any(each == name or each.startswith(f"{name}__") for each in new)]
    return list(dict.fromkeys([*kept, *new]))


def _tuple(names: list[str]) -> str:
    return f"({', '.join(quoted(tuple(names)))}{',' if len(names) == 1 else ''})"


def admin_method(site: CallSite, head: Head, change: Change) -> Patch | None:
    """Return the patch that gives an admin without one a ``get_queryset``."""
    if (
        "get_queryset" in head.text
        or len(change.added) != len(change.steps)
        or any(s.needs for s in change.added)
    ):
        return None
    inner = (
        head.indent * 2 if head.node.col_offset == 0 else head.indent + head.indent[head.node.col_offset :]
    )
    text = (
        f"{head.indent}def get_queryset(self, request):\n"
        f"{inner}return super().get_queryset(request){change.code}"
    )
    last = head.stop - 1
    place = last, len(head.source.lines[last].rstrip("\r\n"))
    edit = Edit(place, place, f"\n\n{text}".replace("\n", head.source.newline))
    return _patch(site, head, edit, text)


def _below(site: CallSite, head: Head, node: ast.stmt, text: str, names: Imported = NOTHING) -> Patch | None:
    line, _ = head.source.end(head.block, node)
    place = line, len(head.source.lines[line].rstrip("\r\n"))
    edit = Edit(place, place, f"{head.source.newline}{head.indent}{text}")
    return _patch(site, head, edit, text, names)


def _patch(site: CallSite, head: Head, edit: Edit, code: str, names: Imported = NOTHING) -> Patch | None:
    if not parses(applied(head.source, [edit], head.block.start, head.stop)):
        return None
    part = Part(head.source, site.label, (*names.edits, edit))
    return Patch(head.site(site), code, part, names.heading, names.edits)
