"""The addresses of the pages, and those that a contender brings."""

from __future__ import annotations

from django.conf import settings
from django.urls import include, path

from tests.benchmarks.bookshelf import views

urlpatterns = [
    path("queries/<int:count>/", views.queries),
    path("numbered/<int:number>/", views.numbered),
    path("rows/<int:count>/", views.rows),
    path("different/", views.different),
    path("bulk/<int:count>/", views.bulk),
    path("async/<int:count>/", views.calls),
    *(path(prefix, include(module)) for prefix, module in settings.CONTENDER_URLS),
]
