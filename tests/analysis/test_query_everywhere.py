"""query-everywhere: text forms, context processors and middlewares of the application, and nothing of Django's own."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.analysis.rules.query_everywhere import RULE
from queryscope.profiler.config import Config
from queryscope.profiler.finding import Finding
from queryscope.profiler.trace import FieldSite, Frame, Origin, Relation, Span
from tests.analysis.stacks import HANDLER, INNER, NODE, ORM, RENDERED, SHORTCUT, VIEW, library, own
from tests.builders import call_site, span, trace

PRINTED = own("orders/models.py", "OrderLine.__str__", 48)
DESCRIPTOR = library("django/db/models/fields/related_descriptors.py", "ForwardManyToOneDescriptor.__get__")
BADGE = own("orders/badge.py", "from_database", 22)
BINDS = library("django/template/context.py", "RequestContext.bind_template")
MIXIN = library("django/utils/deprecation.py", "MiddlewareMixin.__call__")
BOOK = Relation(model="orders.OrderLine", name="book", kind="forward", to="catalog.Book", nullable=False, query_name="book")  # fmt: skip
LINES = Origin(
    id=1,
    parent=None,
    root=1,
    model="orders.OrderLine",
    path="",
    build_sites=(call_site("orders/views.py", 20, function="line_list"),),
    span=1,
)


def findings(*spans: Span, **changes: Any) -> list[Finding]:
    made = trace(spans=spans, relations=(BOOK,), **changes)
    return list(RULE.find(Evidence(made, Config())))


def asked(n: int, *inner: Frame, **changes: Any) -> Span:
    """Return a statement that ran in some code, which something of Django called."""
    return span(n, stack=(*ORM, *inner), **{"load": "queryset", "model": "orders.CartLine"} | changes)


def rows(**changes: Any) -> Span:
    """Return the statement that fetched the lines."""
    values: dict[str, Any] = {"model": "orders.OrderLine", "load": "queryset", "rows": 50}
    return span(1, **values | {"build_sites": LINES.build_sites} | changes)


def joined(n: int, *inner: Frame, **changes: Any) -> Span:
    """Return a load of a line's book."""
    values: dict[str, Any] = {"load": "forward", "model": "catalog.Book", "relation": "book", "origin": LINES}
    return asked(n, DESCRIPTOR, *(inner or (PRINTED, *RENDERED)), parent_row=f"r{n}", **values | changes)


def test_the_text_form_of_rows_is_one_problem_with_the_join_that_ends_it() -> None:
    """The loop is explained, and the advice stands at the queryset of the printed rows."""
    (found,) = findings(rows(), *(joined(n) for n in range(2, 14)))
    assert (found.severity, found.count, found.path) == ("high", 12, "book")
    assert found.title == "OrderLine.__str__ asks the database for each row"
    assert found.advice.code == '.select_related("book")'
    assert found.build_site == LINES.build_sites[0]
    assert RULE.explains


def test_two_relations_of_a_text_form_are_joined_in_one_call() -> None:
    """One edit for one method."""
    order = Relation(model="orders.OrderLine", name="order", kind="forward", to="orders.Order", nullable=False, query_name="order")  # fmt: skip
    loads = [joined(n, relation="book" if n % 2 else "order") for n in range(2, 8)]
    made = trace(spans=(rows(), *loads), relations=(BOOK, order))
    (found,) = RULE.find(Evidence(made, Config()))
    assert found.advice.code == '.select_related("book", "order")'


@pytest.mark.parametrize("method", ["__str__", "__repr__", "__html__"])
def test_each_text_form_counts(method: str) -> None:
    """Also for one row, where there is nothing to join for."""
    printed = own("orders/models.py", f"OrderLine.{method}")
    (found,) = findings(rows(), joined(2, printed, *RENDERED))
    assert found.title == f"OrderLine.{method} asks the database for a row"
    assert found.severity == "low"
    assert found.advice.code is None


@pytest.mark.parametrize(
    "inner",
    [
        (own("orders/models.py", "OrderLine.label"), PRINTED, *RENDERED),
        (own("catalog/models.py", "Book.__str__"), PRINTED, *RENDERED),
        (PRINTED, own("orders/log.py", "note"), VIEW, *HANDLER),
        (PRINTED, library("django/contrib/admin/utils.py", "display_for_field"), *HANDLER),
    ],
    ids=["through a method", "through another text form", "in a log line", "in the admin"],
)
def test_wherever_a_row_is_printed(inner: tuple[Frame, ...]) -> None:
    """What lies between statement and text form is the application's, what lies around it is anybody's."""
    assert len(findings(rows(), joined(2, *inner), joined(3, *inner))) == 1


def test_a_text_form_may_ask_by_itself() -> None:
    """Without a relation, the class tells that it is a model's."""
    counted = asked(2, PRINTED, *RENDERED, model="orders.Order")
    (found,) = findings(rows(), counted)
    assert found.count == 1 and found.advice.where == "orders/models.py:48"


@pytest.mark.parametrize(
    "printed",
    [
        joined(2, own("orders/models.py", "OrderLine.title"), *RENDERED),
        joined(2, load="deferred"),
        asked(2, own("shop/menu.py", "Menu.__str__"), *RENDERED),
        joined(2, own("orders/models.py", "OrderLine.title"), library("shelf/text.py"), PRINTED, *RENDERED),
        asked(2, library("django/contrib/contenttypes/models.py"), PRINTED, *RENDERED),
        joined(2, PRINTED, *RENDERED, kind="update"),
    ],
    ids=["a plain method", "a deferred column", "no model", "through a library", "of Django", "a write"],
)
def test_what_is_no_text_form_of_a_model_is_left_to_others(printed: Span) -> None:
    """A component that prints itself is asked to; a deferred column is the queryset's doing."""
    assert findings(rows(), printed) == []


def test_a_context_processor_is_paid_for_by_every_page() -> None:
    """The finding names it, and the advice has no code that would fit every value."""
    (found,) = findings(asked(1, BADGE, BINDS, *SHORTCUT, VIEW, *HANDLER))
    assert found.title == "The context processor from_database asks the database on every page"
    assert found.advice.code is None
    assert "first request" not in found.why


@pytest.mark.parametrize(
    "binds",
    [
        library("debug_toolbar/panels/templates/panel.py", "_request_context_bind_template"),
        library("django/template/backends/jinja2.py", "Template.render"),
    ],
)
def test_context_processors_of_other_engines(binds: Frame) -> None:
    """The toolbar puts itself between, and Jinja2's backend calls them itself."""
    assert len(findings(asked(1, own("orders/cart.py", "count"), BADGE, binds, *SHORTCUT, VIEW))) == 1


def test_a_cold_process_is_mentioned() -> None:
    """A cache of the process may have been empty."""
    (found,) = findings(asked(1, BADGE, BINDS, *SHORTCUT, VIEW), cold=True)
    assert "first request" in found.why


@pytest.mark.parametrize(
    ("frame", "handler"),
    [
        (own("shop/tenant.py", "TenantMiddleware.process_request"), MIXIN),
        (own("shop/tenant.py", "TenantMiddleware.process_response"), MIXIN),
        (own("shop/tenant.py", "TenantMiddleware.__call__"), INNER),
        (own("shop/tenant.py", "tenant.<locals>.middleware"), INNER),
        (own("shop/tenant.py", "TenantMiddleware.process_view"), HANDLER[0]),
    ],
)
def test_a_middleware_is_paid_for_by_every_request(frame: Frame, handler: Frame) -> None:
    """In each of the ways in which one can be written."""
    (found,) = findings(asked(1, frame, handler, *HANDLER[1:]))
    assert found.title == f"The middleware {frame.function} asks the database on every request"


def test_a_middleware_in_a_thread_of_an_async_stack() -> None:
    """asgiref stands between the two."""
    thread = (
        library("asgiref/sync.py", "SyncToAsync.thread_handler"),
        library("concurrent/futures/thread.py"),
    )
    frame = own("shop/tenant.py", "TenantMiddleware.process_request")
    assert len(findings(asked(1, frame, *thread, MIXIN, INNER))) == 1


USER = (
    library("django/contrib/auth/backends.py", "ModelBackend.get_user"),
    library("django/contrib/auth/__init__.py"),
)
TENANT = own("shop/tenant.py", "TenantMiddleware.process_request")


@pytest.mark.parametrize(
    "inner",
    [
        (VIEW, *HANDLER, own("shop/tenant.py", "TenantMiddleware.__call__"), INNER),
        (*NODE, *SHORTCUT, VIEW, *HANDLER),
        (*USER, TENANT, MIXIN, INNER),
        (library("django/contrib/sessions/backends/db.py"), TENANT, MIXIN, INNER),
        (*USER, BADGE, BINDS, *SHORTCUT, VIEW),
        (
            library("django/contrib/sessions/backends/db.py"),
            library("django/contrib/sessions/middleware.py"),
            MIXIN,
        ),
        (library("debug_toolbar/middleware.py", "DebugToolbarMiddleware.__call__"), INNER),
        (
            own("shop/tenant.py", "fetch"),
            library("django/core/cache/backends/base.py", "BaseCache.get_or_set"),
            TENANT,
            MIXIN,
        ),
        (
            own("shop/menu.py", "menu.<locals>.load"),
            library("django/template/base.py", "Variable._resolve_lookup"),
            *RENDERED,
        ),
        (
            own("shop/errors.py", "page_not_found"),
            library("django/core/handlers/exception.py", "get_exception_response"),
        ),
        (own("catalog/views.py", "process_view"), *HANDLER),
        (own("catalog/tasks.py", "import_books"), library("celery/app/task.py")),
    ],
    ids=[
        "the view inside a middleware",
        "a node of a template",
        "request.user",
        "the session",
        "request.user in a context",
        "Django's own middleware",
        "a package's middleware",
        "into the cache",
        "a lazy value of a context processor",
        "a view for errors",
        "a view of that name",
        "a task",
    ],
)
def test_nothing_else_is_called_everywhere(inner: tuple[Frame, ...]) -> None:
    """What one view does, what Django looks up for itself, and what is kept or asked late."""
    assert findings(asked(1, *inner)) == []


def test_a_loop_inside_a_context_processor_is_left_to_the_loop_rules() -> None:
    """They know the join that ends it."""
    around = (BADGE, BINDS, *SHORTCUT, VIEW)
    menu = asked(1, *around, model="orders.OrderLine")
    loads = [joined(n, *around) for n in (2, 3, 4)]
    (found,) = findings(menu, *loads)
    assert found.spans == (1,)


def test_what_is_explained_is_passed_over() -> None:
    """As for every rule."""
    made = trace(spans=(rows(), joined(2), joined(3)))
    assert list(RULE.find(Evidence(made, Config(), explained=frozenset({2, 3})))) == []


def test_lines_may_move() -> None:
    """The identity holds the text of the line, not its number."""
    (before,) = findings(rows(), joined(2), joined(3))
    moved = replace(LINES, build_sites=(replace(LINES.build_sites[0], line=27),))
    (after,) = findings(rows(), joined(2, origin=moved), joined(3, origin=moved))
    assert before.identity == after.identity


def test_labels_of_choices_belong_to_the_queryset_of_the_field() -> None:
    """The class body built it: no line of the request can be edited."""
    field = FieldSite(kind="form", owner="orders.forms.ReturnForm", path="line")
    (found,) = findings(rows(), *(joined(n, field_site=field) for n in range(2, 14)))
    assert found.advice.where == "the queryset of the field line of orders.forms.ReturnForm"
    assert (found.advice.code, found.advice.diff) == ('.select_related("book")', None)
