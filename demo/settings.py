"""Settings of the demo bookshop: everything queryscope needs, and otherwise a plain Django project."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from demo.databases import default_database

BASE_DIR = Path(__file__).resolve().parent

SECRET_KEY = "lantern-demo-key-that-protects-nothing"
DEBUG = True
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
INTERNAL_IPS = ["127.0.0.1", "::1"]


INSTALLED_APPS = [
    "daphne",
    "queryscope.profiler",
    "queryscope.dashboard",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "channels",
    "debug_toolbar",
    "rest_framework",
    "demo.catalog",
    "demo.orders",
    "demo.blog",
]

MIDDLEWARE = [
    "queryscope.profiler.middleware.QueryscopeMiddleware",
    "debug_toolbar.middleware.DebugToolbarMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "demo.urls"
ASGI_APPLICATION = "demo.asgi.application"
WSGI_APPLICATION = "demo.wsgi.application"


def _engine(name: str, cart_badge: str) -> dict[str, Any]:
    return {
        "NAME": name,
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "demo.context.planted",
                cart_badge,
            ],
        },
    }


# Only one page is rendered by the second engine: its context processor asks the database on every page.
TEMPLATES = [
    _engine("django", "demo.orders.badge.from_cookie"),
    _engine("counting", "demo.orders.badge.from_database"),
]

FOLDER = Path(os.environ.get("LANTERN_FOLDER") or BASE_DIR)
"""Where the shop keeps its SQLite file and queryscope its store; tests and pictures take another one."""

DATABASES = {"default": default_database(FOLDER)}
QUERYSCOPE = {"STORE": str(FOLDER / ".queryscope" / "store.sqlite3")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "map"
LOGOUT_REDIRECT_URL = "map"

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]

REST_FRAMEWORK = {
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.PageNumberPagination",
    "PAGE_SIZE": 50,
    # Nobody signs in to read books, so no request asks for a session.
    "DEFAULT_AUTHENTICATION_CLASSES": [],
}

DEBUG_TOOLBAR_PANELS = [
    "debug_toolbar.panels.history.HistoryPanel",
    "queryscope.dashboard.panel.QueryscopePanel",
    "debug_toolbar.panels.timer.TimerPanel",
    "debug_toolbar.panels.headers.HeadersPanel",
    "debug_toolbar.panels.request.RequestPanel",
    "debug_toolbar.panels.sql.SQLPanel",
    "debug_toolbar.panels.templates.TemplatesPanel",
    "debug_toolbar.panels.staticfiles.StaticFilesPanel",
]
