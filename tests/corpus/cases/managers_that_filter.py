"""Relations whose manager leaves rows out: what is asked in the query of the parents has to leave out the same ones."""

from __future__ import annotations

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, Sum  # noqa: F401 - what advice names

from tests.corpus.case import positive
from tests.corpus.models import Memo, Remark, Thread, Topic  # noqa: F401 - what advice names

_ALL = 'Thread.objects.order_by("title")'


@positive("count-in-loop")
def counted_without_removed() -> list[int]:
    """Count() of an annotation would count what was removed as well."""
    return [thread.memos.count() for thread in Thread.objects.order_by("pk")]


@positive("count-in-loop")
def counted_by_a_choice_without_removed() -> list[int]:
    """The condition of the line stands beside that of the manager."""
    return [thread.memos.filter(words=2).count() for thread in Thread.objects.order_by("pk")]


@positive("count-in-loop", advice=False)
def counted_by_a_manager_with_a_value() -> list[int]:
    """What a manager compares with is nobody's to print: it may be another one for the next visitor."""
    return [thread.remarks.count() for thread in Thread.objects.order_by("pk")]


@positive("count-in-loop")
def there_is_one_not_removed() -> list[bool]:
    """The default manager asks inside Exists() as it does in the loop."""
    return [thread.memos.exists() for thread in Thread.objects.order_by("pk")]


@positive("count-in-loop")
def there_is_one_shown() -> list[bool]:
    """The manager's own condition need not be known."""
    return [thread.remarks.exists() for thread in Thread.objects.order_by("pk")]


@positive("count-in-loop")
def there_is_one_of_many_not_removed() -> list[bool]:
    """Through a many-to-many relation, of which only the manager joins the rows themselves."""
    return [topic.memos_read.filter(words__gt=1).exists() for topic in Topic.objects.order_by("pk")]


@positive(
    "count-in-loop", at=_ALL, reads=(('thread.memos.aggregate(n=Sum("words"))["n"]', "thread.memos_words"),)
)
def summed_without_removed() -> list[int | None]:
    """Sum() asks no manager either."""
    threads = Thread.objects.order_by("title")
    return [thread.memos.aggregate(n=Sum("words"))["n"] for thread in threads]


@positive(
    "count-in-loop",
    at=_ALL,
    reads=(('thread.memos.order_by("-words").first()', "next(iter(thread.first_memos), None)"),),
)
def the_longest_not_removed() -> list[str]:
    """One row of each, which a Prefetch of the default manager cuts out."""
    threads = Thread.objects.order_by("title")
    found = []
    for thread in threads:
        memo = thread.memos.order_by("-words").first()
        found.append(memo.text if memo else "")
    return found


@positive("prefetch-defeated")
def chosen_not_removed() -> list[list[str]]:
    """A choice of what the manager shows."""
    threads = Thread.objects.order_by("title").prefetch_related("memos")
    return [[memo.text for memo in thread.memos.filter(words=2)] for thread in threads]


@positive("n-plus-one")
def loaded_not_removed() -> list[list[str]]:
    """A prefetch asks the manager of the relation."""
    return [[memo.text for memo in thread.memos.all()] for thread in Thread.objects.order_by("pk")]
