"""The addresses of the bookshop: each planted page at its place, its corrected twin under ``/fixed/``."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.urls import URLPattern, include, path
from django.utils.module_loading import import_string
from django.views.generic.base import View

from demo import plain
from demo.catalog.admin import fixed_site
from demo.page import Page
from demo.pages import PAGES


def _route(page: Page, prefix: str, folder: str) -> URLPattern:
    app, module, name = page.view.split(".")
    view: Any = import_string(f"demo.{app}.{folder}.{module}.{name}")
    if isinstance(view, type) and issubclass(view, View):
        view = view.as_view()
    return path(prefix + page.route, view)


pages = [page for page in PAGES if page.view]

urlpatterns = [
    path("", plain.start, name="map"),
    *(_route(page, "", "views") for page in pages),
    *(_route(page, "fixed/", "fixed") for page in pages),
    path("books/<slug:slug>/", plain.book, name="book"),
    path("cart/add/", plain.add_to_cart, name="add-to-cart"),
    path("error/", plain.error, name="error"),
    path("slow/", plain.slow, name="slow"),
    path("accounts/", include("django.contrib.auth.urls")),
    path("admin/", admin.site.urls),
    path("fixed/admin/", fixed_site.urls),
    path("queryscope/", include("queryscope.dashboard.urls")),
    path("__debug__/", include("debug_toolbar.urls")),
]
