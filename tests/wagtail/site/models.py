"""Page types of the newsroom: a home page, lists, articles with streams, tags and related links, events, a form."""

from __future__ import annotations

from django.db import models
from modelcluster.contrib.taggit import ClusterTaggableManager
from modelcluster.fields import ParentalKey
from taggit.models import TaggedItemBase
from wagtail import blocks
from wagtail.admin.panels import FieldPanel, InlinePanel, PageChooserPanel
from wagtail.contrib.forms.models import AbstractForm, AbstractFormField
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.fields import RichTextField, StreamField
from wagtail.images.blocks import ImageChooserBlock
from wagtail.models import DraftStateMixin, Orderable, Page, RevisionMixin
from wagtail.search import index
from wagtail.snippets.models import register_snippet


@register_snippet
class Author(DraftStateMixin, RevisionMixin, index.Indexed, models.Model):
    name = models.CharField(max_length=80)
    portrait = models.ForeignKey("wagtailimages.Image", null=True, blank=True, on_delete=models.SET_NULL)
    panels = [FieldPanel("name"), FieldPanel("portrait")]
    search_fields = [index.SearchField("name"), index.AutocompleteField("name")]

    def __str__(self) -> str:
        return self.name


class HomePage(Page):
    introduction = RichTextField(blank=True)
    content_panels = [*Page.content_panels, FieldPanel("introduction")]


class ArticleIndexPage(Page):
    subpage_types = ["newsroom.ArticlePage"]


class ArticleTag(TaggedItemBase):
    content_object = ParentalKey(
        "newsroom.ArticlePage", related_name="tagged_items", on_delete=models.CASCADE
    )


class ArticlePage(Page):
    date = models.DateField()
    author = models.ForeignKey(Author, null=True, blank=True, on_delete=models.SET_NULL)
    lead = models.ForeignKey("wagtailimages.Image", null=True, blank=True, on_delete=models.SET_NULL)
    tags = ClusterTaggableManager(through=ArticleTag, blank=True)
    body = StreamField(
        [
            ("heading", blocks.CharBlock()),
            ("paragraph", blocks.RichTextBlock()),
            ("image", ImageChooserBlock()),
            ("document", DocumentChooserBlock()),
            ("page", blocks.PageChooserBlock()),
        ]
    )
    content_panels = [
        *Page.content_panels,
        FieldPanel("date"),
        FieldPanel("author"),
        FieldPanel("lead"),
        FieldPanel("tags"),
        FieldPanel("body"),
        InlinePanel("related_links", label="Related"),
    ]
    search_fields = [*Page.search_fields, index.SearchField("body"), index.FilterField("date")]


class RelatedLink(Orderable):
    article = ParentalKey(ArticlePage, related_name="related_links", on_delete=models.CASCADE)
    target = models.ForeignKey(Page, related_name="+", on_delete=models.CASCADE)
    panels = [PageChooserPanel("target")]


class EventPage(Page):
    starts_at = models.DateTimeField()
    place = models.CharField(max_length=80)
    content_panels = [*Page.content_panels, FieldPanel("starts_at"), FieldPanel("place")]


class ContactField(AbstractFormField):
    page = ParentalKey("newsroom.ContactPage", related_name="form_fields", on_delete=models.CASCADE)


class ContactPage(AbstractForm):
    content_panels = [*AbstractForm.content_panels, InlinePanel("form_fields")]
