"""Fills the blog with posts, and posts and books with comments."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random

from django.contrib.contenttypes.models import ContentType
from django.utils.text import slugify

from demo.blog.models import Comment, Post
from demo.catalog.models import Book
from demo.seeding.catalogue import BATCH, LAST_DAY
from demo.seeding.prose import Prose, people, title
from demo.seeding.sizes import Sizes

NOON = datetime(LAST_DAY.year, LAST_DAY.month, LAST_DAY.day, 12, tzinfo=UTC)


def fill_blog(rng: Random, prose: Prose, books: list[Book], sizes: Sizes) -> None:
    """Write the posts and the comments."""
    _posts(rng, prose, sizes)
    kinds = [(ContentType.objects.get_for_model(Post), sizes.posts)] * 3
    kinds.append((ContentType.objects.get_for_model(Book), len(books)))
    names = list(islice(people(rng), 300))
    comments = []
    for n in range(1, sizes.comments + 1):
        kind, rows = rng.choice(kinds)
        comment = Comment(
            id=n,
            content_type=kind,
            object_id=rng.randint(1, rows),
            name=rng.choice(names),
            text=prose.text(rng.randint(1, 3)),
            created_at=NOON - timedelta(minutes=rng.randint(0, 500_000)),
        )
        comments.append(comment)
    Comment.objects.bulk_create(comments, batch_size=BATCH)


def _posts(rng: Random, prose: Prose, sizes: Sizes) -> None:
    titles = {"Reading by lamplight": None}
    while len(titles) < sizes.posts:
        titles[f"On {title(rng)}"] = None
    editors = list(islice(people(rng), 5))
    Post.objects.bulk_create(
        Post(
            id=n,
            title=name,
            slug=slugify(name),
            editor=rng.choice(editors),
            published_at=NOON - timedelta(days=9 * n),
            summary=prose.text(2),
            body="\n\n".join(prose.text(8) for _ in range(6)),
        )
        for n, name in enumerate(titles, 1)
    )
