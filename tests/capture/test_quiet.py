"""A model is quiet where its writes are statements and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import models
from django.db.models.signals import m2m_changed, post_save
from django.test.utils import isolate_apps

from queryscope.profiler.capture.quiet import quiet


class Upper(models.CharField):
    def pre_save(self, model_instance: Any, add: bool) -> str:
        return str(super().pre_save(model_instance, add)).upper()


class Own(models.TextField):
    def from_db_value(self, value: str, *_: Any) -> list[str]:
        return value.split()


class Kept(models.QuerySet):
    def delete(self) -> tuple[int, dict[str, int]]:
        return self.update(gone=True), {}


class Seen(models.Manager):
    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().filter(gone=False)


class Choosing(models.QuerySet):
    def new(self) -> models.QuerySet:
        return self.filter(gone=False)


def made(**attributes: Any) -> Any:
    """Return a model with a name and what is given."""
    meta = type("Meta", (attributes.pop("meta", object),), {"app_label": "corpus"})
    name = {"name": models.CharField(max_length=9)}
    return type("Thing", (models.Model,), {"Meta": meta, "__module__": __name__, **name, **attributes})


@isolate_apps("tests.corpus")
def test_the_fields_that_one_statement_may_change() -> None:
    """No unique one, for which the order of writes may matter, and none that is set by itself."""
    model = made(
        code=models.CharField(max_length=9, unique=True), a=models.IntegerField(), b=models.IntegerField(),
        at=models.DateTimeField(auto_now=True), since=models.DateField(auto_now_add=True), objects=Choosing.as_manager(),
        meta=type("Pair", (), {"constraints": [models.UniqueConstraint(fields=["a"], name="one_a")]}),
        above=models.ForeignKey("self", models.CASCADE),
    )  # fmt: skip
    assert sorted(quiet(model) or ()) == ["above", "above_id", "b", "name", "since"]


@pytest.mark.parametrize(
    "field", [models.JSONField(), Own()], ids=["a dictionary", "a field of the application"]
)
@isolate_apps("tests.corpus")
def test_values_that_code_may_change_in_place(field: Any) -> None:
    """``save()`` writes what became of them, whatever else the loop gives the row."""
    assert quiet(made(data=field, number=models.IntegerField())) == ()


LOUD: dict[str, dict[str, Any]] = {
    "save()": {"save": lambda self, **options: None},
    "delete()": {"delete": lambda self, **options: None},
    "a field": {"title": Upper(max_length=9)},
    "a file": {"scan": models.FileField()},
    "a queryset": {"objects": Kept.as_manager()},
    "a manager that leaves rows out": {"objects": Seen(), "everything": models.Manager()},
}


@pytest.mark.parametrize("name", LOUD)
@isolate_apps("tests.corpus")
def test_code_that_would_be_passed_over(name: str) -> None:
    """What the application does with each row is more than a statement."""
    assert quiet(made(**LOUD[name])) is None


@isolate_apps("tests.corpus")
def test_a_row_in_several_tables() -> None:
    """Django refuses to insert those together."""
    above = made()
    below = type(
        "Below", (above,), {"Meta": type("Meta", (), {"app_label": "corpus"}), "__module__": __name__}
    )
    assert quiet(above) is not None
    assert quiet(below) is None


@isolate_apps("tests.corpus")
def test_receivers() -> None:
    """Of the model, of a proxy of it, and of a table between two."""
    model = made(others=models.ManyToManyField("self"))
    proxy = type(
        "Proxy", (model,), {"Meta": type("Meta", (), {"app_label": "corpus", "proxy": True}), "__module__": __name__}
    )  # fmt: skip
    between = model.others.through

    def told(**options: Any) -> None:
        pass

    for signal, sender, about in (
        (post_save, model, model), (post_save, proxy, model), (m2m_changed, between, between),
    ):  # fmt: skip
        assert quiet(about) is not None
        signal.connect(told, sender=sender)
        try:
            assert quiet(about) is None
        finally:
            signal.disconnect(told, sender=sender)
