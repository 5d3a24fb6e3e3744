"""The keys of the pages, once: the shortcuts dialog prints this list, and keys.js reads its bindings from the dialog.

So the dialog lists exactly the keys that work. A page registers handlers for actions; an action without one does nothing.
"""

from __future__ import annotations

from queryscope.profiler.trace import Value


class Shortcut(Value, frozen=True, kw_only=True):
    """One line of the dialog. ``keys`` are alternatives of ``KeyboardEvent.key``, a comma joins keys pressed in turn.

    ``always`` keeps it working while single-key shortcuts are switched off.
    """

    action: str
    label: str
    caps: tuple[str, ...]
    keys: str
    always: bool = False


class Section(Value, frozen=True, kw_only=True):
    """A titled part of the dialog."""

    title: str
    shortcuts: tuple[Shortcut, ...]


KEYMAP: tuple[Section, ...] = (
    Section(
        title="Anywhere",
        shortcuts=(
            Shortcut(action="help", label="Show this list", caps=("?",), keys="?"),
            Shortcut(action="filter", label="Filter", caps=("/",), keys="/"),
            Shortcut(
                action="close", label="Close drawer or dialog", caps=("Esc",), keys="Escape", always=True
            ),
            Shortcut(action="go-live", label="Go to the live page", caps=("g", "l"), keys="g,l"),
            Shortcut(action="go-request", label="Go to the newest trace", caps=("g", "r"), keys="g,r"),
            Shortcut(action="go-findings", label="Go to the findings", caps=("g", "f"), keys="g,f"),
            Shortcut(action="theme", label="Light or dark", caps=("t",), keys="t"),
        ),
    ),
    Section(
        title="Lists and timelines",
        shortcuts=(
            Shortcut(action="row-next", label="Next row", caps=("j", "↓"), keys="j"),
            Shortcut(action="row-previous", label="Previous row", caps=("k", "↑"), keys="k"),
            Shortcut(action="row-open", label="Open row", caps=("Enter", "o"), keys="o"),
            Shortcut(action="group-open", label="Open group", caps=("→",), keys="ArrowRight", always=True),
            Shortcut(action="group-close", label="Close group", caps=("←",), keys="ArrowLeft", always=True),
        ),
    ),
    Section(
        title="Live",
        shortcuts=(Shortcut(action="record", label="Record, pause", caps=("r",), keys="r"),),
    ),
    Section(
        title="Trace",
        shortcuts=(
            Shortcut(action="request-previous", label="Previous trace", caps=("[",), keys="["),
            Shortcut(action="request-next", label="Next trace", caps=("]",), keys="]"),
            Shortcut(action="finding-next", label="Next finding", caps=("n",), keys="n"),
            Shortcut(action="copy-sql", label="Copy SQL", caps=("c",), keys="c"),
            Shortcut(action="zoom-in", label="Zoom in", caps=("+",), keys="+"),
            Shortcut(action="zoom-out", label="Zoom out", caps=("−",), keys="-"),
            Shortcut(action="zoom-fit", label="Fit", caps=("0",), keys="0"),
        ),
    ),
)
"""Arrow up and down and Enter move and open while a row has the focus; rows.js handles them with the list itself."""
