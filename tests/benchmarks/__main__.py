"""Prints what recording costs beside other tools: ``python -m tests.benchmarks [all|pages|latency] [--quick]``."""

from __future__ import annotations

import argparse
import platform
from importlib.metadata import version

from tests.benchmarks import latency, pages


def main() -> None:
    """Run the part that the command line names; by default both."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("part", nargs="?", choices=("all", "pages", "latency"), default="all")
    parser.add_argument(
        "--quick", action="store_true", help="few pages and rounds on SQLite only, under 20 s"
    )
    given = parser.parse_args()
    print(f"Python {platform.python_version()}, Django {version('django')}. {pages.FLOOR_NOTE}")
    if given.part != "latency":
        pages.compare(given.quick)
    if given.part != "pages":
        latency.measure(given.quick)


if __name__ == "__main__":
    main()
