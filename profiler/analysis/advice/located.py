"""Finds the expression of a queryset in the source: by the exact columns that were recorded, or not at all."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from queryscope.profiler.analysis.advice.source import Block, Source, read
from queryscope.profiler.trace import CallSite

CHAINED = frozenset({
    "alias", "all", "annotate", "complex_filter", "defer", "distinct", "exclude", "extra", "fetch_mode", "filter",
    "filter_queryset", "get_queryset", "none", "only", "order_by", "prefetch_related", "raw", "reverse",
    "select_for_update", "select_related", "using", "values", "values_list",
})  # fmt: skip
"""Methods after which another call can be made."""
ENDING = frozenset({
    "aearliest", "afirst", "aget", "aggregate", "ain_bulk", "aiterator", "alast", "alatest", "count", "earliest", "exists",
    "first", "get", "in_bulk", "iterator", "last", "latest",
})  # fmt: skip
"""Methods before which another call can be made."""
SHORTCUTS = frozenset({"aget_list_or_404", "aget_object_or_404", "get_list_or_404", "get_object_or_404"})
_OTHERS_TOO = frozenset({"count", "get"})
"""What dicts, lists and caches are asked as well."""
_ALWAYS: dict[type[ast.AST], str] = {
    ast.If: "test", ast.IfExp: "test", ast.While: "test", ast.For: "iter", ast.AsyncFor: "iter",
    ast.comprehension: "iter", ast.Match: "subject",
}  # fmt: skip
"""Branches and loops, and the part of each that runs whatever happens."""
_ALWAYS_FIRST: dict[type[ast.AST], str] = {
    ast.ListComp: "generators", ast.SetComp: "generators", ast.DictComp: "generators",
    ast.GeneratorExp: "generators", ast.BoolOp: "values",
}  # fmt: skip
_PRIMARY = (ast.Name, ast.Attribute, ast.Call, ast.Subscript)
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef, ast.Module)


class Located(NamedTuple):
    """An expression that gives a queryset; more calls go behind ``anchor``.

    ``model`` says that the anchor is a model and no queryset: its ``manager`` has to be asked first.
    """

    site: CallSite
    source: Source
    block: Block
    parents: Mapping[ast.AST, ast.AST]
    anchor: ast.expr
    model: bool = False
    manager: str = "objects"

    @property
    def enclosed(self) -> bool:
        """Whether the anchor needs brackets before a method of it can be called."""
        return not isinstance(self.anchor, _PRIMARY)

    @property
    def whole(self) -> ast.expr:
        """The longest chain of calls, attributes and slices that the anchor begins."""
        node: ast.expr = self.anchor
        while True:
            above = self.parents.get(node)
            if (isinstance(above, (ast.Attribute, ast.Subscript)) and above.value is node) or (
                isinstance(above, ast.Call) and above.func is node
            ):
                node = above
            else:
                return node

    @property
    def statement(self) -> ast.stmt | None:
        """The statement that holds the expression."""
        node: ast.AST | None = self.anchor
        while node is not None and not isinstance(node, ast.stmt):
            node = self.parents.get(node)
        return node

    @property
    def depth(self) -> int:
        """How many branches and loops of its function hold the expression."""
        depth = 0
        node: ast.AST = self.anchor
        above = self.parents.get(node)
        while above is not None and not isinstance(above, _SCOPES):
            depth += _branches(above, node)
            node, above = above, self.parents.get(above)
        return depth

    @property
    def inherited(self) -> bool:
        """Whether a manager, a queryset or a class builds it for whoever asks: it starts from ``self`` or ``super()``."""
        node = self.anchor
        while isinstance(node, (ast.Attribute, ast.Call, ast.Subscript)):
            node = node.func if isinstance(node, ast.Call) else node.value
        return isinstance(node, ast.Name) and node.id in {"self", "super", "cls"}

    def calls(self, *methods: str) -> Iterator[ast.Call]:
        """Yield the calls of these methods in the whole chain, the last first."""
        node = self.whole
        while isinstance(node, (ast.Attribute, ast.Call, ast.Subscript)):
            if isinstance(node, ast.Call):
                if isinstance(node.func, ast.Attribute) and node.func.attr in methods:
                    yield node
                node = node.func
            else:
                node = node.value


def _branches(above: ast.AST, node: ast.AST) -> bool:
    """Whether ``node`` is a part of ``above`` that runs not at all or several times."""
    if type(above) in _ALWAYS:
        return getattr(above, _ALWAYS[type(above)]) is not node
    if type(above) in _ALWAYS_FIRST:
        return getattr(above, _ALWAYS_FIRST[type(above)])[0] is not node
    return isinstance(above, ast.ExceptHandler)


def located(site: CallSite) -> Located | None:
    """Return the expression at a place, ``None`` where it is not beyond doubt that it gives a queryset."""
    found = expression(site)
    anchor, model = _anchor(found.anchor) if found else (None, False)
    return None if found is None or anchor is None else found._replace(anchor=anchor, model=model)


def expression(site: CallSite) -> Located | None:
    """Return whatever expression has the columns of a place, ``None`` where the file is not as it was."""
    if site.source_changed or not (site.line and site.column and site.end_line and site.end_column):
        return None
    source = read(site.file)
    if source is None or max(site.line, site.end_line) > len(source.lines):
        return None
    start = site.line, _bytes(source, site.line, site.column)
    end = site.end_line, _bytes(source, site.end_line, site.end_column)
    for block in source.blocks(site.line - 1):
        try:
            way = next(_ways(block.tree, block, start, end), None)
        except RecursionError:  # a sum of a thousand terms, and no queryset
            return None
        if way is not None:
            return within(site, source, block, way)
    return None


def calling(site: CallSite, method: str) -> Located | None:
    """Return the one call of ``method`` of a class's rows in the statement at a place: ``Book.objects.method()``.

    Of a loop only what it goes through is looked at; ``None`` where there is no such call, or more than one.
    """
    source = None if site.source_changed or not (site.line and site.source) else read(site.file)
    if source is None or not site.line or site.line > len(source.lines):
        return None
    if source.lines[site.line - 1].strip() != (site.source or "").strip():
        return None
    for block in source.blocks(site.line - 1):
        try:
            ways = [
                way
                for way in _down(block.tree)
                if _calls(way[-1], method) and _evaluated(way, site.line - block.offset - 1)
            ]
        except RecursionError:
            return None
        if len(ways) == 1:
            return within(site, source, block, ways[0])
    return None


def _down(node: ast.AST, way: tuple[ast.AST, ...] = ()) -> Iterator[tuple[ast.AST, ...]]:
    """Yield the way to each node."""
    way = (*way, node)
    yield way
    for child in ast.iter_child_nodes(node):
        yield from _down(child, way)


def _calls(node: ast.AST, method: str) -> bool:
    """Return whether a node calls a method of rows that begin with the name of a class."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr != method:
        return False
    inner: ast.expr = node.func.value
    while isinstance(inner, ast.Call) or (
        isinstance(inner, ast.Attribute) and not isinstance(inner.value, ast.Name)
    ):
        inner = inner.func if isinstance(inner, ast.Call) else inner.value
    # A manager stands between: what an object of the class makes may be no queryset.
    return isinstance(inner, ast.Attribute) and _name(inner.value)[:1].isupper()


def _evaluated(way: Sequence[ast.AST], line: int) -> bool:
    """Return whether an expression lies in the statement that begins at a line, and in no statement of its body."""
    statement = next((node for node in reversed(way) if isinstance(node, ast.stmt)), None)
    if statement is None or statement.lineno != line:
        return False
    if isinstance(statement, (ast.For, ast.AsyncFor)):
        return statement.iter in way
    above = way[-2]
    return not hasattr(statement, "body") and not isinstance(above, (ast.Attribute, ast.Subscript))


def within(site: CallSite, source: Source, block: Block, way: Sequence[ast.AST]) -> Located:
    """Return the expression that ``way`` leads to from the whole block, through each node that holds it."""
    if isinstance(way[-1], ast.Await):  # the line waits there for what was asked before
        way = (*way, way[-1].value)
    *_, node = way
    parents = dict(zip(way[1:], way[:-1], strict=True))
    parents |= {child: above for above in ast.walk(node) for child in ast.iter_child_nodes(above)}
    assert isinstance(node, ast.expr)
    return Located(site, source, block, parents, node)


def _bytes(source: Source, line: int, column: int) -> int:
    """Return a 1-based column of characters as the parser counts them: bytes of UTF-8 from 0."""
    text = source.lines[line - 1]
    return column - 1 if text.isascii() else len(text[: column - 1].encode())


def _ways(
    node: ast.AST, block: Block, start: tuple[int, int], end: tuple[int, int], way: tuple[ast.AST, ...] = ()
) -> Iterator[tuple[ast.AST, ...]]:
    """Yield the way to each expression of these columns; that of a method call may begin at the name of the method."""
    way = (*way, node)
    if isinstance(node, ast.expr) and _stands(node, block, start, end):
        yield way
    line = end[0] - block.offset - 1
    for child in ast.iter_child_nodes(node):
        if getattr(child, "lineno", line) <= line <= getattr(child, "end_lineno", line):
            yield from _ways(child, block, start, end, way)


def _stands(node: ast.expr, block: Block, start: tuple[int, int], end: tuple[int, int]) -> bool:
    if (_line(block, node.end_lineno), node.end_col_offset) != end:
        return False
    if (_line(block, node.lineno), node.col_offset) == start:
        return True
    name = node.func if isinstance(node, ast.Call) else None
    if not isinstance(name, ast.Attribute):
        return False
    return (_line(block, name.end_lineno), (name.end_col_offset or 0) - len(name.attr.encode())) == start


def _line(block: Block, line: int | None) -> int:
    return (line or 0) + block.offset + 1


def _anchor(node: ast.expr) -> tuple[ast.expr | None, bool]:
    """Return the expression behind which calls go, and whether it is a model."""
    if isinstance(node, ast.Subscript):
        return (node.value if isinstance(node.slice, ast.Slice) else None), False
    if isinstance(node, ast.BinOp):
        return (node if isinstance(node.op, (ast.BitOr, ast.BitAnd, ast.BitXor)) else None), False
    if not isinstance(node, ast.Call):
        return None, False
    name = _name(node.func)
    if name in SHORTCUTS:
        return _asked_of(node)
    if not isinstance(node.func, ast.Attribute):
        return None, False
    if name in CHAINED:
        return node, False
    if name in ENDING and (name not in _OTHERS_TOO or _manages(node.func.value)):
        return node.func.value, False
    return None, False


def _asked_of(node: ast.Call) -> tuple[ast.expr | None, bool]:
    """Return what a shortcut of Django's is asked of: a model, a manager or a queryset."""
    first = node.args[0] if node.args else None
    if (
        isinstance(first, (ast.Name, ast.Attribute))
        and _name(first)[:1].isupper()
        and not _name(first).isupper()
    ):
        return first, True
    return (first if first is not None and _manages(first) else None), False


def _manages(node: ast.expr) -> bool:
    """Whether an expression is a manager (``Book.objects``) or a queryset that is made in the same place."""
    if isinstance(node, ast.Attribute):
        return _name(node.value)[:1].isupper() or node.attr == "objects"
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CHAINED


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
