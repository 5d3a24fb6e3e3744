"""Pages of the blog without the problems planted in ``demo.blog.views.posts``."""

from __future__ import annotations

from django.contrib.contenttypes.prefetch import GenericPrefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.generic import ListView

from demo.blog.models import Comment, Post
from demo.catalog.models import Book


class PostList(ListView):
    """The comments of all posts are prefetched with one query."""

    queryset = Post.objects.prefetch_related("comments").defer("body").order_by("-published_at", "-id")
    paginate_by = 20
    template_name = "blog/post_list.html"


def latest_comments(request: HttpRequest) -> HttpResponse:
    """What the comments are about is fetched with one query for each kind of thing."""
    about = GenericPrefetch("about", [Book.objects.only("title"), Post.objects.only("title")])
    comments = Comment.objects.prefetch_related(about).order_by("-created_at", "-id")[:40]
    return render(request, "blog/latest_comments.html", {"comments": list(comments)})


def post_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """The view hands the template everything it shows."""
    post = get_object_or_404(Post, slug=slug)
    comments = list(post.comments.order_by("created_at", "id")[:30])
    newest = list(Post.objects.only("title", "slug").order_by("-published_at", "-id")[:5])
    return render(
        request, "blog/post_detail_fixed.html", {"post": post, "comments": comments, "newest": newest}
    )
