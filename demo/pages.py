"""The map of the bookshop: every page with the one problem it plants; addresses, start page and tests read this list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby


@dataclass(frozen=True)
class Page:
    """One page that plants one problem, and its corrected twin under ``/fixed/``."""

    area: str
    route: str
    """As ``path()`` takes it, without a leading slash."""
    view: str
    """``app.module.function``: the planted one lies in ``app/views/``, the corrected one in ``app/fixed/``."""
    rule: str
    title: str
    planted: str
    """One sentence: what goes wrong, and where."""
    query: str = ""
    example: str = ""
    """A slug where the route takes one."""
    method: str = "GET"
    data: Mapping[str, str] = field(default_factory=dict)
    staff: bool = False
    shows: str = "html"
    databases: str = "sqlite postgresql mysql"
    """Where the problem can be seen; SQLite has no row estimates."""

    @property
    def url(self) -> str:
        return self._address("/")

    @property
    def fixed_url(self) -> str:
        return self._address("/fixed/")

    def _address(self, prefix: str) -> str:
        path = self.route.replace("<slug:slug>", self.example)
        return f"{prefix}{path}?{self.query}" if self.query else f"{prefix}{path}"


PAGES: tuple[Page, ...] = (
    Page(
        "Books",
        "books/",
        "catalog.books.book_list",
        "n-plus-one",
        "Books of a genre",
        "The row template reads book.author, which runs one query for each of the 100 books.",
        query="genre=fantasy",
    ),
    Page(
        "Books",
        "books/origins/",
        "catalog.books.origins",
        "n-plus-one",
        "Where our authors come from",
        "The author is joined, but the template goes on to author.country and loads it book by book.",
    ),
    Page(
        "Books",
        "books/labels/",
        "catalog.books.labels",
        "n-plus-one",
        "Books and their genres",
        "The many-to-many genres are read inside the loop, once per book.",
    ),
    Page(
        "Books",
        "books/prices/",
        "catalog.books.prices",
        "n-plus-one",
        "Price list",
        "only() leaves the price out, so each row goes back to the database for it.",
    ),
    Page(
        "Books",
        "books/reading-list/",
        "catalog.books.reading_list",
        "get-in-loop",
        "The staff's reading list",
        "The view calls get() for one slug after the other.",
    ),
    Page(
        "Books",
        "books/spotlight/",
        "catalog.books.spotlight",
        "get-in-loop",
        "Authors in the spotlight",
        "An async view awaits aget() for the author of each book.",
    ),
    Page(
        "Books",
        "books/titles/",
        "catalog.books.titles",
        "unused-columns",
        "All titles",
        "Descriptions and sample chapters of 200 books are fetched, and only the titles are shown.",
    ),
    Page(
        "Books",
        "books/new/",
        "catalog.books.new",
        "unused-eager-load",
        "New arrivals",
        "The genres of all new books are prefetched, and nothing reads them.",
    ),
    Page(
        "Books",
        "books/window/",
        "catalog.books.window",
        "evaluated-twice",
        "In the shop window",
        "One queryset is run by iterator() for the sum, then again for the list.",
    ),
    Page(
        "Books",
        "books/forthcoming/",
        "catalog.books.forthcoming",
        "count-then-load",
        "Forthcoming",
        "The view asks how many rows there are, then loads them all; the second answer holds the first.",
    ),
    Page(
        "Books",
        "books/bestsellers/",
        "catalog.books.bestsellers",
        "raw-sql",
        "Most viewed",
        "Raw SQL says what the ORM can express.",
    ),
    Page(
        "Books",
        "books/ranking/",
        "catalog.books.ranking",
        "slow-query",
        "The ranking",
        "A correlated subquery counts the better placed books once per book to find each rank.",
    ),
    Page(
        "Books",
        "books/of-the-month/",
        "catalog.books.of_the_month",
        "repeated-across-requests",
        "Books of the month",
        "Every request asks the same question and gets the same answer, which changes once a month.",
    ),
    Page(
        "Books",
        "books/publishers/",
        "catalog.stock.publishers",
        "duplicate-query",
        "Edit publishers",
        "Each form of the form set runs the query of its choice field again.",
    ),
    Page(
        "Books",
        "books/stock/",
        "catalog.stock.stock",
        "write-in-loop",
        "Stock count",
        "Marking a shelf as counted saves its books one by one.",
        method="POST",
        data={"counted_on": "2026-03-02"},
    ),
    Page(
        "People",
        "authors/",
        "catalog.people.AuthorList",
        "count-in-loop",
        "Authors",
        "The template counts the books of each author with a query of its own.",
    ),
    Page(
        "People",
        "publishers/",
        "catalog.people.PublisherList",
        "unordered-result",
        "Publishers",
        "The list is cut into pages without an order, so a row may come twice or never.",
    ),
    Page(
        "People",
        "customers/",
        "orders.customers.CustomerList",
        "n-plus-one",
        "Customers",
        "The template reads the orders of each customer, a reverse foreign key, row by row.",
    ),
    Page(
        "Reviews",
        "reviews/five-stars/",
        "catalog.reviews.five_stars",
        "prefetch-defeated",
        "Five stars",
        "Reviews are prefetched, but filter() in the loop ignores them and asks again.",
    ),
    Page(
        "Reviews",
        "reviews/by-reader/",
        "catalog.reviews.by_reader",
        "missing-index",
        "Reviews of one reader",
        "The filter is on the reader's name, which has no index, so 30,000 reviews are read for a few.",
        query="reader=Mira+Okafor",
    ),
    Page(
        "Reviews",
        "reviews/day/",
        "catalog.reviews.day",
        "full-scan",
        "Reviews of one day",
        "created_at__date wraps the column in a function, so its index cannot be used.",
        query="day=2026-02-14",
    ),
    Page(
        "Reviews",
        "reviews/summary/",
        "catalog.reviews.summary",
        "large-result",
        "Stars in total",
        "All 30,000 rows travel to Python to be counted there.",
    ),
    Page(
        "Reviews",
        "reviews/any/",
        "catalog.reviews.any_reviews",
        "truth-by-load",
        "Has it been reviewed?",
        "Whole reviews are loaded to learn whether there is one.",
        query="book=the-lantern-keeper",
    ),
    Page(
        "Orders",
        "orders/",
        "orders.orders.order_list",
        "n-plus-one",
        "Latest orders",
        "The model's method total() reads the lines of its order, and the template calls it in a loop.",
    ),
    Page(
        "Orders",
        "orders/lines/",
        "orders.orders.line_list",
        "query-everywhere",
        "Latest order lines",
        "The model's __str__ reads another table, so printing a line runs a query.",
    ),
    Page(
        "Orders",
        "orders/abroad/",
        "orders.orders.abroad",
        "misestimate",
        "Orders to one country",
        "Country and currency go together, the planner multiplies their shares and expects far too few rows.",
        query="country=IS",
        databases="postgresql mysql",
    ),
    Page(
        "Orders",
        "orders/export.csv",
        "orders.export.lines_csv",
        "n-plus-one",
        "Order lines as CSV",
        "The generator behind the streaming response reads the book of each line while it streams.",
        shows="csv",
    ),
    Page(
        "Orders",
        "cart/",
        "orders.cart.cart",
        "duplicate-query",
        "Cart",
        "The visitor's cart is a property, so reading it three times reads the same row three times.",
    ),
    Page(
        "Orders",
        "checkout/",
        "orders.cart.checkout",
        "long-transaction",
        "Checkout",
        "The payment provider is asked inside the transaction, which stays open for that long.",
        method="POST",
    ),
    Page(
        "Shop",
        "about/",
        "orders.about.about",
        "query-everywhere",
        "About the shop",
        "A context processor asks the database for the cart's badge on every page that renders.",
    ),
    Page(
        "Blog",
        "blog/",
        "blog.posts.PostList",
        "n-plus-one",
        "Blog",
        "The comments of each post, a generic relation, are read inside the loop.",
    ),
    Page(
        "Blog",
        "blog/comments/",
        "blog.posts.latest_comments",
        "n-plus-one",
        "Latest comments",
        "What each comment is about, a generic foreign key, is loaded comment by comment.",
    ),
    Page(
        "Blog",
        "blog/<slug:slug>/",
        "blog.posts.post_detail",
        "query-in-template",
        "One post",
        "A template tag in the side column runs a query that the view does not know of.",
        example="reading-by-lamplight",
    ),
    Page(
        "API and admin",
        "api/books/",
        "catalog.api.BookList",
        "n-plus-one",
        "Books as JSON",
        "The nested serializer of Django REST framework reads the publisher of each book.",
        query="format=json",
        shows="json",
    ),
    Page(
        "API and admin",
        "admin/catalog/book/",
        "",
        "n-plus-one",
        "Books in the admin",
        "A column of the change list reads the publisher's city, row by row.",
        staff=True,
    ),
)

BY_ROUTE: Mapping[str, Page] = {page.route: page for page in PAGES}


def areas() -> Iterator[tuple[str, list[Page]]]:
    """Yield each area with its pages, in the order of the list."""
    for area, pages in groupby(PAGES, key=lambda page: page.area):
        yield area, list(pages)
