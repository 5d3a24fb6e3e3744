"""The forms with which the staff keep the shelves."""

from __future__ import annotations

from typing import Any

from django import forms

from demo.catalog.models import Publisher


class PublisherForm(forms.Form):
    """One row of the form set; every instance asks the database for the options."""

    publisher = forms.ModelChoiceField(Publisher.objects.only("name").order_by("name"), empty_label=None)


class SharedPublisherForm(forms.Form):
    """One row of the form set whose options were read once for all rows."""

    publisher = forms.TypedChoiceField(coerce=int)

    def __init__(self, *args: Any, options: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["publisher"].choices = options


class StockForm(forms.Form):
    """The day on which somebody counted the shelf."""

    counted_on = forms.DateField(label="Counted on", widget=forms.DateInput(attrs={"type": "date"}))
