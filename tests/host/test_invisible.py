"""What the project's own commands see of queryscope: nothing."""

from __future__ import annotations

import sqlite3

from tests.host.project import Host

TEST_CASE = """
from django.contrib.auth.models import User
from django.db import connection, connections
from django.test import TestCase


class Page(TestCase):
    databases = "__all__"

    def test_page(self):
        User.objects.create(username="ada")
        self.assertContains(self.client.get("/people/"), "1 people")

    def test_databases(self):
        self.assertEqual(list(connections), ["default"])
        names = connection.introspection.table_names()
        self.assertFalse([name for name in names if "queryscope" in name])
"""


def tables(host: Host) -> set[str]:
    """Return the names of the tables in the project's database."""
    with sqlite3.connect(host.folder / "db.sqlite3") as database:
        return {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def test_migrate_makes_the_same_tables(plain: Host) -> None:
    """With queryscope as without it, and nothing is left to migrate."""
    before = tables(plain)
    assert "auth_user" in before
    plain.install()
    assert "No migrations to apply" in plain.manage("migrate")
    assert tables(plain) == before
    assert "queryscope" not in plain.manage("showmigrations")


def test_makemigrations_finds_nothing(host: Host) -> None:
    """No app of ours has models that want a migration."""
    assert "No changes detected" in host.manage("makemigrations", "--check", "--dry-run")


def test_check_is_silent(host: Host) -> None:
    """After README.md's steps there is nothing to warn of, for deployment neither."""
    assert "no issues" in host.manage("check")
    assert "queryscope" not in host.manage("check", "--deploy", "--fail-level", "CRITICAL")


def test_test_run_sees_one_database(host: Host) -> None:
    """The test runner makes its own database only, records nothing and leaves nothing."""
    host.write("host/tests.py", TEST_CASE)
    before = host.files()
    printed = host.manage("test", "--verbosity", "2")
    assert "Ran 2 tests" in printed
    assert printed.count("Creating test database for alias") == 1
    assert "Creating table queryscope" not in printed
    assert host.files() == before


def test_nothing_is_made_before_the_first_request(host: Host) -> None:
    """Commands and a waiting server, the reloader's parent included, leave no file; the first request makes one."""
    before = host.files()
    host.manage("check")
    host.manage("migrate")
    with host.runserver() as site:
        assert host.files() == before
        assert site.get("/people/").status == 200
    made = host.files() - before
    assert ".queryscope/store.sqlite3" in made
    assert {name for name in made if not name.startswith(".queryscope")} == set()
    assert (host.folder / ".queryscope").stat().st_mode & 0o777 == 0o700
    assert (host.folder / ".queryscope" / ".gitignore").read_text().strip() == "*"


def test_own_pages_are_not_recorded(host: Host) -> None:
    """A dashboard that is looked at without any other traffic creates no trace, and so no file."""
    before = host.files()
    with host.runserver("--noreload") as site:
        assert site.get("/queryscope/").status == 200
        assert site.get("/queryscope/rows/?after=0").status == 200
    assert host.files() == before
