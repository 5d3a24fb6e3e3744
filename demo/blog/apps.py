"""The app ``blog`` of the bookshop."""

from __future__ import annotations

from django.apps import AppConfig


class BlogConfig(AppConfig):
    name = "demo.blog"
    label = "blog"
