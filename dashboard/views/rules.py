"""What each rule means: the documents of ``docs/rules/``, which are shipped with the package."""

from __future__ import annotations

import re
from pathlib import Path

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from queryscope.dashboard.pages import render
from queryscope.dashboard.presentation.findings.rules import rule_lines, rule_page
from queryscope.dashboard.views.frame import frame, stored
from queryscope.profiler.analysis.rules import RULES

_NAME = re.compile(r"[a-z][a-z0-9-]{0,99}")
"""No longer than a file may be called anywhere."""
FOLDER = Path(__file__).resolve().parents[2] / "docs" / "rules"


@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    """Answer with the list of all rules."""
    page = {"rules": rule_lines(RULES), "chrome": frame(request, "findings", stored())}
    return render(request, "queryscope/findings/rules.html", page)


@require_safe
def rule(request: HttpRequest, rule: str) -> HttpResponse:
    """Answer with the page of one rule; 404 where there is no such rule. ``rule`` holds letters, digits, - and _ only."""
    page = rule_page(rule, RULES, _text(rule))
    if page is None:
        raise Http404(f"There is no rule {rule!r}.")
    values = {"page": page, "chrome": frame(request, "findings", stored())}
    return render(request, "queryscope/findings/rule.html", values)


def _text(rule: str) -> str | None:
    """Return the Markdown of a rule, ``None`` where none was shipped; only what has the name of a rule is looked for."""
    file = FOLDER / f"{rule}.md"
    return file.read_text(encoding="utf-8") if _NAME.fullmatch(rule) and file.is_file() else None
