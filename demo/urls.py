"""The addresses of the bookshop."""

from __future__ import annotations

from importlib.util import find_spec

from django.contrib import admin
from django.http import HttpResponse
from django.urls import include, path

urlpatterns = [
    path("", lambda request: HttpResponse("lantern"), name="map"),
    path("admin/", admin.site.urls),
    path("accounts/", include("django.contrib.auth.urls")),
    path("__debug__/", include("debug_toolbar.urls")),
]
if find_spec("queryscope.dashboard.urls"):
    urlpatterns.append(path("queryscope/", include("queryscope.dashboard.urls")))
