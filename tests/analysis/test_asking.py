"""Who asked: the application in its own lines, a package that nobody here can change, or Django on purpose."""

from __future__ import annotations

import pytest

from queryscope.profiler.analysis.stacks import asking
from queryscope.profiler.trace import FieldSite, Span
from tests.analysis.querysets import BUILT, asked, loaded
from tests.analysis.stacks import HANDLER, ORM, RENDERED, VIEW, library, own
from tests.builders import call_site, template_site

PACKAGE = library("wagtail/views.py", "serve")
MIDDLEWARE = own("shop/middleware.py", "timing")
STATIC = library("django/contrib/staticfiles/handlers.py", "StaticFilesHandlerMixin.get_response")
ADMIN = library("django/contrib/admin/views/main.py", "ChangeList.get_results")
MANAGE = own("manage.py", "main")
COMMAND = library("django/core/management/base.py", "BaseCommand.execute")
VENDORED = template_site(file="/env/lib/site-packages/wagtail/base.html")

OURS: dict[str, Span] = {
    "a line of a view": asked(stack=(*ORM, VIEW, *HANDLER)),
    "a line of a view, through a package": asked(stack=(*ORM, PACKAGE, VIEW, *HANDLER)),
    "a queryset of ours that a package evaluates": loaded(stack=(*ORM, PACKAGE, *HANDLER), build_sites=BUILT),
    "a template of ours": asked(stack=(*ORM, *RENDERED), template_site=template_site(), via_template=True, build_sites=()),
    "a field of a form": asked(
        stack=ORM, build_sites=(), field_site=FieldSite(kind="form", owner="shop.forms.F", path="p")
    ),
    "a middleware by itself": asked(stack=(*ORM, MIDDLEWARE, *HANDLER), build_sites=()),
    "no stack, but a line": asked(stack=(), build_sites=(), call_site=call_site()),
    "served with static files": asked(
        stack=(*ORM, library("django/views/generic/list.py"), *HANDLER, STATIC),
        build_sites=(), template_site=template_site(), via_template=True,
    ),
}  # fmt: skip
NOT_OURS: dict[str, Span] = {
    "a package": asked(stack=(*ORM, PACKAGE, *HANDLER), build_sites=()),
    "a package, while our middleware waits": asked(stack=(*ORM, PACKAGE, *HANDLER, MIDDLEWARE), build_sites=()),
    "a command of a package": asked(stack=(*ORM, PACKAGE, COMMAND, MANAGE), build_sites=()),
    "the admin with a queryset of ours": asked(stack=(*ORM, ADMIN, *HANDLER), build_sites=BUILT),
    "a template of a package": asked(
        stack=(*ORM, PACKAGE, *HANDLER), build_sites=(), template_site=VENDORED, via_template=True
    ),
    "nobody known": asked(stack=(), build_sites=(), call_site=None),
}  # fmt: skip


@pytest.mark.parametrize("span", OURS.values(), ids=OURS)
def test_ours(span: Span) -> None:
    """Somebody can change it."""
    assert asking.ours(span)


@pytest.mark.parametrize("span", NOT_OURS.values(), ids=NOT_OURS)
def test_not_ours(span: Span) -> None:
    """Nobody here can."""
    assert not asking.ours(span)


@pytest.mark.parametrize(
    ("source", "loop", "polls"),
    [
        ("while not job.done():", None, True),
        ("    job.refresh()", "while True:", True),
        ("    job.refresh()", "for attempt in range(3):", True),
        ("    job.refresh()", "for _ in range(3):", True),
        ("    job.refresh()", "for job in jobs:", False),
        ("    awhile = books.count()", None, False),
    ],
)
def test_loops_that_ask_again_on_purpose(source: str, loop: str | None, polls: bool) -> None:
    """Until something changes, or so many times."""
    assert asking.polls(asked(call_site=call_site(source=source, loop=loop))) == polls


def test_places_are_named_as_a_person_reads_them() -> None:
    """The template where it is nearer, else the line; and who called the function with the line."""
    span = asked(
        call_site=call_site("shop/cart.py", 26), stack=(*ORM, own("shop/cart.py", "Visitor.cart", 26), VIEW)
    )
    assert asking.place(span) == "shop/cart.py:26"
    assert asking.caller(span) == "catalog/views.py:12"
    rendered = asked(template_site=template_site(), via_template=True)
    assert (asking.place(rendered), asking.caller(rendered)) == ("catalog/book_list.html:24", None)
    assert asking.place(asked(stack=(), call_site=None)) == "an unknown place"
