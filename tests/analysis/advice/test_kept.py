"""A property that asks becomes one that asks once: the diff applies, and what is no plain property is left alone."""

from __future__ import annotations

import runpy
import subprocess
from pathlib import Path

import pytest

from queryscope.profiler.analysis.advice.kept import kept
from queryscope.profiler.trace import CallSite
from tests.builders import call_site

PLAIN = '''\
"""The cart."""

from __future__ import annotations

from dataclasses import dataclass

asked = []


@dataclass(frozen=True)
class Visitor:
    token: str

    @property
    def cart(self) -> str:
        """Every read asks."""
        asked.append(self.token)
        return self.token * 2
'''
LINE = "asked.append(self.token)"


def site(folder: Path, text: str, function: str = "Visitor.cart") -> CallSite:
    """Return the line that asks, in a file with some text."""
    file = folder / "visitor.py"
    file.write_text(text)
    number = next(n for n, line in enumerate(text.splitlines(), 1) if line.strip() == LINE)
    return call_site("visitor.py", number, file=str(file), function=function, source=f"        {LINE}")


def apply(folder: Path, diff: str) -> None:
    """Have git take the diff."""
    subprocess.run(["git", "apply", "-p1"], cwd=folder, input=diff, text=True, check=True)


def reads(folder: Path) -> int:
    """Return how often three reads ask."""
    module = runpy.run_path(str(folder / "visitor.py"), run_name="visitor")
    visitor = module["Visitor"]("t")
    assert [visitor.cart for _ in range(3)] == ["tt"] * 3
    return len(module["asked"])


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        PLAIN.replace("from dataclasses", "from functools import cache\nfrom dataclasses"),
        PLAIN.replace("from dataclasses", "from functools import cached_property\nfrom dataclasses"),
        PLAIN.replace(
            "from dataclasses", "from django.utils.functional import cached_property\nfrom dataclasses"
        ),
        PLAIN.replace('        """Every read asks."""\n', ""),
    ],
)
def test_the_diff_makes_it_ask_once(tmp_path: Path, text: str) -> None:
    """Three reads asked three times before."""
    advice = kept(site(tmp_path, text))
    assert advice is not None and advice.diff is not None
    assert reads(tmp_path) == 3
    apply(tmp_path, advice.diff)
    assert reads(tmp_path) == 1
    assert "@cached_property\ndef cart(self) -> str:" in (advice.code or "")


@pytest.mark.parametrize(
    ("text", "function"),
    [
        (PLAIN.replace("    @property\n", ""), "Visitor.cart"),
        (PLAIN.replace("@property", "@other"), "Visitor.cart"),
        (PLAIN.replace("frozen=True", "slots=True"), "Visitor.cart"),
        (PLAIN.replace("    token: str", '    __slots__ = ("token",)'), "Visitor.cart"),
        (PLAIN + "\n    @cart.setter\n    def cart(self, value): ...\n", "Visitor.cart"),
        (PLAIN, "Visitor.total"),
        (PLAIN, "cart"),
        (PLAIN, "make.<locals>.Visitor.cart"),
    ],
)
def test_left_alone(tmp_path: Path, text: str, function: str) -> None:
    """No property, one with a setter, one of a class without a dictionary, another function."""
    assert kept(site(tmp_path, text, function)) is None


def test_a_file_that_changed_is_left_alone(tmp_path: Path) -> None:
    """The line is not the one that was recorded."""
    where = site(tmp_path, PLAIN)
    Path(where.file).write_text("\n" + PLAIN)
    assert kept(where) is None
