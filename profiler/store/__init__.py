"""The log of reports: append, read after a number, read one, retain; the only part that knows its tables."""

from __future__ import annotations
