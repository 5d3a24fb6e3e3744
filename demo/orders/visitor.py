"""Who is shopping: the cart cookie of a visitor, no session needed."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse

COOKIE = "lantern_cart"
SAMPLE_CART = "window-shopper"
"""Token of the seeded cart that a visitor without one looks at."""


@dataclass(frozen=True)
class CartCookie:
    """The cart's token and how many copies lie in it; the text form is ``token.copies``."""

    token: str = ""
    copies: int = 0

    def write(self, response: HttpResponse) -> None:
        """Put this cookie on ``response``."""
        response.set_cookie(COOKIE, f"{self.token}.{self.copies}", httponly=True, samesite="Lax")


def cart_cookie(request: HttpRequest) -> CartCookie:
    """Return the visitor's cart cookie, an empty one where there is none or somebody bent it."""
    token, _, copies = request.COOKIES.get(COOKIE, "").partition(".")
    if not token.isalnum() or not copies.isdecimal():
        return CartCookie()
    return CartCookie(token[:32], min(int(copies[:6]), 9999))


def cart_token(request: HttpRequest) -> str:
    """Return the token of the visitor's cart, or of the sample cart."""
    return cart_cookie(request).token or SAMPLE_CART
