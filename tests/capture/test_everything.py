"""Each way in which the ORM sends a statement is recorded, all of them, as the database counts them.

The comment ``#: select rows=2`` says what its line sends: kind, rows, sets of a batch. Nothing else may be recorded.
"""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.db.models import Avg, F, Prefetch, prefetch_related_objects

from demo.catalog.models import Author, Book, Country, Genre, Publisher
from tests.capture.ways import Ways, check_recorded
from tests.conftest import Recording

pytestmark = pytest.mark.usefixtures("shelf")
reading, writing, awaiting = Ways(), Ways(), Ways()


@reading
def one() -> None:
    Country.objects.get(code="de")  #: select rows=1
    Country.objects.first()  #: select rows=1
    Country.objects.order_by("name")[1]  #: select rows=1
    Country.objects.latest("name")  #: select rows=1
    with pytest.raises(Country.DoesNotExist):
        Country.objects.get(code="xx")  #: select rows=0


@reading
def many() -> None:
    for _ in Country.objects.filter(name__contains="r"):  #: select rows=2
        pass
    found = Country.objects.all()
    assert len(found) == 2  #: select rows=2
    assert [country.code for country in found]
    assert found
    list(Country.objects.values_list("code", flat=True))  #: select rows=2
    list(Country.objects.values("code").union(Genre.objects.values("slug")))  #: select rows=3
    Country.objects.in_bulk(["de", "no"], field_name="code")  #: select rows=2
    assert not Country.objects.none()


@reading
def answers() -> None:
    assert Country.objects.count() == 2  #: select rows=1
    assert Country.objects.exists()  #: select rows=1
    assert Country.objects.contains(Country(pk=1)) in {True, False}  #: select
    Author.objects.aggregate(Avg("born"))  #: select rows=1
    assert Country.objects.filter(code="de").explain()  #: other


@reading
def relations() -> None:
    author = Author.objects.get(name="Ada")  #: select rows=1
    assert author.country.name == "Germany"  #: select rows=1
    assert author.country.authors.count() == 2  #: select rows=1
    assert Author.objects.select_related("country").get(name="Ada").country.code  #: select rows=1
    assert len(Country.objects.prefetch_related("authors")) == 2  #: select rows=2, select rows=3
    prefetch_related_objects([author], Prefetch("country", Country.objects.only("code")))
    deferred = Author.objects.defer("biography").get(name="Ada")  #: select rows=1
    assert deferred.biography  #: select rows=1
    deferred.refresh_from_db()  #: select rows=1


@reading
def sql() -> None:
    raw = Country.objects.raw("SELECT * FROM catalog_country WHERE code = %s", ["de"])
    assert len(list(raw)) == 1  #: select rows=1
    assert Country.objects.extra(where=["code = %s"], params=["de"]).get()  #: select rows=1
    percent = Country.objects.extra(select={"rest": "100 %% 7"}).filter(code__contains="%")
    assert [country.rest for country in percent] == []  #: select rows=0


@reading
def chunks() -> None:
    assert len(list(Author.objects.iterator(chunk_size=2))) == 3  #: select
    later = Author.objects.prefetch_related("country").order_by("name")
    assert len(list(later.iterator(chunk_size=2))) == 3  #: select, select rows=2, select rows=1
    for _ in Author.objects.iterator(chunk_size=1):  #: select
        break


@writing
def creating() -> None:
    country = Country.objects.create(code="se", name="Sweden")  #: insert rows=1
    Author(name="Eve", country=country, born=1980, biography="").save()  #: insert rows=1
    Country(pk=999, code="fi", name="Finland").save()  #: update rows=0, insert rows=1
    Country.objects.get_or_create(code="fi")  #: select rows=1
    Country.objects.get_or_create(code="is", defaults={"name": "Iceland"})  #: select rows=0, insert rows=1


@writing
def changing() -> None:
    country = Country.objects.get(code="de")  #: select rows=1
    country.name = "Deutschland"
    country.save()  #: update rows=1
    country.save(update_fields=["name"])  #: update rows=1
    assert Author.objects.update(born=F("born") + 1) == 3  #: update rows=3
    Country.objects.update_or_create({"name": "x"}, code="de")  #: select rows=1, update rows=1
    Country.objects.update_or_create({"name": "x"}, code="xx")  #: select rows=0, insert rows=1


@writing
def deleting() -> None:
    assert Author.objects.filter(name="Ada").delete()[0] == 1  #: select rows=1, select rows=0, delete rows=1
    Author.objects.get(name="Bob").delete()  #: select rows=1, select rows=0, delete rows=1
    assert Genre.objects.all()._raw_delete("default") == 1  #: delete rows=1


@writing
def bulks() -> None:
    countries = [Country(code=f"x{number}", name=str(number)) for number in range(5)]
    Country.objects.bulk_create(countries, batch_size=2)  #: insert rows=2, insert rows=2, insert rows=1
    Country.objects.bulk_create(countries[:2], ignore_conflicts=True)  #: insert rows=0
    found = list(Country.objects.filter(code__startswith="x"))  #: select rows=5
    for country in found:
        country.name += "!"
    Country.objects.bulk_update(found, ["name"], batch_size=3)  #: update rows=3, update rows=2


@writing
def many_to_many() -> None:
    author = Author.objects.get(name="Ada")  #: select rows=1
    publisher = Publisher.objects.create(name="P", city="C")  #: insert rows=1
    day = datetime.date(2020, 1, 1)
    book = Book(
        title="B", slug="b", isbn="1", author=author, publisher=publisher, price=1, pages=1, published_on=day
    )
    book.save()  #: insert rows=1
    genre = Genre.objects.get()  #: select rows=1
    book.genres.add(genre)  #: insert rows=1
    assert list(book.genres.all()) == [genre]  #: select rows=1
    book.genres.set([])  #: select rows=1, delete rows=1
    book.genres.clear()  #: delete rows=0


@awaiting
async def alone() -> None:
    await Country.objects.aget(code="de")  #: select rows=1
    assert await Country.objects.acount() == 2  #: select rows=1
    assert await Country.objects.filter(code="no").aexists()  #: select rows=1
    await Country.objects.afirst()  #: select rows=1
    await Country.objects.ain_bulk(["de"], field_name="code")  #: select rows=1
    await Author.objects.aaggregate(Avg("born"))  #: select rows=1


@awaiting
async def rows() -> None:
    assert [country.code async for country in Country.objects.order_by("code")]  #: select rows=2
    async for _ in Author.objects.aiterator(chunk_size=2):  #: select
        pass
    together = Author.objects.prefetch_related("country")
    assert len([each async for each in together.aiterator(chunk_size=5)]) == 3  #: select, select rows=2


@awaiting
async def awrites() -> None:
    country = await Country.objects.acreate(code="se", name="Sweden")  #: insert rows=1
    country.name = "Sverige"
    await country.asave()  #: update rows=1
    await country.arefresh_from_db()  #: select rows=1
    await Country.objects.abulk_create([Country(code="fi", name="Finland")])  #: insert rows=1
    await Country.objects.aupdate_or_create({"name": "x"}, code="fi")  #: select rows=1, update rows=1
    await Author.objects.filter(name="Ada").aupdate(born=1)  #: update rows=1
    await country.adelete()  #: select rows=0, delete rows=1


@reading.test
def test_reading(send: Any, recording: Recording) -> None:
    """Statements that ask."""
    check_recorded(send, recording)


@writing.test
def test_writing(send: Any, recording: Recording) -> None:
    """Statements that change, with the number of rows they changed."""
    check_recorded(send, recording)


@awaiting.test
def test_awaiting(send: Any, recording: Recording) -> None:
    """Statements that a coroutine awaits: they run in another thread, and name the line that awaits."""
    check_recorded(send, recording)
