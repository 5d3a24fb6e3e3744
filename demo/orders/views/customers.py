"""The list of customers; plants an n-plus-one on a reverse foreign key."""

from __future__ import annotations

from django.views.generic import ListView

from demo.orders.models import Customer


class CustomerList(ListView):
    """n-plus-one: the template reads ``customer.orders.all`` of every row."""

    queryset = Customer.objects.order_by("-joined_on", "-id")
    paginate_by = 50
    template_name = "orders/customer_list.html"
