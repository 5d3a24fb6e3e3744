"""What every test gets: the bookshop as the project under test, on the database that ``LANTERN_DATABASE`` names."""

from __future__ import annotations
