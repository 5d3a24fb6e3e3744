"""The pages about problems, rules, one view and two traces over HTTP: states, decisions, hostile text, missing things."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from msgspec.structs import replace

from queryscope.dashboard import opened
from queryscope.dashboard.presentation.findings.rules import html_of
from queryscope.profiler.finding import Advice, Finding
from queryscope.profiler.report import Report
from queryscope.profiler.store import current_store
from tests import builders as b
from tests.dashboard import lantern
from tests.dashboard.test_request import ID, MARKUP, hostile

OTHER = "1" * 32
IDENTITY = "a9a9a9a9a9a9a9a9"


@pytest.fixture(autouse=True)
def store(settings: Any, tmp_path: Path) -> None:
    settings.DEBUG = True
    settings.BASE_DIR = tmp_path
    settings.QUERYSCOPE = {"ENABLED": False, "STORE": str(tmp_path / "store.sqlite3")}
    settings.DEBUG_TOOLBAR_CONFIG = {"SHOW_TOOLBAR_CALLBACK": lambda request: False}
    opened.forget()


@pytest.fixture
def client() -> Client:
    return Client(headers={"host": "localhost"})


def keep(*reports: Report) -> None:
    for report in reports:
        current_store().append([report])


def page(client: Client, path: str, status: int = 200) -> str:
    response = client.get(f"/queryscope/{path}")
    assert response.status_code == status, response.content
    return response.content.decode()


def found(**changes: Any) -> Report:
    return lantern.report(findings=lantern.findings(), **changes)


def test_the_costliest_problem_comes_first(client: Client) -> None:
    """With its title, place, views and where it was worst."""
    keep(found())
    text = page(client, "findings/")
    titles = re.findall(r'<td class="ttl"><a href="[^"]+">([^<]+)</a>', text)
    assert titles == [finding.title for finding in lantern.findings()]
    assert "3 problems" in text
    assert f"/queryscope/requests/{ID}/" in text


@pytest.mark.parametrize("cold", [True, False])
def test_a_cold_run_is_said_wherever_findings_are(client: Client, cold: bool) -> None:
    """On the page of the request, and on that of the problem: of the latest trace, of the worst, of each."""
    keep(found(cold=cold))
    text = page(client, f"requests/{ID}/")
    assert text.count("cold run</span>") == cold and text.count("warm run</span>") == (not cold)
    text = page(client, f"findings/{IDENTITY}/")
    assert text.count("cold run</span>") == text.count(">cold</span>") == cold
    assert ("in a cold run" in text) is cold


def test_a_problem_tells_its_latest_run_from_its_worst(client: Client) -> None:
    """The first visit took longest, and it is the second one that is shown."""
    warm = found(id=OTHER, cold=False)
    keep(
        found(cold=True), replace(warm, findings=tuple(replace(each, cost_ms=1.0) for each in warm.findings))
    )
    text = page(client, f"findings/{IDENTITY}/")
    assert "warm run</span>" in text and "in a cold run" in text and text.count(">cold</span>") == 1


def test_filters_narrow_the_list(client: Client) -> None:
    """State, severity and rule; what makes no sense counts as not asked."""
    keep(found())
    assert page(client, "findings/?severity=medium").count('class="ttl"') == 1
    assert page(client, "findings/?rule=n-plus-one").count('class="ttl"') == 1
    assert "No problem fits this filter" in page(client, "findings/?state=fixed")
    assert page(client, "findings/?state=nonsense&severity=terrible").count('class="ttl"') == 3


def test_nothing_recorded_and_nothing_found_are_two_things(client: Client) -> None:
    """Each says what to do."""
    assert "Nothing has been recorded yet" in page(client, "findings/")
    keep(b.report())
    assert "No problem was found" in page(client, "findings/")


def test_opening_a_problem_marks_it_as_seen(client: Client) -> None:
    """The page still shows what it was."""
    keep(found())
    assert ">new</span>" in page(client, f"findings/{IDENTITY}/")
    assert ">seen</span>" in page(client, f"findings/{IDENTITY}/")
    assert current_store().problem(IDENTITY).state == "seen"


def test_a_problem_shows_its_history(client: Client) -> None:
    """Every trace it was found in, as a picture and as a table."""
    keep(found(), found(id=OTHER))
    text = page(client, f"findings/{IDENTITY}/")
    assert text.count("/queryscope/requests/") >= 2
    assert 'role="img" aria-label="Queries of 2 traces' in text
    assert ".select_related(" in text


def test_a_fixed_problem_shows_what_fixed_it(client: Client) -> None:
    """The last trace that had it beside the first one that had not."""
    keep(found(), lantern.report(id=OTHER))
    text = page(client, f"findings/{IDENTITY}/")
    assert ">fixed</span>" in text
    assert f"/queryscope/compare/{ID}/{OTHER}/" in text


def test_ignoring_takes_a_reason(client: Client) -> None:
    """Without one nothing changes, with one the list no longer has it; and the way back."""
    keep(found())
    address = f"/queryscope/findings/{IDENTITY}/decision/"
    refused = client.post(address, {"action": "ignore", "reason": "  "})
    assert refused.status_code == 400
    assert "Ignoring a problem takes a reason" in refused.content.decode()
    assert client.post(address, {"action": "ignore", "reason": "at most 12"}).status_code == 302
    assert page(client, "findings/").count('class="ttl"') == 2
    assert "at most 12" in page(client, f"findings/{IDENTITY}/")
    assert ">ignored</span>" in page(client, f"requests/{ID}/")
    assert client.post(address, {"action": "unignore"}).status_code == 302
    assert page(client, "findings/").count('class="ttl"') == 3


def test_a_reason_can_go_into_the_project(client: Client, tmp_path: Path) -> None:
    """For everybody who works on it."""
    keep(found())
    values = {"action": "ignore", "reason": "by contract", "keep": "1"}
    assert client.post(f"/queryscope/findings/{IDENTITY}/decision/", values).status_code == 302
    ignored = current_store().ignored
    assert ignored is not None
    assert "by contract" in ignored.path.read_text()


def test_decisions_need_a_known_action_and_our_own_page(client: Client) -> None:
    """Other methods, actions, problems and other sites change nothing."""
    keep(found())
    address = f"/queryscope/findings/{IDENTITY}/decision/"
    assert client.get(address).status_code == 405
    assert client.post(address, {"action": "delete"}).status_code == 400
    assert (
        client.post("/queryscope/findings/ffffffffffffffff/decision/", {"action": "unignore"}).status_code
        == 404
    )
    strict = Client(enforce_csrf_checks=True, headers={"host": "localhost"})
    assert strict.post(address, {"action": "ignore", "reason": "x"}).status_code == 403
    assert current_store().problem(IDENTITY).state == "new"


def test_two_traces_are_compared(client: Client) -> None:
    """The result is the heading and the title."""
    keep(found(), lantern.report(id=OTHER, spans=lantern.spans()[:9], queries=7, duration_ms=50.0))
    text = page(client, f"compare/{ID}/{OTHER}/")
    assert ">211 → 7 queries, 1,002 → 50.0 ms</h1>" in text
    assert ">gone</span>" in text
    assert "other addresses" not in text


def test_short_names_of_traces_lead_to_the_whole_ones(client: Client) -> None:
    """And one that is not kept is said to be so."""
    keep(found(), found(id=OTHER))
    response = client.get("/queryscope/compare/1/last/")
    assert response["Location"] == f"/queryscope/compare/{ID}/{OTHER}/"
    assert "is not kept" in page(client, f"compare/{ID}/{'2' * 32}/", 404)


def test_any_two_traces_can_be_chosen(client: Client) -> None:
    """On the page of their view, or by whatever names them."""
    keep(found(), found(id=OTHER), found(id="2" * 32))
    text = page(client, "view/?view=catalog.views.BookListView")
    assert text.count('name="before"') == text.count('name="after"') == 3
    response = client.get("/queryscope/compare/", {"before": "1", "after": OTHER})
    assert response["Location"] == f"/queryscope/compare/{ID}/{OTHER}/"
    assert "is not kept" in page(client, "compare/?before=77", 404)
    assert "/queryscope/view/?view=catalog.views.BookListView" in page(client, f"requests/{ID}/")


def test_two_different_views_are_compared_with_a_warning(client: Client) -> None:
    """They may be set side by side; what it means is said."""
    keep(found(), found(id=OTHER, view="blog.views.PostListView"))
    assert "These are two different things" in page(client, f"compare/{ID}/{OTHER}/")


def test_the_request_offers_the_run_before(client: Client) -> None:
    """With the result in one line, and the way to all of it."""
    keep(found(), lantern.report(id=OTHER, spans=lantern.spans()[:9], queries=7, duration_ms=50.0))
    text = page(client, f"requests/{OTHER}/")
    assert "211 → 7 queries" in text
    assert f"/queryscope/compare/{ID}/{OTHER}/" in text
    assert 'id="before"' not in page(client, f"requests/{ID}/")


def test_a_view_has_its_history(client: Client) -> None:
    """Figures, a picture with its table, problems; tasks and commands go by their name."""
    keep(
        found(),
        found(id=OTHER),
        b.report(id="3" * 32, kind="command", name="prune", view=None, method=None, path=None, request=None),
    )
    text = page(client, "view/?view=catalog.views.BookListView")
    assert text.count(f"/queryscope/compare/{ID}/{OTHER}/") == 1
    assert "The author of each book is read one by one" in text
    assert "Total ms of 2 traces" in text
    assert "No problem was found here" in page(client, "view/?kind=command&name=prune")
    assert "<h1>prune</h1>" in page(client, "view/?view=prune")
    for nothing in ("", "?view=nobody", "?kind=nonsense&name=prune", "?kind=command"):
        page(client, f"view/{nothing}", 404)


def test_rules_have_pages(client: Client) -> None:
    """A list of all, one a rule, and none for what is no rule."""
    assert "n-plus-one" in page(client, "rules/")
    assert "N+1" in page(client, "rules/n-plus-one/")
    page(client, "rules/no-such-rule/", 404)
    page(client, "rules/../settings/", 404)
    page(client, "rules/UPPER_case-1/", 404)


def test_markdown_is_text_where_it_is_html() -> None:
    """No element comes from the text; links lead to our pages, to https, or nowhere."""
    text = html_of(
        f"# A {MARKUP}\n\n[rule](count-in-loop.md#fix) [out](https://example.org/) [x](javascript:alert(1)) "
        '[file](../settings.md "t") ![picture](https://example.org/x.png)\n\n'
        "```python\nqs = Book.objects.all()  # <b>\n```\n\n```diff\n-a <i>\n+b\n```\n\n```nolanguage\n<u>\n```\n\n    <s>\n"
    )
    assert not re.search(r"<(script|img|b|i|u|s)\b", text)
    assert '<a href="../count-in-loop/#fix" class="lnk">rule</a>' in text
    assert 'href="https://example.org/" class="lnk" rel="noopener noreferrer"' in text
    assert 'href="javascript' not in text
    assert "settings.md" not in text
    assert '<span class="del">-a &lt;i&gt;</span>' in text
    assert '<span class="c"># &lt;b&gt;</span>' in text


def hostile_finding() -> Finding:
    site = b.call_site(MARKUP, source=MARKUP, function=MARKUP)
    return b.finding(
        rule="n-plus-one", title=MARKUP, why=MARKUP, model=MARKUP, relation=MARKUP, path=MARKUP, identity=IDENTITY,
        call_site=site, build_site=site, template_site=b.template_site(MARKUP, source=MARKUP), spans=(1, 2),
        advice=Advice(summary=MARKUP, code=MARKUP, where=MARKUP, diff=lantern.DIFF.replace("return", MARKUP), alternatives=(MARKUP,), next=MARKUP),
    )  # fmt: skip


@pytest.mark.parametrize(
    "path",
    [
        "", f"requests/{ID}/", f"requests/{ID}/queries/1/", "findings/", f"findings/{IDENTITY}/", f"compare/{ID}/{OTHER}/",
        f"compare/{OTHER}/{ID}/", "view/?view=MARKUP", "findings/?rule=MARKUP",
    ],
)  # fmt: skip
def test_markup_in_a_finding_is_text(client: Client, path: str) -> None:
    """What a finding contains comes from the application: names, source lines, SQL."""
    made = hostile()
    keep(replace(made, findings=(hostile_finding(),)), b.report(id=OTHER, commit=MARKUP))
    current_store().ignore(IDENTITY, MARKUP)
    response = client.get(
        f"/queryscope/{path}".split("?")[0], {"view": MARKUP, "rule": MARKUP} if "MARKUP" in path else {}
    )
    text = response.content.decode()
    assert response.status_code == 200
    assert not re.search(r"<script>|<img|<[^>]*\sonerror=alert\(2\)>", text)
    assert not re.search(r"\son\w+=|\sstyle=", re.sub(r">[^<]*<", "><", re.sub(r'"[^"]*"', '""', text)))
