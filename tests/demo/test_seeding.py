"""The shop is the same on every machine and every time, and its models need no further migration."""

from __future__ import annotations

import hashlib
import time

import pytest
from django.core.management import CommandError, call_command

from demo.catalog.models import Book, Review
from demo.catalog.reading import READING_LIST
from demo.orders.models import Cart
from demo.seeding.shop import MODELS, fill

FIRST_BOOK = ("the-lantern-keeper", "978-1-10001-442-5", 390)
FIRST_REVIEW = ("Kofi Ueda", 3, "Gave it to everyone I know")


def digest() -> str:
    """Return a fingerprint of every value in every table of the shop."""
    seen = hashlib.sha256()
    for model in MODELS:
        fields = [field.attname for field in model._meta.concrete_fields if field.name != "content_type"]
        for row in model._default_manager.order_by("pk").values_list(*fields):
            seen.update(repr(row).encode())
    return seen.hexdigest()


@pytest.mark.django_db
def test_two_fillings_are_equal() -> None:
    """Filling again leaves exactly the same rows, whatever happened in between."""
    fill(0.02)
    first = digest()
    Book.objects.filter(slug=READING_LIST[0]).update(views=7)
    Cart.objects.create(token="somebody")
    fill(0.02)
    assert digest() == first


@pytest.mark.django_db
def test_the_first_filling_is_what_it_was() -> None:
    """The generator's numbers do not depend on machine, Python or database."""
    fill(0.02)
    first = Book.objects.order_by("pk").values_list("slug", "isbn", "pages").first()
    assert first == FIRST_BOOK
    assert Review.objects.order_by("pk").values_list("reader", "stars", "title").first() == FIRST_REVIEW


@pytest.mark.django_db
def test_a_full_shop_is_filled_in_seconds() -> None:
    """Thousands of books and tens of thousands of reviews; the limit leaves room for a slow machine."""
    started = time.monotonic()
    rows = fill()
    assert time.monotonic() - started < 30
    assert rows["books"] == 4_000
    assert rows["reviews"] == 30_000
    assert rows["order lines"] > 20_000


@pytest.mark.django_db
def test_new_rows_follow_the_seeded_ones() -> None:
    """The sequences know of the ids that were written, so no id is given twice."""
    fill(0.02)
    assert Cart.objects.create(token="next").pk > 1


@pytest.mark.django_db
def test_models_and_migrations_agree(capsys: pytest.CaptureFixture[str]) -> None:
    """`makemigrations --check` finds nothing to do."""
    call_command("makemigrations", check=True, dry_run=True)
    assert "No changes detected" in capsys.readouterr().out


@pytest.mark.parametrize("scale", [0, -1])
def test_a_scale_of_nothing_is_refused(scale: float) -> None:
    """The message names the value."""
    with pytest.raises(CommandError, match=f"--scale is {scale}"):
        call_command("seed", scale=scale)
