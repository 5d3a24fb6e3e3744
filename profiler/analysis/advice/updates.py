"""Says how rows that a loop changes by ``update()`` one by one are written together, and when that would lose what others write."""

from __future__ import annotations

import re

from queryscope.profiler.analysis.groupings.repeats import function_inside
from queryscope.profiler.analysis.statements.shapes import asked
from queryscope.profiler.analysis.wording import short
from queryscope.profiler.trace import Span

_HEAD = re.compile(r"\bSET (?P<values>.+?) WHERE (?P<conditions>.+)$", re.DOTALL)
_READ = re.compile(r"""["`](?:""|[^"`])+["`]\.["`](?P<column>\w+)["`]""")
"""A column with its table: SET names the columns that it writes without."""
_AWAITED = frozenset({"asave", "acreate", "adelete", "aupdate", "aadd", "aremove"})
_WRITES = "bulk_create|bulk_update|update|delete"
_NAMED = re.compile(rf"\bby (one )?({_WRITES})\(\)")
_CALLED = re.compile(rf"\.({_WRITES})\(")


def updated(span: Span) -> str:
    """Return in words how to write the rows of a loop of ``filter(...).update(...)``.

    A value that the database computes of the row, and a condition beside the key, guard against other writers: what
    bulk_update() writes instead must not read and write back.
    """
    model, head = short(span.model), _HEAD.search(span.sql)
    read = _READ.search(head["values"]) if head is not None else None
    if read is not None:
        name = read["column"]
        return (
            f"The database computes {name} of the row, so that nothing which others write meanwhile is lost. Keep that: add up the "
            f'changes of each {model}, give it the expression, as in row.{name} = F("{name}") - …, and write the rows after the loop '
            "by bulk_update(), which takes expressions. Do not compute from a value that was read. Like update(), it calls no "
            "save() and sends no signals."
        )
    if head is not None and _chooses(span, head["values"]):
        return (
            f"Each update() of {model} chooses by more than the key, so that it writes only while the row is as expected. "
            "bulk_update() asks for the key alone: keep the loop where others may change the rows meanwhile. Where all rows get the "
            "same value, one update() with all keys keeps the condition."
        )
    return (
        f"Load the {model} objects, change them in the loop, and write them by bulk_update(). Like update(), it calls no save() "
        "and sends no signals."
    )


def awaited(span: Span, summary: str, code: str | None) -> tuple[str, str | None]:
    """Return advice for code that waits for what writes: by the methods that are waited for."""
    if function_inside(span, _AWAITED) is None:
        return summary, code
    summary = _NAMED.sub(r"by \1a\2()", summary)
    if code is None or code.startswith("await "):
        return summary, code
    called = _CALLED.sub(r".a\1(", code)
    return summary, f"await {called}"


def _chooses(span: Span, values: str) -> bool:
    """Return whether there is a condition beside the one that names the row."""
    _, _, conditions = span.sql.partition(" WHERE ")
    compared = [each for each in asked(span)[values.count("%s") :] if each.column]
    return len(compared) > 1 or bool(re.search(r"\b(?:AND|OR|NOT)\b", conditions))
