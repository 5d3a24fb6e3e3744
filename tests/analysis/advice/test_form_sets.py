"""The call that makes a form set keeps its arguments where one more is advised."""

from __future__ import annotations

from pathlib import Path

import pytest

from queryscope.profiler.analysis.advice.form_sets import made_with
from tests.builders import call_site

LINE = 'return render(request, "page.html", {"formset": made})'
OPTIONS = '"options": options'


def site(folder: Path, body: str) -> str | None:
    """Return the call for a function that shows a form set in its last line."""
    text = f"def view(request):\n    {body}\n    {LINE}\n"
    file = folder / "forms_of_a_view.py"
    file.write_text(text)
    line = len(text.splitlines())
    place = call_site(
        str(file),
        line,
        file=str(file),
        column=12,
        end_line=line,
        end_column=len(LINE) + 5,
        source=f"    {LINE}",
    )
    return made_with(place, "options")


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("BookFormSet()", "BookFormSet(form_kwargs={%s})"),
        ("BookFormSet(initial=rows)", "BookFormSet(initial=rows, form_kwargs={%s})"),
        (
            "forms.BookFormSet(request.POST or None, prefix='b')",
            "forms.BookFormSet(request.POST or None, prefix='b', form_kwargs={%s})",
        ),
        (
            "BookFormSet(form_kwargs={'user': request.user}, prefix='b')",
            "BookFormSet(prefix='b', form_kwargs={'user': request.user, %s})",
        ),
    ],
)
def test_arguments_are_kept(call: str, expected: str, tmp_path: Path) -> None:
    """Dropped, the forms would begin empty."""
    assert site(tmp_path, f"made = {call}") == expected % OPTIONS


@pytest.mark.parametrize(
    "body",
    [
        "made = make_forms()",
        "made = BookFormSet(**given)",
        "made = BookFormSet(form_kwargs=given)",
        "made = BookFormSet() if request else BookFormSet(request.POST)",
    ],
)
def test_what_cannot_be_added_to(body: str, tmp_path: Path) -> None:
    """No call in sight, or more than one."""
    assert site(tmp_path, body) is None
