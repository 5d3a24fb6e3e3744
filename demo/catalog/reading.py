"""The twelve books on the staff's reading list, which every seeded shop has."""

from __future__ import annotations

from django.utils.text import slugify

READING_TITLES = (
    "The Lantern Keeper",
    "A Ledger of Small Storms",
    "The Salt Cartographer",
    "Nine Doors to the Harbour",
    "The Orchard Under the Ice",
    "Letters from a Paper Moon",
    "The Clockwright's Daughter",
    "A Quiet Trade in Thunder",
    "The Last Ferry to Orsay",
    "Moss and Other Kingdoms",
    "The Unfinished Lighthouse",
    "What the River Borrowed",
)

READING_LIST = tuple(slugify(title) for title in READING_TITLES)
