"""The addresses that cases ask for: pages of their own beside the bookshop's."""

from __future__ import annotations

from django.urls import path

from demo.urls import urlpatterns as shop
from tests.corpus.pages import PAGES

urlpatterns = [*(path(f"corpus/{name}/", view, name=f"corpus-{name}") for name, view in PAGES.items()), *shop]
