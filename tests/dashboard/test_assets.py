"""Our own files: the right type, cached for good under a version, and nothing beside them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.template import Context, Template
from django.test import Client

from queryscope.dashboard import assets
from queryscope.dashboard.assets import ROOT, asset_url, assets_version


@pytest.fixture
def client(settings: Any) -> Client:
    settings.ALLOWED_HOSTS = ["*"]
    settings.STATIC_URL = "https://cdn.example.com/"
    return Client(REMOTE_ADDR="203.0.113.9")


def served() -> list[str]:
    return [
        file.relative_to(ROOT).as_posix() for file in ROOT.rglob("*") if file.suffix in assets.CONTENT_TYPES
    ]


@pytest.mark.parametrize("path", served())
def test_every_file_is_served_with_its_type_and_for_good(path: str, client: Client) -> None:
    """A browser refuses a module that is not JavaScript, with nosniff."""
    response = client.get(asset_url(path))
    assert response.status_code == 200
    assert response.headers["Content-Type"] == assets.CONTENT_TYPES[Path(path).suffix]
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.content == (ROOT / path).read_bytes()
    assert not response.cookies


def test_the_address_stands_under_our_own_prefix_with_the_version(client: Client) -> None:
    """STATIC_URL plays no part: a CDN does not have our files."""
    rendered = Template('{% load queryscope_assets %}{% queryscope_asset "app.css" %}').render(Context())
    assert rendered == asset_url("app.css") == f"/queryscope/assets/{assets_version()}/app.css"


@pytest.mark.parametrize(
    "path",
    [
        "../../pyproject.toml",
        "..%2f..%2fpyproject.toml",
        "vendor/../../../pyproject.toml",
        "%2e%2e/%2e%2e/pyproject.toml",
        "/etc/passwd",
        "//etc/passwd",
        "vendor",
        "vendor/",
        "vendor/vendor.toml",
        "vendor/LICENSE",
        "./app.css",
        "vendor//htmx-4.0.1.min.js",
        "app.css%00.js",
        "APP.CSS",
        "absent.js",
    ],
)
def test_nothing_but_our_files_is_served(path: str, client: Client) -> None:
    """Names are looked up in the list of files, never joined to a folder."""
    response = client.get(f"/queryscope/assets/{assets_version()}/{path}")
    assert response.status_code == 404
    assert b"[build-system]" not in response.content


def test_an_old_version_gets_the_file_but_nobody_keeps_it(client: Client) -> None:
    """A page of another release must not fill the cache under its name."""
    response = client.get(f"/queryscope/assets/0.0.1-old/{'app.css'}")
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-cache"


def test_an_edited_file_changes_the_version(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Modules import each other relatively, so one digest stands for all of them."""
    monkeypatch.setattr(assets, "ROOT", tmp_path)
    (tmp_path / "a.js").write_text("import './b.js'")
    (tmp_path / "b.js").write_text("1")
    before = assets_version()
    (tmp_path / "b.js").write_text("22")
    assert assets_version() != before


def test_only_reading_is_allowed(client: Client) -> None:
    """HEAD as well."""
    assert client.head(asset_url("app.css")).status_code == 200
    assert client.post(asset_url("app.css")).status_code == 405


def test_modules_import_each_other_relatively() -> None:
    """An absolute import would leave the versioned prefix."""
    for file in ROOT.glob("*.js"):
        for line in file.read_text().splitlines():
            if line.startswith("import ") or (" from " in line and line.startswith(("import", "export"))):
                source = line.split('"')[-2] if '"' in line else line.split("'")[-2]
                assert source.startswith("./"), f"{file.name}: {line}"
