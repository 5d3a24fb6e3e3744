"""Pages of the blog; each plants the one problem that ``demo.pages`` names."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.generic import ListView

from demo.blog.models import Comment, Post


class PostList(ListView):
    """n-plus-one: the template reads the comments of every post, a generic relation."""

    queryset = Post.objects.defer("body").order_by("-published_at", "-id")
    paginate_by = 20
    template_name = "blog/post_list.html"


def latest_comments(request: HttpRequest) -> HttpResponse:
    """n-plus-one: ``comment.about`` follows a generic foreign key, row by row."""
    comments = list(Comment.objects.order_by("-created_at", "-id")[:40])
    return render(request, "blog/latest_comments.html", {"comments": comments})


def post_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """query-in-template: the template's tag ``newest_posts`` runs a query while it renders."""
    post = get_object_or_404(Post, slug=slug)
    comments = list(post.comments.order_by("created_at", "id")[:30])
    return render(request, "blog/post_detail.html", {"post": post, "comments": comments})
