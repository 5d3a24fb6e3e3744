"""Prints what recording costs beside other tools: ``python -m tests.benchmarks [part] [--quick]``."""

from __future__ import annotations

import argparse
import platform
from collections.abc import Callable
from importlib.metadata import version

from tests.benchmarks import instructions, latency, memory, pages

PARTS: dict[str, Callable[[bool], None]] = {
    "instructions": instructions.compare,
    "pages": pages.compare,
    "latency": latency.measure,
    "memory": memory.measure,
}


def main() -> None:
    """Run the part that the command line names; by default all of them."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("part", nargs="?", choices=("all", *PARTS), default="all")
    parser.add_argument(
        "--quick", action="store_true", help="few pages, contenders and rounds, on SQLite only"
    )
    given = parser.parse_args()
    print(f"Python {platform.python_version()}, Django {version('django')}. {pages.FLOOR_NOTE}")
    for name, part in PARTS.items():
        if given.part in ("all", name):
            part(given.quick)


if __name__ == "__main__":
    main()
