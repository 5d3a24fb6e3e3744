"""Pages on which the staff keep the shelves; each plants the one problem that ``demo.pages`` names."""

from __future__ import annotations

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from demo.catalog.forms import PublisherForm, StockForm
from demo.catalog.models import HEAVY, Book


def publishers(request: HttpRequest) -> HttpResponse:
    """duplicate-query: each form's choice field runs the query for its options."""
    books = list(Book.objects.defer(*HEAVY).order_by("-views", "-id")[:10])
    initial = [{"publisher": book.publisher_id} for book in books]
    form_set = forms.formset_factory(PublisherForm, extra=0)(request.POST or None, initial=initial)
    rows = list(zip(books, form_set, strict=False))
    if form_set.is_valid():
        for book, form in rows:
            book.publisher = form.cleaned_data["publisher"]
        Book.objects.bulk_update(books, ["publisher"])
        return redirect(request.path)
    return render(request, "catalog/publishers_edit.html", {"form_set": form_set, "rows": rows})


def stock(request: HttpRequest) -> HttpResponse:
    """write-in-loop: a POST saves the books of the shelf one by one."""
    shelf = Book.objects.only("title", "slug", "counted_on").order_by("-views", "-id")[:40]
    form = StockForm(request.POST or None)
    if form.is_valid():
        with transaction.atomic():
            for book in shelf:
                book.counted_on = form.cleaned_data["counted_on"]
                book.save(update_fields=["counted_on"])
        return redirect(request.path)
    return render(request, "catalog/stock.html", {"books": list(shelf), "form": form})
