"""duplicate-query: a statement with the same values runs again in one unit of work, and nothing could have changed its answer."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from queryscope.profiler.analysis.advice.form_sets import made_with
from queryscope.profiler.analysis.advice.kept import kept
from queryscope.profiler.analysis.advice.once import once
from queryscope.profiler.analysis.advice.wording import listed
from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.analysis.found import found
from queryscope.profiler.analysis.groupings.by_line import Again, asked_again, streamed
from queryscope.profiler.analysis.groupings.loops import HELD
from queryscope.profiler.analysis.rule import Rule
from queryscope.profiler.analysis.stacks import asking
from queryscope.profiler.analysis.statements import questions
from queryscope.profiler.finding import Advice, Finding
from queryscope.profiler.trace import CallSite, FieldSite, Span
from queryscope.profiler.units import plural

ID = "duplicate-query"
MOST_PLACES = 4
"""Places named in the explanation; what else there is, it counts."""


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield one finding for each statement that was asked again with the same values."""
    if evidence.trace.kind == "test":
        return  # a test asks again after the requests it makes: its statements belong to several units of work
    asked: dict[tuple[questions.Question, int | None], list[Span]] = defaultdict(list)
    for span in evidence.open:
        # A prefetch repeats what the queryset repeats, or runs once for each chunk of an iterator.
        if span.load != "prefetch" and (question := questions.question(span, evidence.config)) is not None:
            asked[question, evidence.runs.of(span)].append(span)
    several = (spans for spans in asked.values() if len(spans) > 1 and _judged(evidence, spans))
    for again in asked_again(evidence, several):
        yield _finding(evidence, again)


def _judged(evidence: Evidence, spans: list[Span]) -> bool:
    if asking.plumbing(spans[0]) or not questions.steady(spans[0]) or streamed(spans, evidence.config):
        return False
    if not any(map(asking.ours, spans)) or _of_a_loop(spans):
        return False
    return not any(asking.polls(span) or asking.on_purpose(span) or asking.locks(span) for span in spans)


def _of_a_loop(spans: list[Span]) -> bool:
    """Return whether rows of one queryset led to the same row: whether that is a loop, n-plus-one has decided."""
    origins = {span.origin.id if span.origin is not None else None for span in spans}
    return len(origins) == 1 and spans[0].load in HELD


def _finding(evidence: Evidence, again: Again) -> Finding:
    spans = again.spans
    places = Counter(map(asking.place, spans))
    return found(
        evidence,
        ID,
        spans,
        title=_title(spans, len(again.runs)),
        why=f"{_told(spans, places)} {_known(again)}, and nothing wrote to its tables in between.",
        model=spans[0].model,
        relation=spans[0].relation,
        advice=_advice(spans, places),
        certain=True,
        cost_ms=again.later_ms,
        # One line of a template renders several fields.
        detail=spans[0].field_site.path if spans[0].field_site is not None else "",
    )


def _title(spans: list[Span], sets: int) -> str:
    first, times = spans[0], f"{len(spans):,} times"
    if first.field_site is not None and first.field_site.kind == "form":
        return f"{first.field_site.owner.rpartition('.')[2]}.{first.field_site.path} asks for its options {times}"
    what = first.model.rpartition(".")[2] if first.model else first.tables[0]
    if sets > 1:
        return f"The same {what} query ran {times}, for {sets:,} sets of values"
    return f"The same {what} query ran {'twice' if len(spans) == 2 else times}"


def _known(again: Again) -> str:
    if len(again.runs) > 1:
        return f"Each of {len(again.runs):,} sets of values was asked for more than once"
    (run,) = again.runs
    answer = f" and the same answer of {plural(run[0].rows, 'row')}" if run[0].rows is not None else ""
    return f"All {len(run):,} have the same values{answer}"


def _told(spans: list[Span], places: Counter[str]) -> str:
    callers = Counter(caller for caller in map(asking.caller, spans) if caller is not None)
    called = f", called from {_named(callers)}" if len(places) == 1 and callers else ""
    return f"It was asked at {_named(places)}{called}."


def _named(places: Counter[str]) -> str:
    named = [
        f"{place} ({plural(number, 'time')})" if number > 1 else place
        for place, number in list(places.items())[:MOST_PLACES]
    ]
    more = len(places) - len(named)
    return f"{', '.join(named)} and {plural(more, 'other place')}" if more else listed(named)


def _advice(spans: list[Span], places: Counter[str]) -> Advice:
    first = spans[0]
    if first.field_site is not None and first.field_site.kind == "form":
        return _shared_options(first.field_site, first.call_site)
    known = once(spans)
    if known is not None:
        way = "in front of the loop" if len(places) == 1 else "and keep the answer for the other places"
        return Advice(
            summary=f"Ask once, {way}: the question is the same each time.",
            code=known.code,
            where=known.where,
            diff=known.diff,
        )
    if len(places) > 1:
        return Advice(
            summary="Ask once and hand the answer on to the other places: as an argument, an attribute of the request, or in "
            "the template's context.",
            alternatives=(
                "Keep it with functools.cached_property on an object that lives as long as the request.",
            ),
        )
    made = kept(first.call_site) if first.call_site is not None and not first.via_template else None
    return made or Advice(
        summary=f"Keep the answer of {_function(first)} for as long as the request lives: call it once and hand the answer on.",
        alternatives=(
            "Wrap it in functools.cache only where its object dies with the request: elsewhere it grows old.",
        ),
    )


def _shared_options(field: FieldSite, site: CallSite | None) -> Advice:
    form, made = field.owner.rpartition(".")[2], made_with(site, "options")
    bare = 'FormSet(form_kwargs={"options": options})'
    stands = (
        ""
        if made
        else " FormSet stands for the form set that the view makes: keep the arguments that it has."
    )
    return Advice(
        summary=f"Read the options of {field.path} once and hand them to each {form}: a choice field with a queryset asks "
        f"for every form that is made.{stands}",
        # list() would ask for the length first, which is a query of its own.
        code=f'options = [option for option in {form}.base_fields["{field.path}"].choices]\n'
        f"form_set = {made or bare}\n\n\n"
        f"class {form}(forms.Form):\n"
        "    def __init__(self, *args, options, **kwargs):\n"
        "        super().__init__(*args, **kwargs)\n"
        f'        self.fields["{field.path}"].choices = options',
        where=f"{field.owner}, and the view that makes the forms",
    )


def _function(first: Span) -> str:
    site = first.call_site
    return site.function if site is not None and not first.via_template else asking.place(first)


RULE = Rule(
    id=ID,
    badge="DUP",
    name="Duplicate query",
    summary="A statement runs again with the same values, and nothing could have changed its answer.",
    find=find,
    explains=True,
)
