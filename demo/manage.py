#!/usr/bin/env python
"""Runs the commands of the demo bookshop from any folder."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def main() -> None:
    folder = Path(__file__).resolve().parent
    # Python put this script's folder first; the package `demo` lies one above.
    sys.path[0] = str(folder.parent)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "demo.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
