"""Edits the text of a file around a located expression; nothing else is touched or formatted anew."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from queryscope.profiler.analysis.advice.change import Add, Chunked, Drop
from queryscope.profiler.analysis.advice.located import Located
from queryscope.profiler.analysis.advice.source import Place, Source

_COMMENT = re.compile(r"[ \t]*#[^\r\n]*")


class Edit(NamedTuple):
    """Put ``text`` in place of what stands between two places of a file."""

    start: Place
    end: Place
    text: str


def added(steps: Iterable[Add], spot: Located) -> list[Edit] | None:
    """Return the edits for some calls: one that is there is extended, else it is inserted; ``None`` where it is not safe."""
    edits: list[Edit] = []
    new: list[str] = []
    for step in steps:
        call = next(spot.calls(step.method), None)
        if call is None and step.existing:
            return None
        if call is None or spot.model:
            new.append(_styled(step.code, spot))
        elif any(isinstance(each, ast.Constant) and each.value is None for each in call.args):
            return None
        else:
            extended = _extended(step, spot, call)
            if extended is None:
                return None
            edits += extended
    return edits + _inserted(new, spot) if new else edits


def _inserted(calls: list[str], spot: Located) -> list[Edit]:
    start, end = spot.source.start(spot.block, spot.anchor), spot.source.end(spot.block, spot.anchor)
    code = "".join(calls)
    if spot.model:
        return [Edit(end, end, f".{spot.manager}{code}")]
    if spot.enclosed:
        return [Edit(start, start, "("), Edit(end, end, f"){code}")]
    indent = _line_of_its_own(spot)
    if indent is None:
        return [Edit(end, end, code)]
    comment = _COMMENT.match(spot.source.lines[end[0]], end[1])
    place = end[0], comment.end() if comment else end[1]
    return [Edit(place, place, "".join(f"{spot.source.newline}{indent}{call}" for call in calls))]


def _line_of_its_own(spot: Located) -> str | None:
    """Return the indent of the lines of a chain in which each call has its own, ``None`` for another layout."""
    for node in (spot.anchor, *_outwards(spot)):
        if isinstance(node, ast.Attribute):
            line, column = spot.source.end(spot.block, node)
            text = spot.source.lines[line]
            blank = text[: len(text) - len(text.lstrip())]
            if text.lstrip().startswith(".") and text[:column].strip() == f".{node.attr}":
                return None if spot.source.lines[line - 1].rstrip().endswith("\\") else blank
    return None


def _outwards(spot: Located) -> Iterator[ast.expr]:
    """Yield the attribute of the anchor's own call and the one that follows it."""
    if isinstance(spot.anchor, ast.Call):
        yield spot.anchor.func
    above = spot.parents.get(spot.anchor)
    if isinstance(above, ast.Attribute):
        yield above


def _extended(step: Add, spot: Located, call: ast.Call) -> list[Edit] | None:
    """Return the edits that put more arguments into a call; a path that a new one leads through makes room for it."""
    edits: list[Edit] = []
    left = [argument for argument in step.arguments if argument.strip("\"'") not in _literals(call)]
    for node in call.args:
        path = _path(node)
        longer = next((each for each in left if path and each.strip("\"'").startswith(f"{path}__")), None)
        if path is not None and path == step.replaced:
            longer = next(iter(left), None)
        if longer is not None and step.method != "only" and isinstance(node, ast.Constant):
            left.remove(longer)
            edits.append(
                Edit(
                    spot.source.start(spot.block, node),
                    spot.source.end(spot.block, node),
                    _styled(longer, spot),
                )
            )
    if left:
        text = _styled(", ".join(left), spot)
        last = max(
            (
                spot.source.end(spot.block, node)
                for node in [*call.args, *(each.value for each in call.keywords)]
            ),
            default=None,
        )
        if last is None:
            line, column = spot.source.end(spot.block, call)
            place = line, column - 1
            edits.append(Edit(place, place, text))
        elif any(each.arg is None for each in call.keywords) or (
            call.keywords and not any("=" in each for each in left)
        ):
            return None  # a positional argument cannot follow
        else:
            edits.append(Edit(last, last, f", {text}"))
    return edits


def _literals(call: ast.Call) -> set[str]:
    return {path for path in map(_path, call.args) if path}


def _path(node: ast.expr) -> str | None:
    """Return the path that an argument names: a text, or a ``Prefetch`` of one."""
    if isinstance(node, ast.Call) and node.args:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        return _path(node.args[0]) if name in {"Prefetch", "GenericPrefetch"} else None
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def dropped(step: Drop, spot: Located) -> tuple[list[Edit], set[str]]:
    """Return the edits that take arguments out of the calls of a chain, and the paths that are gone by them."""
    edits: list[Edit] = []
    gone: set[str] = set()
    for call in spot.calls(step.method):
        texts = [_text(spot, node) for node in call.args]
        rest: list[str] = []
        for node, text in zip(call.args, texts, strict=True):
            path = _path(node)
            short = None if path is None else step.left(path)
            if path is not None and short != path:
                gone.update(each for each in step.paths if each == path or path.startswith(f"{each}__"))
                text = _styled(f'"{short}"', spot) if short else ""
            rest += [text] if text and text not in rest else []
        if rest != texts:
            edits.append(_without(spot, call, rest))
    return edits, gone


def _text(spot: Located, node: ast.expr) -> str:
    return spot.source.between(spot.source.start(spot.block, node), spot.source.end(spot.block, node))


def _without(spot: Located, call: ast.Call, rest: list[str]) -> Edit:
    """Return the edit that leaves a call with the arguments ``rest``, or leaves nothing of it."""
    source, block = spot.source, spot.block
    assert isinstance(call.func, ast.Attribute)
    if rest or call.keywords:
        start = source.start(block, call.args[0])
        return Edit(start, source.end(block, call.args[-1]), ", ".join(rest))
    start, end = source.end(block, call.func.value), source.end(block, call)
    comment = _COMMENT.match(source.lines[start[0]], start[1])
    if comment and start[0] != end[0]:
        start = start[0], comment.end()
    return Edit(start, end, "")


def chunked(step: Chunked, spot: Located) -> list[Edit] | None:
    """Return the edit that gives ``iterator()`` its chunk size: none where it has one, ``None`` where it is elsewhere."""
    call = next(spot.calls("iterator", "aiterator"), None)
    if call is None:
        return None
    if call.args or call.keywords or (isinstance(call.func, ast.Attribute) and call.func.attr == "aiterator"):
        return []
    line, column = spot.source.end(spot.block, call)
    place = line, column - 1
    return [Edit(place, place, f"chunk_size={step.chunk_size}")]


def _styled(code: str, spot: Located) -> str:
    """Return code in the quotes that the statement around it uses."""
    line = spot.source.start(spot.block, spot.anchor)[0]
    text = "".join(spot.source.lines[max(0, line - 20) : line + 20])
    return code.replace('"', "'") if text.count("'") > text.count('"') and "'" not in code else code


def applied(source: Source, edits: Iterable[Edit], first: int, stop: int) -> str:
    """Return the lines from ``first`` up to ``stop`` after the edits, which must lie between them."""
    lines = list(source.lines[first:stop])
    # Where two insert at one place, the one that was made first comes first.
    for edit in sorted(edits, key=lambda each: each.start)[::-1]:
        (line, column), (last, end) = edit.start, edit.end
        tail = lines[last - first][end:]
        lines[line - first : last - first + 1] = [lines[line - first][:column] + edit.text + tail]
        # The lines that were joined must still be found by their numbers: those behind come first.
    return "".join(lines)
