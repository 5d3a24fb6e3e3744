"""The countries the shop knows, each with the currency in which it pays."""

from __future__ import annotations

COUNTRIES: tuple[tuple[str, str, str], ...] = (
    ("AR", "Argentina", "ARS"),
    ("AU", "Australia", "AUD"),
    ("BR", "Brazil", "BRL"),
    ("CA", "Canada", "CAD"),
    ("CH", "Switzerland", "CHF"),
    ("CL", "Chile", "CLP"),
    ("CO", "Colombia", "COP"),
    ("CZ", "Czechia", "CZK"),
    ("DK", "Denmark", "DKK"),
    ("EG", "Egypt", "EGP"),
    ("GB", "United Kingdom", "GBP"),
    ("GH", "Ghana", "GHS"),
    ("HU", "Hungary", "HUF"),
    ("ID", "Indonesia", "IDR"),
    ("IE", "Ireland", "EUR"),
    ("IN", "India", "INR"),
    ("IS", "Iceland", "ISK"),
    ("JP", "Japan", "JPY"),
    ("KE", "Kenya", "KES"),
    ("KR", "South Korea", "KRW"),
    ("MA", "Morocco", "MAD"),
    ("MX", "Mexico", "MXN"),
    ("NG", "Nigeria", "NGN"),
    ("NO", "Norway", "NOK"),
    ("NZ", "New Zealand", "NZD"),
    ("PE", "Peru", "PEN"),
    ("PH", "Philippines", "PHP"),
    ("PL", "Poland", "PLN"),
    ("RO", "Romania", "RON"),
    ("SE", "Sweden", "SEK"),
    ("TH", "Thailand", "THB"),
    ("TR", "Türkiye", "TRY"),
    ("UA", "Ukraine", "UAH"),
    ("UY", "Uruguay", "UYU"),
    ("VN", "Vietnam", "VND"),
    ("ZA", "South Africa", "ZAR"),
)


def currency_of(country: str) -> str:
    """Return the currency of a country's two letters, an empty text where the shop does not know it."""
    return next((currency for code, _, currency in COUNTRIES if code == country), "")
