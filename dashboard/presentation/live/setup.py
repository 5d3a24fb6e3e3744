"""What stands in place of the list while there is nothing to list: what was found, and what to set."""

from __future__ import annotations

from typing import Literal

from queryscope.profiler.checks import MIDDLEWARE
from queryscope.profiler.trace import Value

State = Literal["waiting", "middleware", "disabled", "store"]


class Found(Value, frozen=True, kw_only=True):
    """What the project's settings say. ``enabled_option`` is ``QUERYSCOPE["ENABLED"]``, ``None`` where it is not set."""

    apps: tuple[str, ...]
    middleware: tuple[str, ...]
    debug: bool
    enabled: bool
    enabled_option: bool | None


class Line(Value, frozen=True, kw_only=True):
    """One line of settings: text before, quoted and after, and a note on whether it was found."""

    before: str
    quoted: tuple[str, ...]
    after: str
    note: str


class Setup(Value, frozen=True, kw_only=True):
    """The page without a trace. ``store`` carries the sentence about a store that cannot be read."""

    state: State
    title: str
    text: str
    lines: tuple[Line, ...] = ()


def setup(found: Found, store_problem: str | None = None) -> Setup:
    """Return what to tell, the first obstacle on the way of a request into the store."""
    if store_problem:
        return Setup(state="store", title="The store cannot be read", text=store_problem)
    if MIDDLEWARE not in found.middleware:
        return Setup(
            state="middleware",
            title="The middleware is not installed",
            text="Without it no request is recorded. This is what was found in your settings, and what is missing.",
            lines=_lines(found),
        )
    if not found.enabled:
        return _disabled(found)
    return Setup(
        state="waiting",
        title="Waiting for the first request",
        text="Open a page of your site in another tab. Its queries appear here when the response has been sent. "
        "The middleware is installed and recording is on, so nothing else is needed.",
    )


def _lines(found: Found) -> tuple[Line, ...]:
    apps = ("queryscope.profiler", "queryscope.dashboard")
    missing = [name for name in apps if name not in found.apps]
    return (
        Line(
            before="INSTALLED_APPS = [",
            quoted=apps,
            after=", …]",
            note=f"missing: {', '.join(missing)}" if missing else "found",
        ),
        Line(before="MIDDLEWARE = [", quoted=(MIDDLEWARE,), after=", …]", note="missing: put it first"),
    )


def switched_off(found: Found) -> str:
    """Return which setting keeps this project from recording, with its value."""
    if found.enabled_option is False:
        return "QUERYSCOPE['ENABLED'] is False. Set it to True, or leave it out to record while DEBUG is on."
    return f"DEBUG is {found.debug} and QUERYSCOPE['ENABLED'] is not set, so nothing is recorded."


def _disabled(found: Found) -> Setup:
    text = switched_off(found)
    if found.enabled_option is None:
        text += " To record anyway, set:"
    line = Line(
        before="QUERYSCOPE = {", quoted=("ENABLED",), after=": True}", note="records in this process as well"
    )
    return Setup(state="disabled", title="Recording is switched off", text=text, lines=(line,))
