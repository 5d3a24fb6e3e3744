"""``manage.py queryscope``: what was recorded and found, without a browser; docs/commands.md has each option."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import Any

import msgspec
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.management.color import no_style
from django.utils.module_loading import import_string

from queryscope.profiler.capture.recorder import activate, deactivate
from queryscope.profiler.errors import QueryscopeError
from queryscope.profiler.management import details, listing, problems
from queryscope.profiler.management.arguments import add_subcommands
from queryscope.profiler.management.text import encodable, one_line, to_json, visible
from queryscope.profiler.report import to_document
from queryscope.profiler.settings import current
from queryscope.profiler.store import Store, current_store
from queryscope.profiler.units import plural, size


class Command(BaseCommand):
    """Reads and tidies the store. No check, migration or connection of the host takes part, and nothing is recorded."""

    help = "Lists, shows, serves and removes what queryscope recorded, and the problems that it found."
    requires_system_checks: list[
        str
    ] = []  # wrong settings of ours raise ConfigError, the others are not our business

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the subcommands."""
        add_subcommands(parser)

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        """Run one subcommand. Raises CommandError, with one sentence."""
        token = activate(None)
        try:
            getattr(self, f"_{action}")(options)
        except QueryscopeError as error:
            raise CommandError(encodable(visible(str(error)), self.stderr)) from error
        except BrokenPipeError:
            # "| head" has read enough. Python would fail once more when it closes the pipe at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        finally:
            deactivate(token, None)

    def _list(self, options: dict[str, Any]) -> None:
        store, view, path = current_store(), options["view"], options["path"]
        found = listing.select(store, options["limit"], view, path)
        if options["json"]:
            self._say([to_json(msgspec.to_builtins(found))])
        elif not found:
            self._say([listing.nothing(store, filtered=bool(view or path))])
        else:
            self._say(listing.lines(found, current(), self._style(options)))

    def _show(self, options: dict[str, Any]) -> None:
        store = current_store()
        report = store.report(store.resolve(options["trace"]))
        problems_of = store.problems_of(report.findings)
        if options["json"]:
            self._say([to_json(to_document(report, problems_of))])
        else:
            style = self._style(options)
            self._say(details.lines(report, problems_of, current(), style, every=options["sql"]))

    def _problems(self, options: dict[str, Any]) -> None:
        if options["change"]:
            getattr(self, f"_{options['change']}")(options)
            return
        store, states = current_store(), problems.wanted(options["state"] or ())
        found = store.problems(states, options["limit"])
        if options["json"]:
            self._say([to_json(msgspec.to_builtins(found))])
            return
        if found:
            self._say(problems.lines(found, self._style(options)))
        self._say(problems.remarks(store, states, len(found)))

    def _ignore(self, options: dict[str, Any]) -> None:
        store = current_store()
        problem = store.ignore(options["identity"], options["reason"], keep=options["keep"])
        place = f", as {visible(str(store.ignored.path))} says" if problem.kept and store.ignored else ""
        self._say([f"Problem {problem.identity} is ignored{place}: {one_line(problem.title, 100)}"])

    def _unignore(self, options: dict[str, Any]) -> None:
        problem = current_store().unignore(options["identity"])
        self._say([f"Problem {problem.identity} is {problem.state} again: {one_line(problem.title, 100)}"])

    def _serve(self, options: dict[str, Any]) -> None:
        # By its dotted name: the engine stands below the dashboard and does not import it.
        serve = import_string("queryscope.dashboard.standalone.serve")
        serve(options["address"], options["port"], lambda text: self._say([text]))

    def _prune(self, options: dict[str, Any]) -> None:
        store = current_store()
        if options["all"] and not options["yes"]:
            _confirm(store)
        removed = store.clear() if options["all"] else store.prune(current())
        what = f"{plural(removed.traces, 'trace')} ({size(removed.bytes)})"
        left = plural(store.totals().traces, "trace")
        self._say([f"Removed {what} from {visible(store.location)}; {left} left."])

    def _style(self, options: dict[str, Any]) -> Any:
        return self.style if options["force_color"] or self.stdout.isatty() else no_style()

    def _say(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.stdout.write(encodable(line, self.stdout))
        self.stdout.flush()


def _confirm(store: Store) -> None:
    """Ask on the terminal. Raises CommandError where the answer is not yes, or nobody is there to answer."""
    what = f"all {plural(store.totals().traces, 'trace')}, pinned ones too, from {visible(store.location)}"
    if not sys.stdin.isatty():
        raise CommandError(f"This would remove {what}; nobody is there to confirm it: add --yes.")
    if input(f"Remove {what}? [y/N] ").strip().lower() not in {"y", "yes"}:
        raise CommandError("Nothing was removed.")
