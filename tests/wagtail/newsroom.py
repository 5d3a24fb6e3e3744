"""The newsroom's content: pages of each type, pictures, documents, snippets, people, a redirect, a form's answers."""

from __future__ import annotations

from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any

from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from django.core.files.images import ImageFile
from PIL import Image as Picture
from wagtail.contrib.redirects.models import Redirect
from wagtail.documents.models import Document
from wagtail.images.models import Image
from wagtail.models import Collection, Page, Site

from tests.wagtail.site.models import (
    ArticleIndexPage,
    ArticlePage,
    Author,
    ContactField,
    ContactPage,
    EventPage,
    HomePage,
    RelatedLink,
)

ARTICLES = 12


def fill() -> None:
    """Make everything, the same every time."""
    editor = get_user_model().objects.create_superuser("editor", "editor@example.com", "secret")
    home = _home()
    pictures = [_picture(number) for number in range(3)]
    papers = [
        Document.objects.create(title=f"Paper {n}", file=ContentFile(b"%PDF-1.4 " * 40, f"paper-{n}.pdf"))
        for n in range(2)
    ]
    authors = [Author.objects.create(name=name, portrait=pictures[0]) for name in ("Ada Byron", "Émile Zola")]
    index = home.add_child(instance=ArticleIndexPage(title="Articles", slug="articles", show_in_menus=True))
    for number in range(ARTICLES):
        _article(index, number, pictures, papers, authors).save_revision(user=editor).publish()
    for number in range(2):
        starts_at = datetime(2026, 3, 1 + number, 18, tzinfo=UTC)
        event = EventPage(
            title=f"Evening {number}", slug=f"evening-{number}", starts_at=starts_at, place="Hall"
        )
        home.add_child(instance=event)
    _contact(home)
    Redirect.objects.create(old_path="/old", redirect_page=index)


def _home() -> HomePage:
    Page.objects.filter(depth=2).delete()
    root = Page.objects.get(depth=1)
    home: HomePage = root.add_child(
        instance=HomePage(title="Newsroom", slug="home", introduction="<p>Hello</p>")
    )
    Site.objects.update_or_create(
        is_default_site=True, defaults={"hostname": "localhost", "root_page": home, "site_name": "Newsroom"}
    )
    return home


def _picture(number: int) -> Image:
    file = BytesIO()
    Picture.new("RGB", (640, 480), (40 * number, 90, 160)).save(file, "PNG")
    return Image.objects.create(
        title=f"Picture {number}",
        file=ImageFile(file, f"picture-{number}.png"),
        collection=Collection.get_first_root_node(),
    )


def _article(
    index: ArticleIndexPage,
    number: int,
    pictures: list[Image],
    papers: list[Document],
    authors: list[Author],
) -> ArticlePage:
    body: list[tuple[str, Any]] = [
        ("heading", f"Heading {number}"),
        ("paragraph", f'<p>Text with a <a linktype="page" id="{index.pk}">link</a>.</p>'),
        ("image", pictures[number % 3]),
        ("document", papers[number % 2]),
        ("page", index),
    ]
    article = ArticlePage(
        title=f"Article {number}",
        slug=f"article-{number}",
        date=date(2026, 2, 1 + number),
        author=authors[number % 2],
        lead=pictures[number % 3],
        body=body,
    )
    index.add_child(instance=article)
    article.tags.add("news", f"tag-{number % 4}")
    article.related_links.add(RelatedLink(target=index))
    article.save()
    return article


def _contact(home: HomePage) -> None:
    contact = home.add_child(instance=ContactPage(title="Contact", slug="contact", show_in_menus=True))
    ContactField.objects.create(page=contact, sort_order=1, label="Your name", field_type="singleline")
    ContactField.objects.create(page=contact, sort_order=2, label="Message", field_type="multiline")
    contact.get_submission_class().objects.create(
        page=contact, form_data={"your_name": "Ada", "message": "Hi"}
    )
