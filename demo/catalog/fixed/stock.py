"""Pages on which the staff keep the shelves, without the problems of ``demo.catalog.views.stock``."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from demo.catalog.forms import SharedPublisherForm, StockForm
from demo.catalog.models import HEAVY, Book, Publisher


def publishers(request: HttpRequest) -> HttpResponse:
    """The options are read once and given to every form."""
    books = list(Book.objects.defer(*HEAVY).order_by("-views", "-id")[:10])
    initial = [{"publisher": book.publisher_id} for book in books]
    options = list(Publisher.objects.order_by("name").values_list("pk", "name"))
    make = forms.formset_factory(SharedPublisherForm, extra=0)
    form_set = make(request.POST or None, initial=initial, form_kwargs={"options": options})
    rows = list(zip(books, form_set, strict=False))
    if form_set.is_valid():
        for book, form in rows:
            book.publisher_id = form.cleaned_data["publisher"]
        Book.objects.bulk_update(books, ["publisher"])
        return redirect(request.path)
    return render(request, "catalog/publishers_edit.html", {"form_set": form_set, "rows": rows})


def stock(request: HttpRequest) -> HttpResponse:
    """A POST marks the whole shelf with one statement."""
    shelf = Book.objects.only("title", "slug", "counted_on").order_by("-views", "-id")[:40]
    form = StockForm(request.POST or None)
    if form.is_valid():
        on_shelf = [book.pk for book in shelf]
        Book.objects.filter(pk__in=on_shelf).update(counted_on=form.cleaned_data["counted_on"])
        return redirect(request.path)
    return render(request, "catalog/stock.html", {"books": list(shelf), "form": form})
