"""Edits the places that read row by row what the queryset brings along under another name."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from queryscope.profiler.analysis.advice.edits import Edit, applied
from queryscope.profiler.analysis.advice.located import Located, expression
from queryscope.profiler.analysis.advice.patch import Part, Patch
from queryscope.profiler.analysis.advice.source import parses, read
from queryscope.profiler.trace import CallSite, Frame, Span, TemplateSite

_REFINING = frozenset({"all", "defer", "distinct", "exclude", "filter", "only", "order_by", "select_related"})


class Reading(NamedTuple):
    """The edits of all places that read, and what the changed lines are like."""

    parts: tuple[Part, ...]

    @property
    def code(self) -> str:
        """The changed lines."""
        return "\n".join(dict.fromkeys(map(_line_of, self.parts)))

    def behind(self, patch: Patch) -> str:
        """Return the code of a change with the lines that read behind it; a statement that both change is shown once."""
        lines = {line.strip() for line in patch.body.splitlines()}
        edits = [edit for edit in patch.part.edits if edit not in patch.imports]
        rows = {edit.start[0] for edit in edits}
        shared = [
            part
            for part in self.parts
            if part.source.file == patch.part.source.file
            and any(
                edit.start[0] in rows or part.source.lines[edit.start[0]].strip() in lines
                for edit in part.edits
            )
        ]
        if not shared:
            return f"{patch.code}\n{self.code}"
        edits = list(dict.fromkeys([*edits, *(edit for part in shared for edit in part.edits)]))
        others = [_line_of(part) for part in self.parts if part not in shared]
        changed = _statement(Part(patch.part.source, patch.part.label, tuple(edits)))
        return "\n".join([*filter(None, [patch.heading]), changed, *dict.fromkeys(others)])


def _statement(part: Part) -> str:
    """Return the statement that holds all edits as it is to read, or the lines where it is one that holds others."""
    first, last = min(edit.start[0] for edit in part.edits), max(edit.end[0] for edit in part.edits)
    for block in part.source.blocks(first):
        around = [
            (part.source.start(block, node)[0], part.source.end(block, node)[0])
            for node in ast.walk(block.tree)
            if isinstance(node, ast.stmt) and not hasattr(node, "body")
        ]
        whole = [place for place in around if place[0] <= first and last <= place[1]]
        if whole:
            first, last = whole[0]
            break
    return textwrap.dedent(applied(part.source, part.edits, first, last + 1)).strip().replace("\r\n", "\n")


def counting(
    spans: Sequence[Span], relation: str, name: str, call: str = "count", sites: Sequence[CallSite] = ()
) -> Reading | None:
    """Return the edits that read ``name`` in place of ``relation.count()``, ``None`` where one of the places is not clear.

    ``call`` is another method without arguments; a ``filter()`` before it goes with it. ``sites`` tell, like the
    stacks of ``spans``, from where on the paths of files are shown.
    """
    shown: list[CallSite | Frame] = [
        *sites,
        *(frame for span in spans for frame in span.stack if not frame.library),
    ]
    roots = {
        each.file.removesuffix(each.label)
        for each in shown
        if each.label != each.file and each.file.endswith(each.label)
    }
    parts: list[Part] = []
    for site in _places(spans):
        if isinstance(site, TemplateSite):
            part = _counted_in_template(site, relation, name, roots, call)
        else:
            part = _counted_in_python(site, relation, name, call) if site else None
        if part is None:
            return None
        parts.append(part)
    return Reading(tuple(parts)) if parts else None


def _places(spans: Iterable[Span]) -> list[CallSite | TemplateSite | None]:
    found = (
        span.template_site if span.via_template or span.call_site is None else span.call_site
        for span in spans
    )
    return list(dict.fromkeys(found))


def _counted_in_python(site: CallSite, relation: str, name: str, call: str) -> Part | None:
    spot = expression(site)
    node = spot.anchor if spot else None
    if spot is None or not isinstance(node, ast.Call) or node.args or node.keywords:
        return None
    if not isinstance(node.func, ast.Attribute) or node.func.attr != call:
        return None
    asked = node.func.value
    if (
        isinstance(asked, ast.Call)
        and isinstance(asked.func, ast.Attribute)
        and asked.func.attr in {"all", "filter"}
    ):
        asked = asked.func.value
    return _read_as(spot, asked, relation, name)


def _counted_in_template(
    site: TemplateSite, relation: str, name: str, roots: Iterable[str], call: str
) -> Part | None:
    source = None if site.source_changed or not site.file or not site.line else read(site.file, python=False)
    if source is None or site.line is None or site.line > len(source.lines):
        return None
    line = source.lines[site.line - 1]
    found = list(re.finditer(rf"(?<=\w)\.{re.escape(relation)}(?:\.all)?\.{call}\b", line))
    if not found or line.rstrip()[:500] != (site.source or "").rstrip():
        return None
    at = site.line - 1
    edits = tuple(Edit((at, each.start()), (at, each.end()), f".{name}") for each in found)
    return Part(source, _label(source.file, roots), edits)


def _label(file: str, roots: Iterable[str]) -> str:
    """Return the path of a template from where the labels of the application's files start."""
    return next((file.removeprefix(root) for root in sorted(roots) if file.startswith(root)), file)


def choice(spans: Sequence[Span], relation: str) -> tuple[str, list[Located]] | None:
    """Return what all places ask of ``relation``, such as ``.filter(stars=5)``, with the expressions that ask.

    ``None`` where it is not the same for every row, or where more is asked of it later.
    """
    texts: set[str] = set()
    where: list[Located] = []
    for site in dict.fromkeys(span.build_sites[-1] if span.build_sites else None for span in spans):
        spot = expression(site) if site else None
        if spot is None or spot.whole is not spot.anchor:
            return None
        calls = _calls(spot, relation)
        if calls is None:
            return None
        texts.add(calls)
        where.append(spot)
    return (texts.pop(), where) if len(texts) == 1 else None


def _calls(spot: Located, relation: str) -> str | None:
    """Return the text behind the relation, of calls whose arguments are the same for every row."""
    node = spot.anchor
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _REFINING:
        if not all(map(_constant, [*node.args, *(each.value for each in node.keywords)])):
            return None
        node = node.func.value
    if not isinstance(node, ast.Attribute) or node.attr != relation or node is spot.anchor:
        return None
    return spot.source.between(spot.source.end(spot.block, node), spot.source.end(spot.block, spot.anchor))


def _constant(node: ast.expr) -> bool:
    """Whether a value is written down: a literal, one of a class as ``Order.Status.PAID``, or one of those in brackets."""
    if isinstance(node, (ast.Tuple, ast.List, ast.Set)):
        return all(map(_constant, node.elts))
    if isinstance(node, ast.Attribute):
        while isinstance(node, ast.Attribute):
            node = node.value
        return isinstance(node, ast.Name) and node.id[:1].isupper()
    return isinstance(node, ast.Constant) or (
        isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant)
    )


def choosing(where: Iterable[Located], relation: str, name: str) -> Reading | None:
    """Return the edits that read ``name`` in place of what is chosen of ``relation``."""
    parts = []
    for spot in where:
        node = spot.anchor
        while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            node = node.func.value
        part = _read_as(spot, node, relation, name)
        if part is None or not _taken_as_list(spot):
            return None
        parts.append(part)
    return Reading(tuple(parts))


def testing(spans: Sequence[Span], relation: str, name: str) -> Reading | None:
    """Return the edits that test ``name`` in place of the rows of ``relation``, ``None`` where one of the places is not clear."""
    parts: list[Part] = []
    for site in dict.fromkeys(None if span.via_template else _built_last(span) for span in spans):
        spot = expression(site) if site is not None else None
        part = None
        if spot is not None and spot.whole is spot.anchor and _only_tested(spot):
            node = spot.anchor
            while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                node = node.func.value
            part = _read_as(spot, node, relation, name)
        if part is None:
            return None
        parts.append(part)
    return Reading(tuple(parts)) if parts else None


def _built_last(span: Span) -> CallSite | None:
    return span.build_sites[-1] if span.build_sites else None


def _only_tested(spot: Located) -> bool:
    """Whether an expression stands where only its truth matters."""
    above = spot.parents.get(spot.anchor)
    if isinstance(above, ast.Call):
        return isinstance(above.func, ast.Name) and above.func.id == "bool"
    if isinstance(above, (ast.If, ast.IfExp, ast.While)):
        return above.test is spot.anchor
    return (isinstance(above, ast.UnaryOp) and isinstance(above.op, ast.Not)) or (
        isinstance(above, ast.comprehension) and any(each is spot.anchor for each in above.ifs)
    )


def _taken_as_list(spot: Located) -> bool:
    """Whether the rows are gone through or counted, which a list serves as well as a queryset."""
    above = spot.parents.get(spot.anchor)
    if isinstance(above, ast.Call):
        return isinstance(above.func, ast.Name) and above.func.id in {
            "list",
            "len",
            "bool",
            "sorted",
            "tuple",
            "set",
        }
    return isinstance(above, (ast.For, ast.comprehension)) and above.iter is spot.anchor


def _read_as(spot: Located, asked: ast.expr, relation: str, name: str) -> Part | None:
    """Return the edit that reads an attribute of a row, but of ``self``: a method serves rows of other querysets as well."""
    if not isinstance(asked, ast.Attribute) or asked.attr != relation:
        return None
    if isinstance(asked.value, ast.Name) and asked.value.id == "self":
        return None
    source, block = spot.source, spot.block
    edit = Edit(source.end(block, asked.value), source.end(block, spot.anchor), f".{name}")
    if not parses(applied(source, [edit], block.start, block.stop)):
        return None
    return Part(source, spot.site.label, (edit,))


def _line_of(part: Part) -> str:
    first, last = part.edits[0].start[0], max(edit.end[0] for edit in part.edits)
    return applied(part.source, part.edits, first, last + 1).strip()
