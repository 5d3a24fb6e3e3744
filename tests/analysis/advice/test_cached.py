"""A line that asks the same for everybody gets its answer from the cache, by a diff, or is left alone."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from queryscope.profiler.analysis.advice.cached import Cached, cached
from tests.analysis.querysets import loaded
from tests.builders import call_site

HEAD = "from django.db import models\n\n\n"
MENU = "def menu(request):\n    rows = list(Item.objects.all())\n    return rows\n"


def change(folder: Path, text: str) -> Cached | None:
    """Return the change for the only line of a file that names the model."""
    file = folder / "menus.py"
    file.write_text(text)
    number, line = next((n, line) for n, line in enumerate(text.splitlines(), 1) if "Item" in line)
    site = call_site(
        "menus.py",
        number,
        file=str(file),
        function="menu",
        source=line,
        end_line=number,
        end_column=len(line) + 1,
    )
    return cached(loaded(1, call_site=site, model="menu.Item"))


def test_the_diff_asks_the_cache_and_imports_it(tmp_path: Path) -> None:
    """The key names the function and the model."""
    made = change(tmp_path, HEAD + MENU)
    assert made is not None
    subprocess.run(["git", "apply", "-p1"], cwd=tmp_path, input=made.diff, text=True, check=True)
    text = (tmp_path / "menus.py").read_text()
    assert text.startswith("from django.core.cache import cache\nfrom django.db")
    asked = 'cache.get_or_set("menu.menu.item", lambda: list(Item.objects.all()), timeout=300)'
    assert f"    rows = {asked}\n" in text
    assert made.code == asked


@pytest.mark.parametrize(
    "text",
    [
        HEAD + MENU.replace("all()", "filter(site=request.site)"),
        HEAD + MENU.replace("list(Item.objects.all())", "Item.objects.all()"),
        HEAD + MENU.replace("list(Item.objects.all())", "page(list(Item.objects.all()))"),
        HEAD + MENU.replace("def", "async def").replace("list(Item.objects.all())", "await Item.objects.acount()"),
        "from functools import cache\n" + HEAD + MENU,
        MENU,
    ],
    ids=(
        "a value of the request", "a queryset, which has not asked", "a function of which nothing is known", "a coroutine",
        "another cache", "no place for the import",
    ),
)  # fmt: skip
def test_in_doubt_nothing_is_written(tmp_path: Path, text: str) -> None:
    """Each name says why."""
    assert change(tmp_path, text) is None
