"""The page of a rule: its Markdown as HTML in which nothing but our own markup is an element, its links led to our pages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from queryscope.dashboard.presentation.badges import letters
from queryscope.dashboard.presentation.request.colour import coloured
from queryscope.profiler.analysis.rule import Rule
from queryscope.profiler.trace import Value

LEXERS = {"html": "html+django", "django": "html+django", "template": "html+django"}
_RULE_PAGE = re.compile(r"(?:\./)?([a-z][a-z0-9-]*)\.md(#[\w-]*)?")
_DIFF = {"+": "add", "-": "del"}


class RuleLine(Value, frozen=True, kw_only=True):
    """A rule in the list of all."""

    id: str
    badge: str
    name: str
    summary: str


class RulePage(Value, frozen=True, kw_only=True):
    """The page of one rule; ``html`` is safe to print as it is, and empty where the rule has no text."""

    id: str
    badge: str
    name: str
    summary: str
    html: str


def rule_lines(rules: Sequence[Rule]) -> tuple[RuleLine, ...]:
    """Return all rules in the order in which they look."""
    return tuple(RuleLine(id=r.id, badge=r.badge, name=r.name, summary=r.summary) for r in rules)


def rule_page(rule_id: str, rules: Sequence[Rule], text: str | None) -> RulePage | None:
    """Return the page of a rule from its Markdown ``text``; ``None`` where there is neither such a rule nor a text."""
    known = next((rule for rule in rules if rule.id == rule_id), None)
    if known is None and text is None:
        return None
    return RulePage(
        id=rule_id,
        badge=letters(rule_id),
        name=known.name if known else rule_id,
        summary=known.summary if known else "",
        html=html_of(text) if text else "",
    )


@lru_cache(maxsize=64)
def html_of(text: str) -> str:
    """Return Markdown (CommonMark with tables) as HTML. HTML in the text is shown as text; images are left out.

    A link to another rule's page leads there, one to a heading or to https stays, any other becomes plain text: the other
    documents are not served.
    """
    parser = (
        MarkdownIt("commonmark", {"html": False, "highlight": _coloured}).enable("table").disable("image")
    )
    tokens = parser.parse(text)
    for token in tokens:
        if token.children:
            token.children = _led(token.children)
        if token.type == "table_open":
            token.attrSet("class", "tbl")
    return str(parser.renderer.render(tokens, parser.options, {}))


def _led(children: Sequence[Token]) -> list[Token]:
    kept: list[Token] = []
    dropped = 0
    for token in children:
        if token.type == "link_open":
            if not _lead(token):
                dropped += 1
                continue
        elif token.type == "link_close" and dropped:
            dropped -= 1
            continue
        kept.append(token)
    return kept


def _lead(token: Token) -> bool:
    href = str(token.attrGet("href") or "")
    token.attrSet("class", "lnk")
    if rule := _RULE_PAGE.fullmatch(href):
        token.attrSet("href", f"../{rule[1]}/{rule[2] or ''}")
    elif href.startswith("https://"):
        token.attrSet("rel", "noopener noreferrer")
        token.attrSet("target", "_blank")
    else:
        return href.startswith("#")
    return True


def _coloured(text: str, name: str, attributes: Any) -> str:
    """Return a block of code with its colours; the parser takes what begins with ``<pre`` as it is."""
    lines = text.rstrip("\n").split("\n")
    body = "\n".join(map(_diff_line, lines)) if name == "diff" else _source(lines, name)
    return f'<pre class="code codebox" tabindex="0">{body}</pre>'


def _diff_line(line: str) -> str:
    css = "" if line.startswith(("+++", "---")) else _DIFF.get(line[:1], "")
    return f'<span class="{css}">{escape(line)}</span>' if css else escape(line)


def _source(lines: list[str], name: str) -> str:
    try:
        lexer = get_lexer_by_name(LEXERS.get(name, name))
    except ClassNotFound:
        return escape("\n".join(lines))
    pieces = ("".join(_piece(piece.css, piece.text) for piece in line) for line in coloured(lines, lexer))
    return "\n".join(pieces)


def _piece(css: str, text: str) -> str:
    return f'<span class="{css}">{escape(text)}</span>' if css else escape(text)
