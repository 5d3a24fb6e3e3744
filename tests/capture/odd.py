"""Models, managers and querysets that keep to Django's interface and to none of its habits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import models
from django.db.models.base import ModelBase


class App:
    """The application label of all of them; their tables are made by the tests."""

    app_label = "odd"
    managed = True


class Countdown(models.Model):
    """An ``__init__`` that wants more than fields, and remembers what it was given."""

    name = models.CharField(max_length=20)

    class Meta(App):
        pass

    def __init__(self, *args: Any, start: int = 3, **kwargs: Any) -> None:
        self.start = start
        super().__init__(*args, **kwargs)
        self.given = (len(args), sorted(kwargs))


class Loaded(models.Model):
    """A ``from_db`` of its own that goes round ``__init__``, as some caches and partial models do."""

    name = models.CharField(max_length=20)

    class Meta(App):
        pass

    @classmethod
    def from_db(cls, db: str | None, field_names: Any, values: Any) -> Loaded:
        made = cls.__new__(cls)
        made.__dict__.update(zip(field_names, values, strict=True))
        made._state = models.base.ModelState()
        made._state.adding, made._state.db = False, db
        made.__dict__["loaded"] = True
        return made


class Shouting(ModelBase):
    """A metaclass that adds attributes and answers for ones that are not there."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("shout_"):
            return name.removeprefix("shout_").upper()
        raise AttributeError(name)


class Loud(models.Model, metaclass=Shouting):
    """Answers for every name that it does not have, and keeps some of its attributes in slots."""

    __slots__ = ("aside",)
    name = models.CharField(max_length=20)

    class Meta(App):
        pass

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return f"no {name}"

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if not name.startswith("_"):
            self.__dict__.setdefault("history", []).append(name)


class Rude(models.Model):
    """Whoever prints, compares, hashes or measures it asks the database, or is refused."""

    name = models.CharField(max_length=20)
    parent = models.ForeignKey("self", models.CASCADE, null=True, related_name="children")

    class Meta(App):
        pass

    def __str__(self) -> str:
        return f"{self.name} of {Rude.objects.count()}"

    def __repr__(self) -> str:
        raise RuntimeError("do not print me")

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("do not compare me")

    def __hash__(self) -> int:
        raise RuntimeError("do not hash me")

    def __len__(self) -> int:
        raise RuntimeError("do not measure me")

    __bool__ = __len__  # type: ignore[assignment]


class Named(models.Model):
    """Fields and properties whose names a recorder might want for itself."""

    queryscope = models.CharField(max_length=20)
    queryscope_origin = models.CharField(max_length=20)
    _origin = models.CharField(max_length=20, db_column="origin")
    fetched = models.CharField(max_length=20)

    class Meta(App):
        pass

    @property
    def queryscope_row(self) -> str:
        raise RuntimeError("not for you")

    @property
    def _queryscope(self) -> str:
        raise RuntimeError("not for you")


class Picky(models.QuerySet[Any]):
    """An ``__init__`` of another signature, and a ``_clone`` that takes and passes on more."""

    def __init__(
        self, tone: str, model: Any = None, query: Any = None, using: Any = None, hints: Any = None
    ) -> None:
        super().__init__(model, query, using, hints)
        self.tone = tone

    def _clone(self, **extra: Any) -> Picky:
        made = type(self)(self.tone, self.model, self.query.chain(), self._db, self._hints)
        made._for_write, made._fields = self._for_write, self._fields
        made._prefetch_related_lookups = self._prefetch_related_lookups
        made._iterable_class = self._iterable_class
        made.__dict__.update(extra)
        return made

    def _chain(self, **extra: Any) -> Picky:
        made = self._clone(**extra)
        made._sticky_filter = False
        return made


class PickyManager(models.Manager[Any]):
    def get_queryset(self) -> Picky:
        return Picky("low", self.model, using=self._db)


class ListManager(models.Manager[Any]):
    """Hands out a list."""

    def get_queryset(self) -> Any:
        return list(models.QuerySet(self.model, using=self._db).order_by("name"))


class Proxy:
    """Stands before a queryset and has none of its inside."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def filter(self, **lookups: Any) -> Proxy:
        return Proxy(self.inner.filter(**lookups))

    def __iter__(self) -> Iterator[Any]:
        return iter(self.inner)

    def __len__(self) -> int:
        return len(self.inner)


class ProxyManager(models.Manager[Any]):
    def get_queryset(self) -> Any:
        return Proxy(models.QuerySet(self.model, using=self._db))


class Managed(models.Model):
    """One table, four managers."""

    name = models.CharField(max_length=20)
    countdown = models.ForeignKey(Countdown, models.CASCADE, null=True, related_name="managed")

    objects = models.Manager()
    picky = PickyManager()
    listed = ListManager()
    proxied = ProxyManager()

    class Meta(App):
        pass


class Changed(Managed):
    """A proxy model with a default order and a deferred field."""

    class Meta(App):
        proxy = True
        ordering = ("-name",)


class Special(Managed):
    """Multi-table inheritance."""

    extra = models.CharField(max_length=20)

    class Meta(App):
        pass


class View(models.Model):
    """No table of ours: a view over another one's."""

    id = models.BigIntegerField(primary_key=True)
    name = models.CharField(max_length=20)

    class Meta(App):
        managed = False
        db_table = "odd_view"


TABLES: tuple[type[models.Model], ...] = (Countdown, Loaded, Loud, Rude, Named, Managed, Special)
