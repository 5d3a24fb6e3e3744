"""The advice for a form set, done as it says: one query for all forms, and the same fields."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest
from django import forms

from demo.catalog.models import Publisher
from queryscope.profiler.analysis.rules.duplicate_query import RULE
from queryscope.profiler.trace import FieldSite
from tests.analysis.querysets import findings, loaded

FORMS = 5


class PublisherForm(forms.Form):
    publisher = forms.ModelChoiceField(Publisher.objects.order_by("name"))


def empty(form: type[forms.Form], **options: Any) -> Any:
    return forms.formset_factory(form, extra=FORMS)(**options)


def filled(form: type[forms.Form], **options: Any) -> Any:
    data = {"form-TOTAL_FORMS": FORMS, "form-INITIAL_FORMS": 0}
    first = Publisher.objects.order_by("name").values_list("pk", flat=True)[0]
    data |= {f"form-{n}-publisher": first for n in range(FORMS)}
    return forms.formset_factory(form, extra=FORMS)(data, **options)


def run(folder: Path, text: str, names: dict[str, Any]) -> dict[str, Any]:
    """Return what some lines define."""
    file = folder / "advice.py"
    file.write_text(text)
    return runpy.run_path(str(file), init_globals=names)


@pytest.mark.django_db
def test_the_options_are_read_once(tmp_path: Path, django_assert_num_queries: Any) -> None:
    """The text that is printed is run as it stands; the forms look and validate as before."""
    Publisher.objects.bulk_create(Publisher(name=f"House {n}", city="Oslo") for n in range(4))
    field = FieldSite(kind="form", owner=f"{__name__}.PublisherForm", path="publisher")
    (found,) = findings(RULE, loaded(1, field_site=field), loaded(2, field_site=field))
    before, shown = filled(PublisherForm), str(empty(PublisherForm))
    reading, _, definition = (found.advice.code or "").partition("\n\n\n")
    names = {"forms": forms, "PublisherForm": PublisherForm}
    form = run(tmp_path, definition.replace("(forms.Form)", "(PublisherForm)"), names)["PublisherForm"]
    with django_assert_num_queries(1):
        options = run(tmp_path, reading.splitlines()[0], names)["options"]
    with django_assert_num_queries(0):
        assert str(empty(form, form_kwargs={"options": options})) == shown
    after = filled(form, form_kwargs={"options": options})
    assert after.is_valid() and before.is_valid()
    assert after.cleaned_data == before.cleaned_data
