"""A loop that writes is changed as a whole only where one statement does all that it does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db.models import signals

from demo.catalog.models import Genre
from queryscope.profiler.analysis.rules.write_in_loop import RULE
from queryscope.profiler.finding import Advice
from tests.analysis.advice.modules import HEADER, Ran, changed, module, run
from tests.conftest import Recording

pytestmark = pytest.mark.usefixtures("shelf")
READ = "\n    return sorted(Genre.objects.values_list('name', flat=True))\n"
NEW = "Genre(name=str(n), slug=str(n))"
MADE = "Genre.objects.create(name=str(n), slug=str(n))"

SIX = "    Genre.objects.bulk_create([Genre(name=str(n), slug=str(n)) for n in range(6)])\n"
COUNTED = "    created = []\n    for n in range(6):\n"
CHANGED: dict[str, tuple[str, str]] = {
    "created": (
        f"    for n in range(6):\n        {MADE}",
        f"    Genre.objects.bulk_create([{NEW} for n in range(6)])\n",
    ),
    "made, then saved": (
        f"    for n in range(6):\n        genre = {NEW}\n        genre.name += '!'\n        genre.save()",
        f"{COUNTED}        genre = {NEW}\n        genre.name += '!'\n        created.append(genre)\n"
        + "    Genre.objects.bulk_create(created)\n",
    ),
    "the name is taken": (
        f"    created = 0\n    for n in range(6):\n        created += 1\n        {MADE}",
        f"        created_rows.append({NEW})\n    Genre.objects.bulk_create(created_rows)\n",
    ),
    "some are left out": (
        f"    for n in range(9):\n        if n % 3 == 1:\n            continue\n        {MADE}",
        f"            continue\n        created.append({NEW})\n    Genre.objects.bulk_create(created)\n",
    ),
    "several values at once": (
        "    for n, name in enumerate(map(str, range(6))):\n        Genre.objects.create(name=name, slug=str(n))",
        "        Genre(name=name, slug=str(n))\n        for n, name in enumerate(map(str, range(6)))\n    ])\n",
    ),
    "deleted of a queryset": (
        f"{SIX}    for genre in Genre.objects.exclude(name='1').iterator():\n        genre.delete()",
        "    Genre.objects.exclude(name='1').delete()\n",
    ),
    "deleted of a list": (
        f"{SIX}    old = list(Genre.objects.order_by('pk')[:5])\n    for genre in old:\n        genre.delete()",
        "    Genre.objects.filter(pk__in=[genre.pk for genre in old]).delete()\n",
    ),
    "changed": (
        "    for book in Review.objects.order_by('pk'):\n        book.title = book.reader * 2\n        book.save()",
        "        changed.append(book)\n    Review.objects.bulk_update(changed, [\"title\"])\n",
    ),
    "given the same": (
        "    for row in Review.objects.filter(stars__gt=0):\n        row.title = 'b'\n        row.save(update_fields=['title'])",
        "    Review.objects.filter(stars__gt=0).update(title='b')\n",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGED)
def test_changed(name: str, recording: Recording, tmp_path: Path) -> None:
    """The changed module gives the same by fewer statements."""
    body, expected = CHANGED[name]
    before, advice, source = _advised(recording, tmp_path, f"def run():\n{body}{READ}")
    assert source is not None, advice
    assert expected in source
    assert advice.code is not None
    lines = [line.strip() for line in source.splitlines()]
    assert all(line.strip() in lines for line in advice.code.splitlines())
    with module(tmp_path, source) as made:
        _again()
        after = run(recording, made)
    assert after.result == before.result
    assert after.queries < before.queries


LEFT: dict[str, str] = {
    "what is created is kept": f"    kept = []\n    for n in range(6):\n        kept.append({MADE})",
    "the last one is read later": (
        f"    for n in range(6):\n        genre = {NEW}\n        genre.save()\n    genre.books.count()"
    ),
    "handed on": (
        f"    kept = []\n    for n in range(6):\n        genre = {NEW}\n        kept.append(genre)\n        genre.save()\n"
    ),
    "another statement between": f"    for n in range(6):\n        Genre.objects.count()\n        {MADE}",
    "in another loop": f"    for a in (0, 3):\n        for n in range(a, a + 3):\n            {MADE}",
    "ended early": f"    for n in range(60):\n        if n == 6:\n            break\n        {MADE}",
    "a failure is told": (
        f"    for n in range(6):\n        try:\n            {MADE}\n        except ValueError:\n            pass"
    ),
    "with something behind it": f"    for n in range(6):\n        {MADE}\n    else:\n        n = 0",
    "a remark would be lost": f"    for n in range(6):\n        # One of each.\n        {MADE}",
    "deleted, then read": (
        f"    old = [{NEW} for n in range(6)]\n    Genre.objects.bulk_create(old)\n"
        "    for genre in old:\n        genre.delete()\n    [each.pk for each in old]"
    ),
    "changed after it was saved": (
        "    for review in Review.objects.order_by('pk'):\n        review.title = 'b'\n"
        "        review.save(update_fields=['title'])\n        review.title = 'c'"
    ),
    "changed by a call": (
        "    for review in Review.objects.order_by('pk'):\n        setattr(review, 'title', 'b')\n"
        "        review.save(update_fields=['title'])"
    ),
    "what the loop ended with is read": f"    for n in range(6):\n        {MADE}\n    n += 1",
    "what the loop ended with is kept": f"    for n in range(6):\n        {MADE}\n    global last\n    last = lambda: n",
    "the names are looked at": f"    for n in range(6):\n        {MADE}\n    assert 'n' in locals()",
    "what the loop binds is a global": f"    global n\n    for n in range(6):\n        {MADE}",
    "what failed is caught around it": (
        f"    try:\n        for n in range(6):\n            {MADE}\n    except ValueError:\n        pass"
    ),
    "what failed is forgotten around it": (
        f"    from contextlib import suppress\n    with suppress(ValueError):\n        for n in range(6):\n            {MADE}"
    ),
    "the body of a class": f"    class Made:\n        for n in range(6):\n            {MADE}\n",
    "a text over two lines": '    for n in range(6):\n        Genre.objects.create(slug=str(n), name=f"""a\n    b{n}""")',
    "others are told of each": f"    for n in range(6):\n        {MADE}\n        print(n)",
    "one thing for all rows grows": (
        "    word = ''\n    for n in range(6):\n        word += str(n)\n        Genre.objects.create(name=word, slug=str(n))"
    ),
    "one thing for all rows changes": (
        "    day = {}\n    for n in range(6):\n        day['n'] = n\n        genre = Genre(name=str(n), slug=str(n))\n"
        "        genre.day = day\n        genre.save()"
    ),
    "an item of what the row holds is changed": (
        "    for review in Review.objects.order_by('pk'):\n        review.days = {}\n        review.title = 'b'\n"
        "        review.days['n'] = 1\n        review.save()"
    ),
    "save() takes back what was written since": (
        "    rows = list(Review.objects.order_by('pk'))\n    Review.objects.update(stars=2)\n    for review in rows:\n"
        "        review.title = review.reader * 2\n        review.save()"
    ),
    "the order of the writes matters to a unique column": (
        "    for genre in Genre.objects.bulk_create([Genre(name=str(n), slug=str(n)) for n in range(6)]):\n"
        "        genre.slug = str(int(genre.slug) - 1)\n        genre.save(update_fields=['slug'])"
    ),
    "all columns are saved, and one of them is new": (
        "    from django.utils import timezone\n    for n, review in enumerate(Review.objects.all()):\n"
        "        review.title = str(n)\n        review.save()"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LEFT)
def test_left(name: str, recording: Recording, tmp_path: Path) -> None:
    """Something else happens with each row: there is code at most, and no diff."""
    _, advice, source = _advised(recording, tmp_path, f"def run():\n{LEFT[name]}{READ}")
    assert source is None, advice.diff


def test_a_failure_leaves_what_was_written_before(recording: Recording, tmp_path: Path) -> None:
    """One statement would leave nothing of it."""
    body = f"    for n in numbers:\n        {MADE}"
    source = f"def run():\n    try:\n        work()\n    except Exception:\n        pass\n\ndef work(numbers=(*range(6), 5)):\n{body}{READ}"
    _, advice, source = _advised(recording, tmp_path, source)
    assert source is None, advice.diff


WRITES = {
    "created": f"    for n in range(6):\n        {MADE}",
    "changed": (
        "    for review in Review.objects.order_by('pk'):\n        review.title = review.reader * 2\n        review.save()"
    ),
    "deleted": f"{SIX}    for genre in Genre.objects.exclude(name='essays').exclude(name='crime'):\n        genre.delete()",
}  # fmt: skip


@pytest.mark.parametrize("name", WRITES)
def test_somebody_listens(name: str, recording: Recording, tmp_path: Path) -> None:
    """A receiver may do what no statement tells of, such as sending a mail."""
    told = []

    def tell(**options: Any) -> None:
        told.append(options)

    signals.post_save.connect(tell)
    signals.post_delete.connect(tell)
    try:
        _, advice, source = _advised(recording, tmp_path, f"def run():\n{WRITES[name]}{READ}")
    finally:
        signals.post_save.disconnect(tell)
        signals.post_delete.disconnect(tell)
    assert told
    assert source is None, advice.diff


@pytest.mark.parametrize("name", WRITES)
def test_nobody_listens(name: str, recording: Recording, tmp_path: Path) -> None:
    """The same loops without a receiver."""
    _, advice, source = _advised(recording, tmp_path, f"def run():\n{WRITES[name]}{READ}")
    assert source is not None, advice


def _advised(recording: Recording, folder: Path, source: str) -> tuple[Ran, Advice, str | None]:
    """Return what a module did, what is advised of it, and its source after the diff."""
    with module(folder, HEADER + source) as made:
        ran = run(recording, made)
        (found,) = RULE.find(ran.evidence)
        advice = found.advice
        return ran, advice, None if advice.diff is None else changed(made, advice.diff)


def _again() -> None:
    """Leave the genres that were there before a module ran."""
    Genre.objects.exclude(slug__in=("essays", "crime")).delete()
    for name in ("essays", "crime"):
        Genre.objects.get_or_create(slug=name, defaults={"name": name})
