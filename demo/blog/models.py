"""The shop's blog; a comment hangs on a post or on a book by a generic relation."""

from __future__ import annotations

from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.db import models


class Post(models.Model):
    title = models.CharField(max_length=160)
    slug = models.SlugField(max_length=180, unique=True)
    editor = models.CharField(max_length=80)
    published_at = models.DateTimeField()
    summary = models.CharField(max_length=300)
    body = models.TextField()
    comments = GenericRelation("blog.Comment")

    class Meta:
        indexes = [models.Index(fields=["-published_at", "-id"], name="post_newest")]

    def __str__(self) -> str:
        return self.title


class Comment(models.Model):
    content_type = models.ForeignKey(ContentType, on_delete=models.CASCADE)
    object_id = models.PositiveBigIntegerField()
    about = GenericForeignKey("content_type", "object_id")
    name = models.CharField(max_length=80)
    text = models.TextField()
    created_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["content_type", "object_id"], name="comment_about"),
            models.Index(fields=["-created_at", "-id"], name="comment_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.text[:40]}"
