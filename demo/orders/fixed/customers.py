"""The list of customers without the problem of ``demo.orders.views.customers``."""

from __future__ import annotations

from django.views.generic import ListView

from demo.orders.models import Customer


class CustomerList(ListView):
    """The orders of all rows are prefetched with one query."""

    queryset = Customer.objects.prefetch_related("orders").order_by("-joined_on", "-id")
    paginate_by = 50
    template_name = "orders/customer_list.html"
