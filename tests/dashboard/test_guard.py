"""What every page has in common: closed to strangers, an own policy, changes protected against forgery."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, reverse

from queryscope.dashboard import access, urls
from queryscope.dashboard.assets import assets_version
from queryscope.dashboard.guard import HEADERS, guarded
from queryscope.profiler.store import current_store
from tests.builders import report

STRANGER = "203.0.113.9"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")
EXAMPLES: dict[str, Any] = {
    "trace_id": "0f8fad5bd9cb469fa16570867728950e",
    "before": "0f8fad5bd9cb469fa16570867728950e",
    "after": "0f8fad5bd9cb469fa16570867728950f",
    "identity": "0123456789abcdef",
    "rule": "n-plus-one",
    "n": 1,
    "token": "x",
    "version": "0",
    "path": "app.css",
    "rest": "abc/def",
}


def addresses() -> dict[str, str]:
    """Return the address of every pattern of the dashboard's URLconf, by name."""
    found = {}
    for pattern in urls.urlpatterns:
        assert isinstance(pattern, URLPattern), "a nested include would have to be walked as well"
        arguments = {name: EXAMPLES[name] for name in pattern.pattern.converters}
        found[str(pattern.name)] = reverse(f"queryscope:{pattern.name}", kwargs=arguments)
    return found


@pytest.fixture(autouse=True)
def debug(settings: Any, tmp_path: Any) -> None:
    settings.DEBUG = True
    settings.ALLOWED_HOSTS = ["*"]
    settings.QUERYSCOPE = {"ENABLED": True, "STORE": str(tmp_path / "store.sqlite3")}


@pytest.fixture
def here() -> Client:
    """A browser on this machine that is not spared the check against forgery."""
    return Client(enforce_csrf_checks=True, headers={"host": "localhost:8000"}, raise_request_exception=False)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", sorted(addresses()))
def test_every_address_is_closed_to_strangers(name: str, method: str) -> None:
    """All patterns, all methods; open are only our own files and the place where a token is shown."""
    response = Client(headers={"host": "localhost"}, REMOTE_ADDR=STRANGER).generic(method, addresses()[name])
    if name == "asset":
        assert response.status_code == (200 if method in {"GET", "HEAD"} else 405)
    elif name == "enter" and method != "GET":
        assert response.status_code == 405
    else:
        assert response.status_code == 403
    assert response.headers["Content-Security-Policy"] == POLICY


def test_what_is_open_is_listed() -> None:
    """A new name is closed unless somebody adds it here as well."""
    assert {"asset", "enter"} == urls.OPEN
    assert set(addresses()) == {
        *(
            "live",
            "rows",
            "latest",
            "request",
            "query",
            "spans",
            "recording",
            "enter",
            "asset",
            "shares",
            "share",
            "chosen",
            "compare",
            "view",
            "findings",
            "problem",
            "decide",
            "rules",
            "rule",
        )
    }


@pytest.mark.parametrize("name", sorted(set(addresses()) - {"asset"}))
def test_every_page_has_our_headers_and_is_not_kept(name: str, here: Client) -> None:
    """Also the ones that are not found, and those for the admitted."""
    current_store().append([report()])
    response = here.get(addresses()[name], follow=False)
    assert response.status_code != 500
    assert {name: response.headers[name] for name in HEADERS} == HEADERS
    assert response.headers["Content-Security-Policy"] == POLICY
    assert response.headers["Cache-Control"] == "no-store, private, max-age=0"
    assert "'unsafe" not in response.headers["Content-Security-Policy"]


class LooserPolicy:
    """A host's middleware that overwrites what others have set."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response["Content-Security-Policy"] = "default-src *"
        response.headers["content-security-policy-report-only"] = "default-src 'self'; report-uri /csp"
        response.headers.setdefault("X-Host", "kept")
        response["Cache-Control"] = "public, max-age=600"
        del response["X-Content-Type-Options"]
        return response


def test_the_hosts_middleware_cannot_loosen_our_policy(here: Client, settings: Any) -> None:
    """It may add headers of its own, nothing else."""
    settings.MIDDLEWARE = [f"{__name__}.LooserPolicy", *settings.MIDDLEWARE]
    headers = here.get("/queryscope/s/").headers
    assert headers["Content-Security-Policy"] == POLICY
    assert "Content-Security-Policy-Report-Only" not in headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"].startswith("no-store")
    assert headers["X-Host"] == "kept"
    assert "unsafe" not in str(headers)


def test_a_login_required_everywhere_does_not_answer_for_us(settings: Any, here: Client) -> None:
    """LoginRequiredMiddleware would send a developer without an account to the login page."""
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "django.contrib.auth.middleware.LoginRequiredMiddleware"]
    assert here.get("/queryscope/s/").status_code == 404
    assert here.get(addresses()["asset"]).status_code == 200


@pytest.fixture(params=["with", "without"])
def hosts_protection(request: pytest.FixtureRequest, settings: Any) -> None:
    """The host has CsrfViewMiddleware, or not."""
    if request.param == "without":
        settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "CsrfViewMiddleware" not in name]


@pytest.mark.usefixtures("hosts_protection")
def test_a_change_without_a_token_is_refused(here: Client) -> None:
    """A form on another site cannot pause the recording."""
    current_store().append([report()])
    assert here.post("/queryscope/recording/", {"action": "pause"}).status_code == 403
    assert current_store().paused_at() is None


@pytest.mark.usefixtures("hosts_protection")
def test_a_change_with_the_token_of_the_page_is_made(here: Client) -> None:
    """Sent as htmx sends it: the token of the page in a header."""
    current_store().append([report()])
    page = here.get("/queryscope/")
    token = page.context["csrf_token"] if page.context else here.cookies["csrftoken"].value
    sent = {"headers": {"x-csrftoken": str(token), "origin": "http://localhost:8000"}}
    assert here.post("/queryscope/recording/", {"action": "pause"}, **sent).status_code < 400
    assert current_store().paused_at() is not None
    foreign = {"headers": {"x-csrftoken": str(token), "origin": "http://evil.com"}}
    assert here.post("/queryscope/recording/", {"action": "resume"}, **foreign).status_code == 403
    assert current_store().paused_at() is not None
    assert here.post("/queryscope/recording/", {"action": "resume"}, **sent).status_code < 400
    assert current_store().paused_at() is None
    assert here.post("/queryscope/recording/", {"action": "stop"}, **sent).status_code == 400
    assert here.get("/queryscope/recording/").status_code == 405


def test_the_refusal_says_what_failed_and_what_to_set() -> None:
    """Each condition with the value seen, and what to write into the settings."""
    client = Client(REMOTE_ADDR=STRANGER, headers={"host": "shop.example.com"})
    text = client.get("/queryscope/s/").content.decode()
    assert text.count('class="why"') == 4
    assert f"You come from {STRANGER}, which is another machine." in text
    assert f"INTERNAL_IPS = [&#x27;{STRANGER}&#x27;]" in text
    assert "QUERYSCOPE = {&quot;ACCESS&quot;" in text
    proxied = Client(headers={"host": "localhost", "x-forwarded-for": "1.1.1.1"}).get("/queryscope/s/")
    assert "it has the header X-Forwarded-For" in proxied.content.decode()


def test_what_a_visitor_sends_is_shown_as_text(here: Client) -> None:
    """A Host header where the host's middleware lets it pass, and a path."""
    request = RequestFactory().get("/queryscope/", headers={"host": "<b>evil.com"})
    text = bytes(guarded(lambda request: HttpResponse("in"))(request)).decode()
    assert "&lt;b&gt;evil.com" in text and "<b>evil" not in text
    text = here.get("/queryscope/assets/0/<script>alert(1)</script>").content.decode()
    assert "&lt;script&gt;alert(1)" in text and "<script>alert" not in text


def test_the_refusal_is_drawn_from_our_own_files_only() -> None:
    """No inline script or style, nothing from elsewhere; and its files are open to the refused."""
    client = Client(REMOTE_ADDR=STRANGER, headers={"host": "localhost"})
    text = client.get("/queryscope/s/").content.decode()
    assert (
        "style=" not in text
        and "<style" not in text
        and "</script><script>" not in text
        and "http://" not in text.replace("http://127.0.0.1 or http://localhost", "")
    )
    for address in [
        part.split('"')[0] for part in text.split(f'"/queryscope/assets/{assets_version()}/')[1:]
    ]:
        assert client.get(f"/queryscope/assets/{assets_version()}/{address}").status_code == 200, address


def test_a_fragment_for_a_stranger_reloads_the_page() -> None:
    """htmx would put a whole page into the list; the browser shall load it instead."""
    response = Client(REMOTE_ADDR=STRANGER, headers={"host": "localhost", "hx-request": "true"}).get(
        "/queryscope/rows/"
    )
    assert (response.status_code, response.headers["HX-Refresh"]) == (403, "true")
    assert response.headers["Content-Type"].startswith("text/plain")


@pytest.mark.django_db
def test_no_page_queries_the_hosts_database(here: Client, django_assert_num_queries: Any) -> None:
    """Neither for those admitted nor for others; also no session and no user."""
    current_store().append([report()])
    with django_assert_num_queries(0):
        for address in addresses().values():
            here.get(address)
            Client(REMOTE_ADDR=STRANGER).get(address)


@pytest.mark.django_db
def test_atomic_requests_open_no_transaction_for_us(
    here: Client, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    """Django would open one on each of the host's databases, for every fragment."""
    monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", True)
    with django_assert_num_queries(0):
        for address in addresses().values():
            here.get(address)
    with CaptureQueriesContext(connections["default"]) as captured:
        here.get("/accounts/login/")
    assert captured.captured_queries, "the host's own pages have theirs"


@pytest.fixture
def token() -> Iterator[str]:
    yield access.issue_token("queryscope_8001", required=True)
    access.revoke_token()


def test_the_link_becomes_a_cookie_and_leaves_the_address(token: str) -> None:
    """HttpOnly, SameSite=Strict, and only for our own prefix."""
    client = Client(REMOTE_ADDR=STRANGER, headers={"host": "dev.example.com:8001"})
    assert client.get("/queryscope/s/").status_code == 403
    response = client.get(f"/queryscope/enter/{token}/")
    assert (response.status_code, response.headers["Location"]) == (302, "/queryscope/")
    cookie = response.cookies["queryscope_8001"]
    assert cookie["httponly"] and cookie["samesite"] == "Strict" and cookie["path"] == "/queryscope/"
    assert not cookie["max-age"] and not cookie["expires"], "it ends with the browser"
    assert token not in cookie.value
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert client.get("/queryscope/s/").status_code == 404
    assert Client(REMOTE_ADDR=STRANGER).get("/queryscope/s/").status_code == 403


def test_a_wrong_link_gets_the_refusal_without_a_cookie(token: str) -> None:
    """It says that each start prints a new one."""
    response = Client(REMOTE_ADDR=STRANGER).get(f"/queryscope/enter/{token[::-1]}/")
    assert response.status_code == 403
    assert not response.cookies
    assert "each start of the server prints a new one" in response.content.decode()
