"""Finds the loop that writes row by row in its source, and tells whether it does nothing else that one statement would not."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from itertools import dropwhile, takewhile
from typing import NamedTuple

from queryscope.profiler.analysis.advice.edits import Edit, applied
from queryscope.profiler.analysis.advice.imports import knows
from queryscope.profiler.analysis.advice.located import Located, expression
from queryscope.profiler.analysis.advice.patch import Part, diff
from queryscope.profiler.analysis.advice.source import parses
from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.trace import Span

_LEAVES = (
    ast.Return, ast.Break, ast.Raise, ast.Yield, ast.YieldFrom, ast.Try, ast.With, ast.AsyncWith, ast.While, ast.For,
    ast.AsyncFor, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.Delete, ast.Match, ast.NamedExpr,
)  # fmt: skip
"""What a loop may end by, or do later: then it does not write one row in each of its steps."""
_STEPS = (ast.Assign, ast.AugAssign, ast.If, ast.Continue, ast.Pass)
"""What a step may do before its row is written later than it was: none of them tells others of it."""
_AROUND = (ast.For, ast.AsyncFor, ast.While, ast.Try, ast.ClassDef)
"""What may do a loop again, go on where it failed, or keep its names."""
_FRAMES = frozenset({"locals", "vars", "globals", "eval", "exec"})
"""Functions that may use a name without having it in the code."""
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_DJANGOS = (
    "django/db/",
    "django/utils/",
    "contextlib.py",
    "asgiref/",
    "asyncio/",
    "concurrent/",
    "threading.py",
)
"""What may stand between the line that writes and its statement: a method of another package's may do more than write."""


_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_BOUND = (ast.Name, ast.Tuple, ast.List, ast.Starred, ast.expr_context)


class WriteLoop(NamedTuple):
    """A loop and the call in it that writes, which is a statement of its body."""

    spot: Located
    function: ast.FunctionDef | ast.AsyncFunctionDef
    loop: ast.For | ast.AsyncFor
    statement: ast.Expr
    call: ast.Call
    awaited: bool

    @property
    def alone(self) -> bool:
        """Whether the loop does nothing but write."""
        return self.loop.body == [self.statement]

    @property
    def row(self) -> str | None:
        """The name that the loop gives each of what it goes through."""
        return self.loop.target.id if isinstance(self.loop.target, ast.Name) else None

    @property
    def through(self) -> str:
        """What the loop goes through."""
        return self.text(self.loop.iter)

    @property
    def receiver(self) -> ast.expr:
        """What the method is called of."""
        assert isinstance(self.call.func, ast.Attribute)
        return self.call.func.value

    @property
    def method(self) -> str:
        """The name of the method that writes."""
        assert isinstance(self.call.func, ast.Attribute)
        return self.call.func.attr

    def text(self, node: ast.expr) -> str:
        """Return an expression as it is written."""
        source, block = self.spot.source, self.spot.block
        return source.between(source.start(block, node), source.end(block, node)).replace("\r\n", "\n")

    def later(self, *names: str) -> bool:
        """Return whether one of the names is used behind the call."""
        last = self.statement.end_lineno or self.statement.lineno
        return any(
            isinstance(node, ast.Name) and node.id in names and node.lineno > last
            for node in ast.walk(self.function)
        )

    @property
    def missed(self) -> bool:
        """Return whether a name that the loop binds is used elsewhere, or may be: then the loop cannot go."""
        target = self.loop.target
        if not all(isinstance(node, _BOUND) for node in ast.walk(target)):
            return True
        names = {node.id for node in ast.walk(target) if isinstance(node, ast.Name)}
        inner = (
            part
            for part in ast.walk(self.function)
            if isinstance(part, _SCOPES) and part is not self.function
        )
        return self.later(*names) or any(name_of(node) in names for part in inner for node in ast.walk(part))

    def knows(self, model: str) -> bool:
        """Return whether the name of a model means it here: imported by name, or used in the function."""
        used = (isinstance(node, ast.Name) and node.id == model for node in ast.walk(self.function))
        return any(used) or knows(self.spot.source, model)

    def free(self, *names: str) -> str | None:
        """Return the first of some names that the function does not use yet."""
        used = {node.id for node in ast.walk(self.function) if isinstance(node, ast.Name)}
        used |= {node.arg for node in ast.walk(self.function) if isinstance(node, ast.arg)}
        return next((name for name in names if name not in used), None)


class Rewritten(NamedTuple):
    """The loop as it is to read, with the write behind it, or what takes its place; and the diff."""

    code: str
    diff: str
    behind: bool


def write_loop(evidence: Evidence, spans: Sequence[Span], *, pure: bool = True) -> WriteLoop | None:
    """Return the loop of the writes ``spans``, ``None`` where anything but the ORM's own work happens with each of them.

    No statement of another line may run between them, none may fail, nobody else may take part in the writes, no receiver of a
    signal, no method of another package; the loop must go on to its end, stand in no other one and in no ``try``, and ignore
    what the call returns. ``pure`` says that each call must have sent its one statement only.
    """
    span = spans[-1]
    if len({_key(each) for each in spans}) < len(spans) or not _only(evidence, spans, pure):
        return None
    spot = expression(span.call_site) if span.call_site is not None else None
    call = spot.anchor if spot is not None else None
    if spot is None or not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
        return None
    above = spot.parents.get(call)
    awaited = isinstance(above, ast.Await)
    statement = spot.parents.get(above) if above is not None and awaited else above
    loop = spot.parents.get(statement) if statement is not None else None
    if not isinstance(statement, ast.Expr) or not isinstance(loop, (ast.For, ast.AsyncFor)) or loop.orelse:
        return None
    function = _function(spot, loop)
    if function is None or statement not in loop.body or not _goes_on(loop):
        return None
    return WriteLoop(spot, function, loop, statement, call, awaited)


def _key(span: Span) -> object:
    """Return what tells a row that was written: of a new one all values, of others the key, which stands last."""
    return span.n if span.kind == "insert" else span.params[-1:]


def _only(evidence: Evidence, spans: Sequence[Span], pure: bool) -> bool:
    first, last = spans[0], spans[-1]
    between = [span for span in evidence.spans if first.n <= span.n <= last.n]
    if pure and any(span.fingerprint != last.fingerprint for span in between):
        return False
    # One by one, what came before a failure is written.
    if evidence.trace.error or any(
        each.error for each in evidence.trace.spans if each.site_id == last.site_id
    ):
        return False
    quiet = evidence.trace.quiet
    return all(
        span.site_id == last.site_id and _by_django(span) and (span.kind == "select" or span.model in quiet)
        for span in between
    )


def _by_django(span: Span) -> bool:
    """Return whether a line of the application had Django's ORM send a statement, with nobody else in between."""
    labels = [frame.label for frame in takewhile(lambda frame: frame.library, span.stack)]
    # What comes before is the cursor, which libraries like to wrap.
    called = list(dropwhile(lambda label: not label.startswith("django/db/models/"), labels))
    return bool(called) and all(label.startswith(_DJANGOS) for label in called)


def _function(spot: Located, loop: ast.AST) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    """Return the function around a loop, ``None`` where something stands between that the loop would matter to."""
    node = spot.parents.get(loop)
    while node is not None and not isinstance(node, _DEFINITIONS):
        if isinstance(node, _AROUND) or (isinstance(node, (ast.With, ast.AsyncWith)) and not _atomic(node)):
            return None
        node = spot.parents.get(node)
    hidden = node is not None and any(
        isinstance(each, (ast.Global, ast.Nonlocal)) or name_of(each) in _FRAMES for each in ast.walk(node)
    )
    return None if hidden else node


def _atomic(node: ast.With | ast.AsyncWith) -> bool:
    """Return whether all that a block does is to write all or nothing."""
    called = (each.context_expr for each in node.items)
    return all(isinstance(each, ast.Call) and ast.unparse(each.func).endswith("atomic") for each in called)


def name_of(node: ast.AST) -> str | None:
    """Return the name that a node is."""
    return node.id if isinstance(node, ast.Name) else None


def _computes(loop: WriteLoop) -> bool:
    """Return whether the steps of a loop do nothing but give names and the row values, and none of these grows."""
    row, parts = name_of(loop.receiver), [node for line in loop.loop.body for node in ast.walk(line)]
    lines = (node for node in parts if isinstance(node, ast.stmt) and node is not loop.statement)
    things = (node for node in parts if isinstance(node, (ast.Attribute, ast.Subscript)))
    others = (
        node
        for node in things
        if row is None or name_of(node.value) != row or isinstance(node, ast.Subscript)
    )
    grown = {name_of(node.target) for node in parts if isinstance(node, ast.AugAssign)} - {None}
    given = (node.value for node in parts if isinstance(node, (ast.Assign, ast.keyword)))
    return (
        all(isinstance(line, _STEPS) for line in lines)
        and not any(isinstance(node.ctx, ast.Store) for node in others)
        and not any(name_of(each) in grown for each in given)
    )


def _text_over_lines(loop: ast.AST) -> bool:
    """Return whether a text goes over several lines, whose indent would be another one elsewhere."""
    texts = (node for node in ast.walk(loop) if isinstance(node, (ast.Constant, ast.JoinedStr)))
    return any(node.end_lineno != node.lineno for node in texts)


def _goes_on(loop: ast.For | ast.AsyncFor) -> bool:
    return not any(isinstance(node, _LEAVES) for line in loop.body for node in ast.walk(line))


def instead(loop: WriteLoop, code: str) -> Rewritten | None:
    """Return the change that puts ``code`` in the place of a whole loop, ``None`` where more would go with it."""
    source, block = loop.spot.source, loop.spot.block
    start, end = source.start(block, loop.loop), source.end(block, loop.loop)
    if "#" in source.between(start, end) or loop.missed or _text_over_lines(loop.loop):
        return None
    text = code.replace("\n", f"{source.newline}{source.lines[start[0]][: start[1]]}")
    return _changed(loop, [Edit(start, end, text)], code)


def gathered(loop: WriteLoop, name: str, edits: Sequence[Edit], write: str) -> Rewritten | None:
    """Return the change that collects rows under a name by ``edits`` of a loop, and writes them behind it.

    ``None`` where a step may change what an earlier row was given and is not written yet.
    """
    if not _computes(loop):
        return None
    source, block = loop.spot.source, loop.spot.block
    start, (line, _) = source.start(block, loop.loop), source.end(block, loop.loop)
    indent = source.lines[start[0]][: start[1]]
    place = line, len(source.lines[line].rstrip("\r\n"))
    before = Edit((start[0], 0), (start[0], 0), f"{indent}{name} = []{source.newline}")
    behind = Edit(place, place, f"{source.newline}{indent}{write}")
    return _changed(loop, [before, *edits, behind], None)


def _changed(loop: WriteLoop, edits: Sequence[Edit], code: str | None) -> Rewritten | None:
    source, block = loop.spot.source, loop.spot.block
    start, (last, _) = source.start(block, loop.loop), source.end(block, loop.loop)
    if source.lines[start[0]][: start[1]].strip() or not parses(
        applied(source, edits, block.start, block.stop)
    ):
        return None
    made = diff([Part(source, loop.spot.site.label, tuple(edits))])
    behind = code is None
    if code is None:
        lines = applied(source, edits, start[0], last + 1).replace("\r\n", "\n").rstrip("\n").split("\n")
        code = "\n".join(line[start[1] :] for line in lines)
    return None if made is None else Rewritten(code, made, behind)
