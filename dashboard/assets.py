"""Our own files under our own prefix: version in the address, cached for good, never through ``STATIC_URL``."""

from __future__ import annotations

from functools import cache, lru_cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

ROOT = Path(__file__).resolve().parent.parent / "static" / "queryscope"

CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}
"""What is served, by suffix; anything else in the folder is not. Not ``mimetypes``: a host may change that table."""

YEAR_SECONDS = 365 * 24 * 3600


def asset_url(path: str) -> str:
    """Return the address of the file ``path`` (relative to ``static/queryscope``), with the version in it."""
    return reverse("queryscope:asset", kwargs={"version": assets_version(), "path": path})


def assets_version() -> str:
    """Return the release and a digest of all served files: an edited checkout must not meet a cached module.

    ES modules import each other relatively, so one digest stands for all of them.
    """
    return f"{_release()}-{_digest(_stamps())}"


@require_safe
def asset(request: HttpRequest, version: str, path: str) -> HttpResponse:
    """Answer with one of our own files; 404 for anything that is not one of them."""
    if path not in {name for name, _, _ in _stamps()}:
        raise Http404(f"queryscope has no file {path!r}.")
    file = ROOT / path
    # Not a FileResponse: under ASGI Django warns about its synchronous iterator, and the files are small.
    response = HttpResponse(file.read_bytes(), content_type=CONTENT_TYPES[file.suffix])
    if version == assets_version():
        patch_cache_control(response, public=True, max_age=YEAR_SECONDS, immutable=True)
    else:  # a page of another release asks: it gets what there is, and nobody keeps it under that name
        patch_cache_control(response, no_cache=True)
    return response


def _stamps() -> tuple[tuple[str, int, int], ...]:
    files = (file for file in sorted(ROOT.rglob("*")) if file.suffix in CONTENT_TYPES and file.is_file())
    stats = ((file.relative_to(ROOT).as_posix(), file.stat()) for file in files)
    return tuple((name, stat.st_size, stat.st_mtime_ns) for name, stat in stats)


@lru_cache(maxsize=1)
def _digest(stamps: tuple[tuple[str, int, int], ...]) -> str:
    digest = sha256()
    for name, size, _ in stamps:
        digest.update(f"{name}\0{size}\0".encode())
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()[:10]


@cache
def _release() -> str:
    try:
        return version("django-queryscope")
    except PackageNotFoundError:  # a source tree that was put on the path without being installed
        return "source"
