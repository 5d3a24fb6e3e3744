"""query-in-template: what tags and methods ask by themselves while a page is rendered, and not what the view handed over."""

from __future__ import annotations

from typing import Any

import pytest

from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.analysis.rules.query_in_template import RULE
from queryscope.profiler.config import Config
from queryscope.profiler.finding import Finding
from queryscope.profiler.trace import FieldSite, Frame, Span
from tests.analysis.stacks import CURSOR, HANDLER, NODE, ORM, RENDERED, VIEW, library, own
from tests.builders import call_site, span, template_site, trace

TAG = own("blog/templatetags/newest.py", "newest_posts", 17)
METHOD = own("catalog/models.py", "Book.latest_review", 60)
IN_TAG = call_site(
    "blog/templatetags/newest.py", 17, function="newest_posts", source="Post.objects.newest()[:5]"
)
IN_VIEW = call_site("catalog/views.py", 10, function="book_list")
IN_MANAGER = call_site("blog/managers.py", 8, function="PostQuerySet.newest")
SIMPLE = library("django/template/library.py", "SimpleNode.render")
RESOLVE = library("django/template/base.py", "Variable._resolve_lookup")
PACKAGE = library("flags/templatetags/flags.py", "flag")
WAITING = call_site("catalog/views.py", 12, function="book_list")
"""The very call that is going on in the view: it began nothing itself."""


BOOK = span(99, model="catalog.Book", load="queryset")
"""What the page shows; so the trace knows which class is a model."""


def findings(*spans: Span, **changes: Any) -> list[Finding]:
    spans = (*spans, BOOK)
    return list(RULE.find(Evidence(trace(spans=spans, **changes), Config())))


def asked(n: int, *inner: Frame, outer: tuple[Frame, ...] = RENDERED, **changes: Any) -> Span:
    """Return a statement of code that a template called, built where it ran."""
    called = next((frame for frame in inner if not frame.library), None)
    site = call_site(called.label, called.line or 0, function=called.function) if called else call_site()
    values: dict[str, Any] = {"load": "queryset", "build_sites": (site,), "call_site": site}
    values |= {"template_site": template_site(), "stack": (*ORM, *inner, *outer), "model": "blog.Post"}
    return span(n, **values | changes)


def test_a_tag_that_asks_by_itself() -> None:
    """The finding shows the template's line and the tag's, at low severity."""
    (found,) = findings(asked(1, TAG, SIMPLE))
    assert found.severity == "low"
    assert found.title == "newest_posts asks the database while catalog/book_list.html is rendered"
    assert found.template_site is not None and found.template_site.line == 24
    assert found.call_site is not None and found.call_site.function == "newest_posts"


def test_a_share_of_the_page_is_medium() -> None:
    """From 5% of the time on."""
    (found,) = findings(asked(1, TAG, SIMPLE, duration_ms=50.2))
    assert found.severity == "medium"


@pytest.mark.parametrize(
    "hidden",
    [
        asked(1, METHOD, RESOLVE),
        asked(
            1,
            own("catalog/filters.py", "stars"),
            library("django/template/base.py", "FilterExpression.resolve"),
        ),
        asked(1, METHOD, RESOLVE, load="many", build_sites=()),
        asked(1, own("shop/newest.py", "NewestNode.render")),
        asked(1, METHOD, library("django/utils/functional.py", "cached_property.__get__"), RESOLVE),
        asked(1, TAG, SIMPLE, load="raw"),
        asked(1, TAG, SIMPLE, load=None, build_sites=(), stack=(*CURSOR, TAG, SIMPLE, *RENDERED)),
        asked(1, TAG, SIMPLE, build_sites=(IN_MANAGER, IN_TAG)),
        asked(1, TAG, SIMPLE, build_sites=(IN_MANAGER,), call_site=IN_TAG),
        asked(
            1,
            TAG,
            SIMPLE,
            outer=(*NODE, library("django/template/response.py", "SimpleTemplateResponse.render"), *HANDLER),
        ),
        asked(1, own("blog/reading.py", "newest"), TAG, SIMPLE),
    ],
    ids=[
        "a model's method",
        "a filter",
        "a related manager in a method",
        "a node of its own",
        "a cached property",
        "raw()",
        "a bare cursor",
        "a manager and a slice",
        "a manager alone",
        "a template response",
        "a function that the tag calls",
    ],
)
def test_code_that_a_template_calls(hidden: Span) -> None:
    """Wherever it stands, and however it asks."""
    assert len(findings(hidden)) == 1


def test_a_tag_in_a_jinja_template() -> None:
    """Its frames are in the stack by themselves, as code of the application."""
    jinja = own("templates/post.html", "block 'main'", 7)
    site = template_site("post.html", 7, file=jinja.file)
    backend = library("django/template/backends/jinja2.py", "Template.render")
    assert len(findings(asked(1, TAG, jinja, outer=(backend, VIEW, *HANDLER), template_site=site))) == 1


@pytest.mark.parametrize(
    "label", ["django/contrib/auth/decorators.py", "django/contrib/staticfiles/handlers.py"]
)
def test_django_s_own_around_the_view_changes_nothing(label: str) -> None:
    """A view behind ``login_required``, and every view under ``runserver``."""
    assert len(findings(asked(1, TAG, SIMPLE, outer=(*RENDERED, library(label))))) == 1


def test_one_line_is_one_finding() -> None:
    """Two lines are two, each with what it cost."""
    first = [asked(n, TAG, SIMPLE) for n in (1, 2)]
    other = asked(3, TAG, SIMPLE, template_site=template_site(line=31))
    assert [found.count for found in findings(*first, other)] == [2, 1]


def test_a_package_s_tag_is_a_hint() -> None:
    """The application cannot change it, only keep what it shows."""
    (found,) = findings(asked(1, PACKAGE, SIMPLE, build_sites=(WAITING,), via_template=True))
    assert found.severity == "info"
    assert found.title.startswith("flag asks the database")


@pytest.mark.parametrize(
    "silent",
    [
        asked(1, via_template=True, build_sites=(IN_VIEW,)),
        asked(1, own("catalog/filters.py", "first_of"), RESOLVE, build_sites=(IN_VIEW,)),
        asked(
            1,
            own("catalog/filters.py", "first_of"),
            RESOLVE,
            build_sites=(IN_MANAGER,),
            call_site=call_site(),
        ),
        asked(1, own("catalog/views.py", "book_list.<locals>.rows"), RESOLVE),
        asked(1, own("shop/menu.py", "menu.<locals>.<lambda>"), RESOLVE),
        asked(1, own("catalog/views.py", "BookDetail.related"), RESOLVE),
        asked(1, own("shop/mixins.py", "SidebarMixin.newest"), RESOLVE),
        asked(
            1,
            own("shop/report.py", "Report.rows"),
            library("django/utils/functional.py", "cached_property.__get__"),
            RESOLVE,
        ),
        asked(1, own("shop/menu.py", "menu"), RESOLVE),
        asked(
            1,
            own("shop/badge.py", "count"),
            library("django/utils/functional.py", "SimpleLazyObject._setup"),
            RESOLVE,
        ),
        asked(
            1,
            TAG,
            SIMPLE,
            outer=(*NODE, library("django/templatetags/cache.py", "CacheNode.render"), *RENDERED),
        ),
        asked(1, TAG, library("django/core/cache/backends/base.py", "BaseCache.get_or_set"), TAG, SIMPLE),
        asked(1, library("django/contrib/auth/__init__.py", "get_user"), RESOLVE, via_template=True),
        asked(
            1,
            own("shop/choices.py", "choices"),
            library("django/forms/models.py", "ModelChoiceIterator.__iter__"),
        ),
        asked(
            1,
            own("catalog/admin.py", "BookAdmin.city"),
            library("django/contrib/admin/utils.py", "lookup_field"),
        ),
        asked(
            1,
            METHOD,
            RESOLVE,
            field_site=FieldSite(kind="serializer", owner="catalog.BookSerializer", path="stars"),
        ),
        asked(1, METHOD, RESOLVE, load="forward"),
        asked(1, METHOD, RESOLVE, load="deferred"),
        asked(1, METHOD, RESOLVE, load="prefetch"),
        asked(1, TAG, SIMPLE, kind="insert"),
        asked(1, TAG, SIMPLE, template_site=None),
        asked(1, PACKAGE, SIMPLE, build_sites=(IN_VIEW,), via_template=True),
        asked(1, TAG, SIMPLE, load=None, build_sites=()),
    ],
    ids=[
        "a lazy queryset of the view",
        "a filter over it",
        "a filter over one from elsewhere",
        "a generator of the view",
        "a closure in the context",
        "a method of the view",
        "a method of its mixin",
        "a property of what it made",
        "a function in the context",
        "a lazy object",
        "{% cache %}",
        "the cache",
        "the user",
        "a form",
        "the admin",
        "a serializer's field",
        "one relation followed",
        "a deferred column",
        "a prefetch",
        "a write",
        "no template",
        "a package's tag over the view's rows",
        "the ORM, not followed",
    ],
)
def test_what_is_right_in_a_template(silent: Span) -> None:
    """Lazy querysets are Django's idiom, and what was handed over the view knows of."""
    assert findings(silent) == []


def test_the_module_of_a_view_that_has_returned_is_known() -> None:
    """A template response is rendered after it: only the name of the view tells its module."""
    late = (*NODE, library("django/template/response.py", "SimpleTemplateResponse.render"), *HANDLER)
    method = own("catalog/views.py", "Book.newest")
    assert findings(asked(1, method, RESOLVE, outer=late)) == []
    assert len(findings(asked(1, method, RESOLVE, outer=late), view="shop.pages.Start")) == 1


def test_what_is_explained_is_passed_over() -> None:
    """A loop in a model's method has its own finding."""
    spans = tuple(asked(n, METHOD, RESOLVE) for n in (1, 2))
    assert list(RULE.find(Evidence(trace(spans=spans), Config(), explained=frozenset({1, 2})))) == []
