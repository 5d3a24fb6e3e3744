"""Where the link that ``serve`` prints leads: the token becomes a cookie and leaves the address."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import reverse

from queryscope.dashboard import access
from queryscope.dashboard.denied import denied


def enter(request: HttpRequest, token: str) -> HttpResponse:
    """Exchange the right token for the cookie and lead to the live page; 403 for any other, 405 for any method but GET."""
    if request.method != "GET":
        # Django's decorator for this would write the address, and with it the token, into the log.
        return HttpResponseNotAllowed(["GET"])
    cookie = access.exchange(token)
    if cookie is None:
        return denied(
            request,
            access.decide(request),
            reason="This link is not valid, or not any more: each start of the server prints a new one.",
        )
    home = reverse("queryscope:live")
    response = redirect(home)
    name, value = cookie
    response.set_cookie(name, value, path=home, httponly=True, samesite="Strict", secure=request.is_secure())
    return response
