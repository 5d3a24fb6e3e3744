"""Stacks as Django makes them, in pieces: the innermost frame first, as a span holds them."""

from __future__ import annotations

from queryscope.profiler.trace import Frame
from tests.builders import frame


def library(label: str, function: str = "call") -> Frame:
    return frame(label, 100, library=True, function=function, file=f"/env/site-packages/{label}")


def own(label: str, function: str, line: int = 34) -> Frame:
    return frame(label, line, function=function)


ORM = (
    library("django/db/backends/utils.py", "CursorWrapper.execute"),
    library("django/db/models/sql/compiler.py", "SQLCompiler.execute_sql"),
    library("django/db/models/query.py", "QuerySet._fetch_all"),
)
CURSOR = (library("django/db/backends/utils.py", "CursorWrapper.execute"),)
NODE = (
    library("django/template/base.py", "VariableNode.render"),
    library("django/template/base.py", "Node.render_annotated"),
)
SHORTCUT = (
    library("django/template/base.py", "Template.render"),
    library("django/shortcuts.py", "render"),
)
VIEW = own("catalog/views.py", "book_list", 12)
INNER = library("django/core/handlers/exception.py", "convert_exception_to_response.<locals>.inner")
HANDLER = (
    library("django/core/handlers/base.py", "BaseHandler._get_response"),
    INNER,
    library("django/utils/deprecation.py", "MiddlewareMixin.__call__"),
    INNER,
)
RENDERED = (*NODE, *SHORTCUT, VIEW, *HANDLER)
"""From a node of a template outwards, in a view that calls ``render()``."""
