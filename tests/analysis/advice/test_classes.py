"""Where a library builds the queryset, the advice edits the class: of a view, of an admin, of an API."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.test import Client

from demo.catalog.models import Book
from queryscope.profiler.analysis.advice import counted, eager
from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.checks import MIDDLEWARE
from queryscope.profiler.config import Config
from tests.analysis.advice.applying import apply, files
from tests.analysis.advice.modules import HEADER, Ran, changed, loops, module
from tests.analysis.advice.shape import Shape
from tests.conftest import Recording

pytestmark = pytest.mark.usefixtures("shelf")

VIEWS = """
from django.urls import path
from django.views.generic import DetailView, ListView
from rest_framework.generics import ListAPIView
from rest_framework.serializers import CharField, ModelSerializer

class BookSerializer(ModelSerializer):
    by = CharField(source="author.name")
    class Meta:
        model = Book
        fields = ["title", "by"]
"""
URLS = """
urlpatterns = [path("", Shown.as_view())]
"""
ADMIN = """
from django.contrib import admin
from django.urls import path
site = admin.AdminSite()
"""
ADMIN_URLS = """
site.register(Book, Shown)
urlpatterns = [path("admin/", site.urls)]
"""
LIST = 'template_name = "list.html"'
TEMPLATES = {
    "list.html": "{% for each in object_list %}{{ each }}: {{ each.author.name }}, {% endfor %}",
    "one.html": "{{ object }}: {{ object.author.name }}",
    "genres.html": "{% for each in object_list %}{{ each }}: {{ each.genres.all }}, {% endfor %}",
}
CASES: dict[str, Shape] = {
    "a model": Shape(
        f"{VIEWS}\nclass Shown(ListView):\n    model = Book\n    {LIST}\n    ordering = ['pk']\n{URLS}",
        '    model = Book\n    queryset = Book.objects.select_related("author")\n',
    ),
    "a model, one of it": Shape(
        f"{VIEWS}\nclass Shown(DetailView):\n    model = Book\n    template_name = 'one.html'\n    slug_field = 'slug'\n"
        "    def setup(self, *args, **kwargs):\n        super().setup(*args, **kwargs)\n        self.kwargs = {'slug': 'b1'}\n"
        f"{URLS}",
        '    model = Book\n    queryset = Book.objects.select_related("author")\n',
    ),
    "a queryset": Shape(
        f"{VIEWS}\nclass Shown(ListView):\n    queryset = Book.objects.order_by('pk')\n    paginate_by = 3\n    {LIST}\n{URLS}",
        "    queryset = Book.objects.order_by('pk').select_related(\"author\")\n",
    ),
    "a manager": Shape(
        f"{VIEWS}\nclass Shown(ListView):\n    queryset = Book.objects\n    ordering = ['pk']\n    template_name = 'genres.html'\n{URLS}",
        "    queryset = Book.objects.prefetch_related(\"genres\")\n",
    ),
    "get_queryset": Shape(
        f"{VIEWS}\nclass Shown(ListView):\n    model = Book\n    {LIST}\n\n    def get_queryset(self):\n"
        f"        return super().get_queryset().filter(pages__gte=1)\n{URLS}",
        "super().get_queryset().filter(pages__gte=1).select_related(\"author\")\n",
    ),
    "get_queryset that passes on": Shape(
        f"{VIEWS}\nclass Shown(ListView):\n    model = Book\n    {LIST}\n\n    def get_queryset(self):\n"
        f"        return super().get_queryset()\n{URLS}",
        "        return super().get_queryset().select_related(\"author\")\n",
    ),
    "an API": Shape(
        f"{VIEWS}\nclass Shown(ListAPIView):\n    queryset = Book.objects.order_by('pk')\n    serializer_class = BookSerializer\n{URLS}",
        "    queryset = Book.objects.order_by('pk').select_related(\"author\")\n",
    ),
    "an admin": Shape(
        f"{ADMIN}\nclass Shown(admin.ModelAdmin):\n    list_display = ['title', 'by']\n\n    def by(self, book):\n"
        f"        return book.author.name\n{ADMIN_URLS}",
        "    list_display = ['title', 'by']\n    list_select_related = (\"author\",)\n",
    ),
    "an admin that joins": Shape(
        f"{ADMIN}\nclass Shown(admin.ModelAdmin):\n    list_display = ['title', 'by']\n    list_select_related = ['publisher']\n"
        f"    def by(self, book):\n        return book.author.name\n{ADMIN_URLS}",
        '    list_select_related = ("publisher", "author")\n',
    ),
    "an admin that joins in get_queryset": Shape(
        f"{ADMIN}\nclass Shown(admin.ModelAdmin):\n    list_display = ['title', 'by']\n\n    def by(self, book):\n"
        f"        return book.author.name\n\n    def get_queryset(self, request):\n"
        f"        return super().get_queryset(request).select_related('publisher')\n{ADMIN_URLS}",
        "super().get_queryset(request).select_related('publisher', 'author')\n",
    ),
    "an admin, to many": Shape(
        f"{ADMIN}\nclass Shown(admin.ModelAdmin):\n    list_display = ['title', 'kinds']\n\n    def kinds(self, book):\n"
        f"        return ', '.join(map(str, book.genres.all()))\n{ADMIN_URLS}",
        "    def get_queryset(self, request):\n        return super().get_queryset(request).prefetch_related(\"genres\")\n",
    ),
    "an admin whose list joins by itself": Shape(
        f"{ADMIN}\nfrom django.contrib.admin.models import LogEntry as Book\nclass Shown(admin.ModelAdmin):\n"
        "    list_display = ['user', 'kind']\n\n    def kind(self, entry):\n        return entry.content_type.model\n"
        f"{ADMIN_URLS}",
        '    list_select_related = ("user", "content_type")\n',
    ),
}  # fmt: skip


@pytest.fixture
def page(settings: Any, recording: Recording) -> Client:
    settings.MIDDLEWARE = [
        MIDDLEWARE,
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ]
    loaders = [
        ("django.template.loaders.locmem.Loader", TEMPLATES),
        "django.template.loaders.app_directories.Loader",
    ]
    own = {**settings.TEMPLATES[0], "APP_DIRS": False}
    own["OPTIONS"] = {**own["OPTIONS"], "loaders": loaders}
    settings.TEMPLATES = [own]
    client = Client()
    user = get_user_model().objects.create_superuser("root")
    for kind in ContentType.objects.all()[:3]:
        LogEntry.objects.create(user=user, content_type=kind, object_id="1", object_repr="x", action_flag=1)
    client.force_login(user)
    return client


def shown(page: Client, recording: Recording, settings: Any, made: Any) -> Ran:
    settings.ROOT_URLCONF = made.__name__
    label = made.Book._meta.label_lower.replace(".", "/")
    address = f"/admin/{label}/" if "admin" in vars(made) else "/"
    page.get(address)  # what the first request fills, such as the content types, is not counted
    response = page.get(address)
    assert response.status_code == 200
    content = response.content.decode()
    if "admin" in vars(made):
        content = content[content.index('id="result_list"') : content.rindex("</form>")]
    return Ran(content, recording.trace)


@pytest.mark.parametrize("name", CASES)
def test_class(name: str, page: Client, recording: Recording, settings: Any, tmp_path: Path) -> None:
    """The patch edits the attribute, the page stays the same and asks less."""
    case = CASES[name]
    with module(tmp_path, HEADER + case.source) as made:
        before = shown(page, recording, settings, made)
        (origin, paths) = max(loops(before.trace).values(), key=lambda each: "catalog" in each[0].model)
        advice = eager(before.evidence, origin, paths)
        assert advice.diff is not None, (advice, origin)
        source = changed(made, advice.diff)
        assert advice.where and "Shown" in advice.where
    assert case.expected in source, advice.diff
    with module(tmp_path, source) as patched:
        after = shown(page, recording, settings, patched)
    assert after.result == before.result
    assert after.queries < before.queries or (
        name.endswith("one of it") and after.queries == before.queries - 1
    )


def test_a_count_in_a_template(page: Client, recording: Recording, settings: Any, tmp_path: Path) -> None:
    """Both files change: the queryset counts, and the line of the template reads what it counted."""
    text = "{% for each in object_list %}\n{{ each }}: {{ each.books.count }}\n{% endfor %}\n"
    loaders = {"loaders": ["django.template.loaders.filesystem.Loader"]}
    settings.TEMPLATES = [
        {"BACKEND": settings.TEMPLATES[0]["BACKEND"], "DIRS": [tmp_path], "OPTIONS": loaders}
    ]
    (tmp_path / "counts.html").write_text(text)
    source = (
        f"{HEADER}{VIEWS}\nclass Shown(ListView):\n    queryset = Author.objects.order_by('pk')\n"
        f"    template_name = 'counts.html'\n{URLS}"
    )
    with module(tmp_path, source) as made:
        before = shown(page, recording, settings, made)
        spans = [span for span in before.trace.spans if span.load == "many"]
        assert spans[0].origin is not None
        advice = counted(before.evidence, spans[0].origin, ["books"], spans)
        assert advice.diff is not None, advice
        python, html = files(advice.diff).values()
        source = changed(made, python)
    assert advice.code is not None and advice.code.endswith("{{ each }}: {{ each.books_count }}")
    (tmp_path / "counts.html").write_text(apply(html, text))
    with module(tmp_path, source) as patched:
        after = shown(page, recording, settings, patched)
    assert after.result == before.result
    assert after.queries == before.queries - 4


def test_a_count_for_a_model(page: Client, recording: Recording, settings: Any, tmp_path: Path) -> None:
    """What the new queryset needs is imported; as long as no line reads the count there is no diff."""
    source = f"{HEADER}{VIEWS}\nclass Shown(ListView):\n    model = Author\n    template_name = 'counts.html'\n{URLS}"
    settings.TEMPLATES[0]["OPTIONS"]["loaders"][0][1]["counts.html"] = (
        "{% for each in object_list %}{{ each.books.count }}{% endfor %}"
    )
    with module(tmp_path, source) as made:
        before = shown(page, recording, settings, made)
        spans = [span for span in before.trace.spans if span.load == "many"]
        assert spans[0].origin is not None
        advice = counted(before.evidence, spans[0].origin, ["books"], spans)
    assert advice.diff is None and advice.code is not None
    assert advice.code.startswith("from django.db.models import Count\n\n")
    assert 'queryset = Author.objects.annotate(books_count=Count("books"))' in advice.code


def test_a_page_of_the_admin_itself(
    page: Client, recording: Recording, settings: Any, tmp_path: Path
) -> None:
    """``list_select_related`` serves the list alone: for another page the place is ``get_queryset``."""
    source = (
        f"{HEADER}{ADMIN}\nclass Shown(admin.ModelAdmin):\n    fields = readonly_fields = ['title', 'by']\n\n"
        f"    def by(self, book):\n        return book.author.name\n{ADMIN_URLS}"
    )
    with module(tmp_path, source) as made:
        settings.ROOT_URLCONF = made.__name__
        assert page.get(f"/admin/catalog/book/{Book.objects.first().pk}/change/").status_code == 200
        trace = recording.trace
        load = next(span for span in trace.spans if span.relation == "author")
        assert load.origin is not None
        advice = eager(Evidence(trace, Config()), load.origin, ["author"])
        assert advice.diff is not None
        assert 'super().get_queryset(request).select_related("author")' in changed(made, advice.diff)
