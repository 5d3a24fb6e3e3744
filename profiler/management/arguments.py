"""The subcommands of ``manage.py queryscope`` with their options; docs/commands.md describes each."""

from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import CommandParser

from queryscope.profiler.management.problems import STATES

ADDRESS, PORT = "127.0.0.1", 8001
GENERAL = ("--settings", "--pythonpath")
GENERAL_SWITCHES = ("--no-color", "--force-color", "--traceback")


def add_subcommands(parser: CommandParser) -> None:
    """Add ``list``, ``show`` and the others; Django's own options may stand before and after them."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="list|show|problems|serve|prune")
    _list(_add(actions, "list", "List the newest traces."))
    _show(
        _add(actions, "show", "Show one trace: totals, findings, queries by call site, slowest statements.")
    )
    _problems(_add(actions, "problems", "List what was found in all traces, or ignore one of it."))
    _serve(_add(actions, "serve", "Serve the dashboard alone, for a project that does not mount it."))
    _prune(_add(actions, "prune", "Remove what the KEEP_* options no longer keep, or everything."))


def _add(actions: Any, name: str, text: str) -> argparse.ArgumentParser:
    action: argparse.ArgumentParser = actions.add_parser(name, help=text, description=text)
    # Without a default: what stood before the subcommand must not be overwritten by what is absent behind it.
    silent: dict[str, Any] = {"default": argparse.SUPPRESS, "help": argparse.SUPPRESS}
    for option in GENERAL:
        action.add_argument(option, **silent)
    for option in GENERAL_SWITCHES:
        action.add_argument(option, action="store_true", **silent)
    action.add_argument("-v", "--verbosity", type=int, choices=(0, 1, 2, 3), **silent)
    return action


def _list(action: argparse.ArgumentParser) -> None:
    action.add_argument("--limit", type=_positive, default=20, metavar="N", help="Most traces to list (20).")
    action.add_argument("--view", default="", metavar="TEXT", help="Only traces whose view contains TEXT.")
    action.add_argument("--path", default="", metavar="TEXT", help="Only traces whose path contains TEXT.")
    action.add_argument("--json", action="store_true", help="Print an array of summaries as JSON.")


def _show(action: argparse.ArgumentParser) -> None:
    action.add_argument(
        "trace",
        metavar="TRACE",
        help='"last", a number, an id, or the first 6 or more characters of an id.',
    )
    form = action.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="Print the whole report as JSON.")
    form.add_argument("--sql", action="store_true", help="Print every statement, in the order of execution.")


def _problems(action: argparse.ArgumentParser) -> None:
    action.add_argument(
        "--state",
        action="append",
        choices=(*STATES, "all"),
        metavar="STATE",
        help=f"Only problems of this state: {', '.join(STATES)} or all; may be repeated (new, back and seen).",
    )
    action.add_argument(
        "--limit", type=_positive, default=50, metavar="N", help="Most problems to list (50)."
    )
    action.add_argument("--json", action="store_true", help="Print an array of problems as JSON.")
    changes = action.add_subparsers(dest="change", metavar="ignore|unignore")
    which = "The problem, or the first 6 or more characters of it."
    ignore = _add(changes, "ignore", "Ignore a problem from now on, for a reason.")
    ignore.add_argument("identity", metavar="PROBLEM", help=which)
    ignore.add_argument("--reason", default="", metavar="TEXT", help="Why it is left as it is.")
    ignore.add_argument(
        "--keep",
        action="store_true",
        help="Write it into the file IGNORE_FILE, for the project's repository.",
    )
    _add(changes, "unignore", "Ignore a problem no longer.").add_argument(
        "identity", metavar="PROBLEM", help=which
    )


def _serve(action: argparse.ArgumentParser) -> None:
    action.add_argument(
        "where",
        nargs="?",
        action=_Where,
        metavar="[ADDRESS:]PORT",
        help=f"Where to listen ({ADDRESS}:{PORT}). An address beyond this machine asks visitors for a token.",
    )
    action.add_argument("--address", default=ADDRESS, help="The address alone.")
    action.add_argument("--port", type=_port, default=PORT, help="The port alone; 0 takes a free one.")


def _prune(action: argparse.ArgumentParser) -> None:
    action.add_argument(
        "--all", action="store_true", help="Remove every trace, pinned ones too, after asking."
    )
    action.add_argument("--yes", action="store_true", help="Do not ask.")


class _Where(argparse.Action):
    """Splits ``[address:]port``, where an IPv6 address stands in brackets, into ``address`` and ``port``."""

    def __call__(
        self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, option: Any = None
    ) -> None:
        if values is None:
            return
        address, _, port = values.rpartition(":")
        try:
            namespace.port = _port(port)
        except argparse.ArgumentTypeError as error:
            raise argparse.ArgumentError(self, f"{values!r}: {error}") from error
        if address:
            namespace.address = address.strip("[]")


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) < 65_536):
        raise argparse.ArgumentTypeError(f"{text!r} is no port; it takes 0 to 65535.")
    return int(text)


def _positive(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0.")
    return int(text)
