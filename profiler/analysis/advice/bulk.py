"""Advice to write many rows by one statement: bulk_create, bulk_update, a delete of all."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from queryscope.profiler.analysis.advice.bulk_loops import changed, created, for_all, inserted, set_by_itself
from queryscope.profiler.analysis.advice.heads import loop_of
from queryscope.profiler.analysis.advice.lookups import call_of
from queryscope.profiler.analysis.advice.looped import given
from queryscope.profiler.analysis.advice.managers import manager
from queryscope.profiler.analysis.advice.updates import awaited, updated
from queryscope.profiler.analysis.advice.upserts import CREATED, assigned
from queryscope.profiler.analysis.advice.write_loops import Rewritten, WriteLoop, instead, write_loop
from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.analysis.groupings.repeats import function_inside, inside
from queryscope.profiler.analysis.wording import place, short
from queryscope.profiler.finding import Advice
from queryscope.profiler.trace import Span

_UPDATED = (
    "bulk_update() calls no save() of the model, sends no signals and sets no auto_now field: keep the loop where those do "
    "the work. Where one row fails, none is written."
)
_DELETED = (
    "The signals pre_delete and post_delete are sent as before, but delete() of the model is not called: keep the loop where that "
    "does more than delete. Where one row cannot be deleted, none is."
)
_PAIRED = "No m2m_changed is sent: keep the loop where that signal does the work."
_ROWS = " rows stands for what the loop goes through."
_OWN_METHODS = frozenset({"save", "delete", "create"})
_RELATED = frozenset({"_add_items", "_remove_items", "clear"})
_OF_RELATION = {"insert": frozenset({"add", "aadd"}), "delete": frozenset({"remove", "aremove"})}


def bulk(evidence: Evidence, spans: Sequence[Span]) -> Advice:
    """Return the advice to write by one statement what ``spans`` write row by row.

    There is a diff where the loop does nothing else with each row.
    """
    first = spans[-1]
    model = manager(evidence, first.model)
    if first.kind == "update":
        tables = tuple({span.fingerprint: span for span in spans}.values())
        advised = _same_for_all(spans, model) or _updated(first, tables, model)
    else:
        advised = _created(first, model) if first.kind == "insert" else _deleted(first, model)
    summary, code = advised
    if _by_own_method(first) or first.model is None:
        code = None
    made = None if code is None else _in_loop(evidence, spans, code, model)
    summary, code = awaited(first, summary, code)
    where = "in place of" if " in place of the loop" in summary else "after"
    if made is not None:
        where, summary = "in" if made.behind else "in place of", _summary(first, made, summary)
    return Advice(
        summary=summary,
        code=code if made is None else made.code,
        where=f"{where} the loop around {place(first)}",
        diff=None if made is None else made.diff,
    )


def _summary(span: Span, made: Rewritten, summary: str) -> str:
    """Return in words what a changed loop does, where that is not what ``summary`` says of one that cannot be changed."""
    model = short(span.model)
    if span.kind == "insert" and "bulk_create(" in made.code:
        return _collected(model, "") if made.behind else _at_once(model)
    if span.kind == "update" and made.behind:
        return f"{_unsaved(model)} {_UPDATED}"
    return summary.replace(_ROWS, "")


def _at_once(model: str) -> str:
    return f"Insert all {model} objects by one bulk_create(), in place of the loop. {CREATED}"


def _collected(model: str, where: str) -> str:
    return f"Collect the {model} objects unsaved{where}, and insert them after the loop by bulk_create(). {CREATED}"


def _unsaved(model: str) -> str:
    return f"Change the {model} objects in the loop without saving, and write them after it by bulk_update()."


def _in_loop(evidence: Evidence, spans: Sequence[Span], code: str, model: str) -> Rewritten | None:
    """Return the loop as it is to read, where nothing but its writes would change by that."""
    last = spans[-1]
    own = [span for span in spans if span.fingerprint == last.fingerprint]
    related = inside(last, _RELATED)
    loop = write_loop(evidence, own, pure=last.kind != "delete" and not related)
    if loop is None:
        return None
    if related:
        return (
            instead(loop, code)
            if loop.alone and loop.method in _OF_RELATION[last.kind] and "*" in code
            else None
        )
    name, saves = short(last.model), loop.method in {"save", "asave"}
    if last.kind == "insert" and not saves:
        return created(loop, name)
    if last.kind == "insert":
        return inserted(loop, name, model, keyed=_tells_keys(evidence, last))
    if last.kind == "delete":
        return (
            for_all(loop, code, "delete()", alone=loop.alone)
            if loop.method in {"delete", "adelete"}
            else None
        )
    return _in_update(evidence, loop, own, code, model) if saves else None


def _tells_keys(evidence: Evidence, span: Span) -> bool:
    """Return whether the database tells the keys of rows that were inserted together: MySQL alone does not."""
    alias = evidence.trace.by_alias.get(span.alias)
    return span.vendor != "mysql" or "mariadb" in ((alias and alias.server_version) or "").lower()


def _in_update(
    evidence: Evidence, loop: WriteLoop, spans: Sequence[Span], code: str, model: str
) -> Rewritten | None:
    last, day = spans[-1], evidence.trace.started_at
    known, columns = given(last.call_site), assigned(last)
    free = evidence.trace.quiet.get(last.model or "", ())
    if known is None or any(_column(name, columns) is None or name not in free for name in known.names):
        return None
    # save() may take back in its other columns what was written since the rows were loaded.
    if len(columns) > len(known.names) and _written_before(evidence, spans[0]):
        return None
    # bulk_update() and update() write no time that save() would have written by itself.
    if any(set_by_itself(span, columns, known.names, day) for span in spans):
        return None
    _, _, call = code.rpartition(").")
    if call.startswith(("update(", "aupdate(")):
        made = for_all(loop, code, call.removeprefix("a"), alone=True)
        if made is not None:
            return made
    return changed(loop, known.names, short(spans[-1].model), model)


def _written_before(evidence: Evidence, first: Span) -> bool:
    """Return whether another line changed rows of the table before."""
    before = (span for span in evidence.spans if span.n < first.n and span.kind == "update")
    return any(span.tables[:1] == first.tables[:1] and span.site_id != first.site_id for span in before)


def of_list(span: Span) -> Advice:
    """Return the advice for a serializer with ``many=True`` that inserts its items one by one."""
    model = short(span.model) or "the model"
    return Advice(
        summary="Write a ListSerializer whose create() makes the objects of validated_data unsaved, inserts them by one "
        f"bulk_create() of {model} and returns them. Name it in Meta.list_serializer_class of the serializer. Values of "
        f"many-to-many fields have to be set after it. {CREATED}",
        where="the serializer that the view calls with many=True",
    )


def _by_own_method(span: Span) -> bool:
    """Return whether a method of the application's own model wrote: what else it does would be passed over."""
    site = span.call_site
    return site is not None and "." in site.function and site.function.rpartition(".")[2] in _OWN_METHODS


def _created(span: Span, named: str) -> tuple[str, str | None]:
    model = short(span.model)
    if inside(span, _RELATED):
        owner, _, name = model.partition("_")
        return _of_one(span) or (
            f"Collect the pairs unsaved in rows, and insert them into the table between both by bulk_create(). {_PAIRED}",
            f"{owner}.{name}.through.objects.bulk_create(rows, ignore_conflicts=True)" if name else None,
        )
    if not model:
        return (
            "Send the statement once for all rows: executemany() of a cursor takes a list of their values.",
            None,
        )
    made = _listed(span, named)
    if made is not None:
        return _at_once(model), made
    return _collected(model, " in rows"), f"{named}.bulk_create(rows)"


def _listed(span: Span, named: str) -> str | None:
    """Return the call with a list of what a loop makes by ``create()`` of a named; one of a relation adds its own parent."""
    loop, call = loop_of(span.call_site.loop if span.call_site else None), call_of(span.call_site)
    if loop is None or call is None or not isinstance(call.func, ast.Attribute):
        return None
    of = call.func.value
    if call.func.attr not in {"create", "acreate"} or not isinstance(of, ast.Attribute) or call.args:
        return None
    kind = ast.unparse(of.value)
    if kind.rpartition(".")[2] != short(span.model):
        return None
    made = ast.unparse(ast.Call(of.value, call.args, call.keywords))
    awaited = ("await ", "a") if call.func.attr == "acreate" else ("", "")
    return f"{awaited[0]}{ast.unparse(of)}.{awaited[1]}bulk_create([{made} for {loop[0]} in {loop[1]}])"


def _same_for_all(spans: Sequence[Span], named: str) -> tuple[str, str] | None:
    """Return the one ``update()`` that gives all rows the values that the source and the statements give each of them."""
    span, model = spans[-1], short(spans[-1].model)
    known, columns = given(span.call_site), assigned(span)
    if known is None or known.same is None or len({each.fingerprint for each in spans}) != 1:
        return None
    places = [_column(name, columns) for name in known.names]
    if any(place is None or len({each.params[place] for each in spans}) != 1 for place in places):
        return None
    loop = loop_of(span.call_site.loop if span.call_site else None)
    rows = loop[1] if loop and loop[1].isidentifier() else "rows"
    values = ", ".join(f"{name}={value}" for name, value in zip(known.names, known.same, strict=True))
    later = ("await ", "a") if function_inside(span, frozenset({"asave"})) else ("", "")
    stands = "" if rows != "rows" else _ROWS
    summary = f"Every {model} is given the same: write it to all of them by one update(), in place of the loop.{stands}"
    return (
        f"{summary} update() calls no save() of the model, sends no signals and sets no auto_now field. All rows are written, or none.",
        f"{later[0]}{named}.filter(pk__in=[{known.row}.pk for {known.row} in {rows}]).{later[1]}update({values})",
    )


def _column(name: str, columns: Sequence[str]) -> int | None:
    """Return the place of the column that an attribute is saved in, of a foreign key by its own name or by that of its row."""
    return next((place for place, each in enumerate(columns) if each in {name, f"{name}_id"}), None)


def _updated(span: Span, tables: Sequence[Span], named: str) -> tuple[str, str | None]:
    model = short(span.model)
    fields = tuple(name for each in tables for name in assigned(each))
    loop = loop_of(span.call_site.loop if span.call_site else None)
    rows = loop[1] if loop and loop[1].isidentifier() else "rows"
    if function_inside(span, frozenset({"save", "asave"})) is None:
        return updated(span), None
    known_fields = given(span.call_site)
    whole = len(fields) > 2 and "update_fields" not in ((span.call_site and span.call_site.source) or "")
    if known_fields is not None and all(_column(name, fields) is not None for name in known_fields.names):
        fields, whole = known_fields.names, False
    which = (
        " fields stands for the names of the fields that the loop changes, and no others." if whole else ""
    )
    known = "" if rows != "rows" else _ROWS
    names = ", ".join(f'"{name}"' for name in fields)
    return (
        f"{_unsaved(model)}{which}{known} {_UPDATED}",
        f"{named}.bulk_update({rows}, {'fields' if whole else f'[{names}]'})" if fields else None,
    )


def _deleted(span: Span, named: str) -> tuple[str, str | None]:
    model = short(span.model)
    loop = loop_of(span.call_site.loop if span.call_site else None)
    name, rows = loop if loop and loop[1].isidentifier() else ("row", "rows")
    if inside(span, _RELATED):
        return _of_one(span) or (f"Delete the rows between both tables by one delete(). {_PAIRED}", None)
    return (
        f"Delete all {model} rows by one delete() of a queryset, in place of the loop.{'' if rows != 'rows' else _ROWS} {_DELETED}",
        f"{named}.filter(pk__in=[{name}.pk for {name} in {rows}]).delete()",
    )


def _of_one(span: Span) -> tuple[str, str] | None:
    """Return the call that gives one object all that a loop gives it row by row: ``book.genres.add(*genres)``."""
    call, loop = call_of(span.call_site), loop_of(span.call_site.loop if span.call_site else None)
    if call is None or loop is None or len(call.args) != 1 or not isinstance(call.func, ast.Attribute):
        return None
    argument, name = call.args[0], call.func.attr
    if name not in _OF_RELATION[span.kind] or not isinstance(argument, ast.Name) or argument.id != loop[0]:
        return None
    names = (node.id for node in ast.walk(call.func) if isinstance(node, ast.Name))
    if loop[0] in names or " if " in (span.call_site.loop or "" if span.call_site else ""):
        return None
    kept = ", ".join([f"*{loop[1]}", *map(ast.unparse, call.keywords)])
    awaited = "await " if name.startswith("a") and name != "add" else ""
    code = f"{awaited}{ast.unparse(call.func)}({kept})"
    return (
        f"Give {name}() all of them in one call, in place of the loop. m2m_changed is sent once, for all of them.",
        code,
    )
