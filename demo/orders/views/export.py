"""The order lines as a streaming CSV file; plants an n-plus-one in the generator."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import HttpRequest, StreamingHttpResponse

from demo.orders.csv_rows import csv_lines
from demo.orders.models import OrderLine


def lines_csv(request: HttpRequest) -> StreamingHttpResponse:
    """n-plus-one: each row of the file reads its book, after the view has returned."""
    return StreamingHttpResponse(csv_lines(_rows()), content_type="text/csv; charset=utf-8")


def _rows() -> Iterator[tuple[object, ...]]:
    yield ("order", "title", "quantity", "unit price")
    for line in OrderLine.objects.order_by("-id")[:200].iterator(chunk_size=100):
        yield (line.order_id, line.book.title, line.quantity, line.unit_price)
