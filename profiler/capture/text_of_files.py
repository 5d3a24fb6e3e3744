"""Reads the lines of a source file as they stand on disk, for as long as that is a file of text."""

from __future__ import annotations

import linecache
import os


def lines_of(file: str) -> list[str]:
    """Return the lines with their ends; none where there is no file, or none that can be read as text."""
    try:
        # To open a pipe would wait until somebody writes to it.
        if file not in linecache.cache and not os.path.isfile(file):
            return []
        return linecache.getlines(file)
    except (ValueError, LookupError):  # a name that no file can have, a codec that is none of text
        return []
