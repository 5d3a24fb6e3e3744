"""Names that a change needs go into the import that is there, or into one new line, each of them once."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from queryscope.profiler.analysis.advice.change import Add
from queryscope.profiler.analysis.advice.edits import applied
from queryscope.profiler.analysis.advice.imports import Imported, imported
from queryscope.profiler.analysis.advice.source import read

EXISTS = Add(method="annotate", arguments=(), needs=("Exists", "OuterRef"))


class Case(NamedTuple):
    """A file's imports, what they become, and what is printed of them above the code."""

    before: str
    after: str
    heading: str


CASES = {
    "one new line for both": Case(
        "from django.shortcuts import render\n",
        "from django.db.models import Exists, OuterRef\nfrom django.shortcuts import render\n",
        "from django.db.models import Exists, OuterRef\n",
    ),
    "the one that is there is extended": Case(
        "from django.db.models import Q, Count\n",
        "from django.db.models import Q, Count, Exists, OuterRef\n",
        "from django.db.models import Q, Count, Exists, OuterRef\n",
    ),
    "by what it lacks only": Case(
        "from django.db.models import OuterRef\n",
        "from django.db.models import OuterRef, Exists\n",
        "from django.db.models import OuterRef, Exists\n",
    ),
    "a comment stays behind it": Case(
        "from django.db.models import Q  # noqa\n",
        "from django.db.models import Q, Exists, OuterRef  # noqa\n",
        "from django.db.models import Q, Exists, OuterRef  # noqa\n",
    ),
    "in brackets": Case(
        "from django.db.models import (Q, F)\n",
        "from django.db.models import (Q, F, Exists, OuterRef)\n",
        "from django.db.models import (Q, F, Exists, OuterRef)\n",
    ),
    "in brackets, each on a line": Case(
        "from django.db.models import (\n    F,\n    Q as Query,\n)\n",
        "from django.db.models import (\n    F,\n    Q as Query,\n    Exists,\n    OuterRef,\n)\n",
        "from django.db.models import (\n    F,\n    Q as Query,\n    Exists,\n    OuterRef,\n)\n",
    ),
    "in brackets, all on the second line": Case(
        "from django.db.models import (\n    F, Q\n)\n",
        "from django.db.models import (\n    F, Q, Exists, OuterRef\n)\n",
        "from django.db.models import (\n    F, Q, Exists, OuterRef\n)\n",
    ),
    "nothing that is there": Case(
        "from django.db.models import Exists, OuterRef\n",
        "from django.db.models import Exists, OuterRef\n",
        "",
    ),
    "all names of the module": Case(
        "from django.db.models import *\n",
        "from django.db.models import Exists, OuterRef\nfrom django.db.models import *\n",
        "from django.db.models import Exists, OuterRef\n",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_import(name: str, tmp_path: Path) -> None:
    """The order of what stands there is kept, whatever ends the lines."""
    case = CASES[name]
    for number, newline in enumerate(("\n", "\r\n")):
        found, text = _imported(tmp_path / f"{number}.py", case.before.replace("\n", newline))
        assert text == case.after.replace("\n", newline)
        assert found.heading == case.heading


def _imported(file: Path, text: str) -> tuple[Imported, str]:
    file.write_bytes(text.encode())
    source = read(str(file))
    assert source is not None
    found = imported(source, [EXISTS])
    assert found is not None
    assert set(found.names) == {"Exists", "OuterRef"}
    return found, applied(source, found.edits, 0, len(source.lines))


def test_without_an_import_of_django_there_is_no_place(tmp_path: Path) -> None:
    """Nothing tells where the block of third parties stands."""
    file = tmp_path / "none.py"
    file.write_text("import os\n")
    source = read(str(file))
    assert source is not None
    assert imported(source, [EXISTS]) is None
