"""Projects that are less empty: apps of the same names, a store elsewhere, static files on another server."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator

import pytest

from tests.host.project import Host
from tests.host.test_install import last, visit
from tests.services import RequireService
from tests.store.conftest import POSTGRES, connect

CDN = """
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
STATIC_URL = "https://cdn.example.com/static/"
STATIC_ROOT = BASE_DIR / "collected"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
}
QUERYSCOPE = {"ENABLED": True, "ACCESS": "host.access.may_look"}
"""


def test_apps_of_the_same_names_live_beside_ours(host: Host) -> None:
    """An app labelled ``dashboard`` and one called ``profiler``, each with a model and a template, are the host's."""
    for name in ("dashboard", "profiler"):
        host.manage("startapp", name)
        host.append(
            f"{name}/models.py", "class Thing(models.Model):\n    name = models.CharField(max_length=9)"
        )
        host.write(f"{name}/templates/{name}/page.html", f"the host's {name}: {{{{ count }}}}")
        host.append(f"{name}/views.py", VIEW.format(name=name))
        host.append("host/urls.py", f"from {name}.views import page\nurlpatterns += [path('{name}/', page)]")
    host.append("host/settings.py", 'INSTALLED_APPS += ["dashboard", "profiler"]')
    assert "Create model Thing" in host.manage("makemigrations")
    host.manage("migrate", "--verbosity", "0")
    with host.runserver("--noreload") as site:
        for name in ("dashboard", "profiler"):
            assert site.get(f"/{name}/").text == f"the host's {name}: 0"
        assert "/profiler/" in site.settled("/profiler/")
    assert last(host)["spans"][0]["call_site"]["file"].endswith("/project/profiler/views.py")


VIEW = """
from {name}.models import Thing


def page(request):
    return render(request, "{name}/page.html", {{"count": Thing.objects.count()}})
"""


@pytest.fixture
def database(require_service: RequireService) -> Iterator[str]:
    """The name of an empty PostgreSQL database."""
    require_service("postgresql", POSTGRES["HOST"], POSTGRES["PORT"])
    name = f"queryscope_host_{uuid.uuid4().hex[:12]}"
    with connect("postgres") as server:
        server.execute(f"CREATE DATABASE {name}")
    yield name
    with connect("postgres") as server:
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_store_in_postgresql_leaves_the_project_alone(host: Host, database: str) -> None:
    """Traces go to the server; the project's own database stays where it was, and no file is made."""
    host.append("host/settings.py", f"QUERYSCOPE = {{'STORE': {POSTGRES | {'NAME': database}!r}}}")
    before = host.files()
    with host.runserver("--noreload") as site:
        visit(site)
        assert "/people/" in site.settled("/people/")
    assert last(host)["path"] == "/people/"
    assert host.files() == before
    with connect(database) as server:
        assert server.execute("SELECT count(*) FROM queryscope_trace").fetchone() == (1,)


def test_unreachable_store_is_the_hosts_non_event(host: Host) -> None:
    """With a store that nobody answers for, pages are served as ever."""
    nowhere = POSTGRES | {"NAME": "nothing", "PORT": 1}
    host.append("host/settings.py", f"QUERYSCOPE = {{'STORE': {nowhere!r}}}")
    with host.runserver("--noreload") as site:
        visit(site)
        assert site.get("/people/").text == "0 people"


def test_assets_load_beside_a_manifest_and_a_cdn(host: Host) -> None:
    """Ours come from our own prefix: every file that a page, a style sheet or a module names is served."""
    host.append("host/settings.py", CDN)
    host.write(
        "host/access.py", "def may_look(user, client_address):\n    return client_address == '127.0.0.1'"
    )
    with host.runserver("--noreload") as site:
        visit(site)
        wanted = set(re.findall(r'(?:src|href)="([^"#?]+\.(?:css|js|svg))"', site.settled("/people/")))
        assert len(wanted) > 4
        served: set[str] = set()
        while wanted:
            path = wanted.pop()
            assert path.startswith("/queryscope/assets/")
            answer = site.get(path)
            assert (answer.status, path) == (200, path)
            assert "immutable" in answer.headers["cache-control"]
            served.add(path)
            wanted |= named(path, answer.text) - served


def named(path: str, text: str) -> set[str]:
    """Return the addresses that a module imports and a style sheet loads."""
    folder = path.rpartition("/")[0]
    modules = re.findall(r'(?:from|import)\s+"\./([\w.-]+\.js)"', text) if path.endswith(".js") else []
    sheets = re.findall(r'url\("?([\w./-]+\.(?:css|svg|woff2))"?\)', text) if path.endswith(".css") else []
    return {f"{folder}/{name}" for name in [*modules, *sheets]}
