"""One module a page; a view reads the store, asks presentation/ for the page's values and renders them."""

from __future__ import annotations
