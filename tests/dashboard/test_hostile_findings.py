"""Addresses, forms and findings that nobody means well with: refused or shown as text, and never an error of the server."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote_from_bytes

import pytest
from django.test import Client
from msgspec.structs import replace

from queryscope.dashboard import opened
from queryscope.profiler.finding import Advice
from queryscope.profiler.store import current_store
from tests import builders as b
from tests.dashboard import lantern

ID, OTHER = lantern.report().trace.id, "1" * 32
IDENTITY = "a9a9a9a9a9a9a9a9"
DECISION = f"/queryscope/findings/{IDENTITY}/decision/"
MANY = "&".join(f"p{number}=1" for number in range(5_000))


@pytest.fixture(autouse=True)
def store(settings: Any, tmp_path: Path) -> None:
    settings.DEBUG = True
    settings.BASE_DIR = tmp_path
    settings.QUERYSCOPE = {"ENABLED": False, "STORE": str(tmp_path / "store.sqlite3")}
    settings.DEBUG_TOOLBAR_CONFIG = {"SHOW_TOOLBAR_CALLBACK": lambda request: False}
    opened.forget()
    current_store().append([lantern.report(findings=lantern.findings())])


@pytest.fixture
def client() -> Client:
    return Client(headers={"host": "localhost"})


@pytest.mark.parametrize(
    "path",
    [
        "findings/%00/", "findings/%25%25%25%25%25%25/", "findings/______/", f"findings/{'a' * 5_000}/", "findings/%ED%A0%80aaaaaa/",
        f"rules/{'a' * 3_000}/", "rules/%2e%2e%2fsettings/", "rules/..%2f..%2fREADME/", "rules/n-plus-one%00/", "rules/README/",
        "compare/%00/%00/", "compare/0/-1/", f"compare/{'9' * 5_000}/1/", f"compare/{ID}/zz/", "compare/?before=%00&after=%ED%A0%80",
        "view/?view=%00", "view/?kind=command&name=%ED%A0%80",
    ],
)  # fmt: skip
def test_addresses_of_nothing_lead_nowhere(client: Client, path: str) -> None:
    """Whatever they are made of."""
    assert client.get(f"/queryscope/{path}").status_code == 404


@pytest.mark.parametrize("path", ["", "rows/", "findings/", "compare/", "view/"])
def test_too_many_parameters_are_refused(client: Client, path: str) -> None:
    """With a sentence of ours, also under DEBUG, where the page of Django's fails on the same parameters."""
    response = client.get(f"/queryscope/{path}?{MANY}")
    assert response.status_code == 400
    assert "too many parameters" in response.content.decode()


@pytest.mark.parametrize("keep", ["", "1"])
@pytest.mark.parametrize(
    "reason",
    [b"a" * 100_000, b"\0\x01\x1b[31m", "\ud800".encode("utf-8", "surrogatepass"), "\u202e</script><b>\u2028x".encode(), b'"""\n[[ignored]]'],
)  # fmt: skip
def test_odd_reasons_are_kept_and_taken_back(client: Client, reason: bytes, keep: str) -> None:
    """In the store and in the project's file, which stays whole."""
    form = f"action=ignore&keep={keep}&reason={quote_from_bytes(reason)}"
    assert client.post(DECISION, form, "application/x-www-form-urlencoded").status_code == 302
    assert current_store().problem(IDENTITY).state == "ignored"
    for path in ("findings/?state=all", f"findings/{IDENTITY}/", f"requests/{ID}/"):
        response = client.get(f"/queryscope/{path}")
        assert response.status_code == 200
        assert b"</script><b>" not in response.content
    assert client.post(DECISION, {"action": "unignore"}).status_code == 302
    assert current_store().problem(IDENTITY).state != "ignored"


def test_a_decision_needs_our_own_origin(client: Client) -> None:
    """A token alone is not enough where the browser says that another page asks."""
    strict = Client(enforce_csrf_checks=True, headers={"host": "localhost"})
    strict.get(f"/queryscope/findings/{IDENTITY}/")
    form = {"action": "ignore", "reason": "x", "csrfmiddlewaretoken": strict.cookies["csrftoken"].value}
    for origin in ("https://evil.example", "null", "http://localhost:1"):
        assert strict.post(DECISION, form, headers={"origin": origin}).status_code == 403
    assert client.post(DECISION, form, REMOTE_ADDR="192.0.2.7").status_code == 403
    assert current_store().problem(IDENTITY).state == "seen"
    assert strict.post(DECISION, form, headers={"origin": "http://localhost"}).status_code == 302


def test_a_problem_is_shown_while_the_store_cannot_be_written(client: Client, tmp_path: Path) -> None:
    """That it was seen is noted another time."""
    with closing(sqlite3.connect(tmp_path / "store.sqlite3")) as other:
        other.execute("BEGIN IMMEDIATE")
        assert client.get(f"/queryscope/findings/{IDENTITY}/").status_code == 200
    assert current_store().problem(IDENTITY).state == "new"


@pytest.mark.parametrize(
    "text",
    ["</script><script>alert(1)</script><!--\u202e\ud800\0\x1b", "x" * 200_000, "@@ -99999999999999999999,1 +1 @@\n-a\n+b", "--- \n+++ \n@@\n", ""],
    ids=["markup", "long", "far", "empty diff", "empty"],
)  # fmt: skip
def test_any_text_in_a_finding_is_shown(client: Client, text: str) -> None:
    """Also in what is compared: with itself, with another, one way and the other."""
    site = b.call_site(text, source=text, function=text, line=1)
    finding = b.finding(
        rule="n-plus-one", title=text, why=text, model=text, relation=text, path=text, identity=IDENTITY, call_site=site,
        build_site=site, template_site=b.template_site(text, source=text), spans=(1, 2),
        advice=Advice(summary=text, code=text, where=text, diff=text, alternatives=(text,), next=text),
    )  # fmt: skip
    report = lantern.report(id=OTHER)
    current_store().append([replace(report, findings=(finding,))])
    for path in (
        "", "findings/?state=all", f"findings/{IDENTITY}/", f"requests/{OTHER}/", f"requests/{OTHER}/queries/1/",
        f"compare/{ID}/{OTHER}/", f"compare/{OTHER}/{ID}/", f"compare/{OTHER}/{OTHER}/", "view/?view=catalog.views.BookListView",
    ):  # fmt: skip
        response = client.get(f"/queryscope/{path}")
        assert response.status_code == 200
        assert b"<script>alert" not in response.content


@pytest.mark.parametrize(
    "word", ["My rule/1", "../../x", "", "Ünïcode", "a\nb", "\ud800\0", "-", "x" * 5_000, "a/b?c=d#e%2f"]
)
@pytest.mark.parametrize("field", ["rule", "identity"])
def test_a_rule_or_identity_of_somebody_else_is_shown(client: Client, field: str, word: str) -> None:
    """No page is an error for it, and each link that a page has leads somewhere."""
    site = b.call_site()
    values: dict[str, Any] = {"rule": "n-plus-one", "identity": IDENTITY, "call_site": site, "spans": (1, 2)}
    (stored,) = current_store().append(
        [replace(lantern.report(id=OTHER), findings=(b.finding(**values | {field: word}),))]
    )
    (finding,) = stored.findings
    paths = [
        "",
        "findings/?state=all",
        f"requests/{OTHER}/",
        f"requests/{OTHER}/queries/1/",
        f"compare/{ID}/{OTHER}/",
    ]
    paths += [f"findings/{finding.identity}/"] if finding.identity else []
    texts = {path: client.get(f"/queryscope/{path}") for path in paths}
    assert {path: response.status_code for path, response in texts.items()} == dict.fromkeys(paths, 200)
    linked = re.findall(
        r'href="(/queryscope/(?:rules|findings)/[^"]+/)"',
        "".join(each.content.decode() for each in texts.values()),
    )
    assert linked and {client.get(link).status_code for link in linked} == {200}


def test_long_texts_are_cut_where_they_are_stored(client: Client) -> None:
    """With an ellipsis; half of a diff would be wrong, so there is none."""
    text = "x" * 30_000
    advice = Advice(summary=text, code=text, where=text, diff=text, alternatives=(text,) * 30, next=text)
    finding = b.finding(
        title=text,
        why=text,
        model=text,
        relation=text,
        path=text,
        docs=text,
        advice=advice,
        identity="b" * 16,
    )
    (stored,) = current_store().append([replace(lantern.report(id=OTHER), findings=(finding,))])
    (kept,) = stored.findings
    assert (len(kept.title), kept.title[-1], len(kept.why), len(kept.advice.summary)) == (
        200,
        "…",
        1_000,
        1_000,
    )
    assert (kept.advice.code, kept.advice.diff, len(kept.advice.alternatives)) == (None, None, 10)
    assert len(client.get("/queryscope/findings/").content) < 60_000
    assert current_store().problem("b" * 16).title == kept.title
