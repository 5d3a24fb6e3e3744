"""Who buys: customers, their orders line by line, and the carts of visitors."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.utils import timezone


class Customer(models.Model):
    name = models.CharField(max_length=120)
    email = models.EmailField(unique=True)
    city = models.CharField(max_length=60)
    joined_on = models.DateField()

    class Meta:
        indexes = [models.Index(fields=["-joined_on", "-id"], name="customer_newest")]

    def __str__(self) -> str:
        return self.name


class Order(models.Model):
    class Status(models.TextChoices):
        PAID = "paid"
        SENT = "sent"
        RETURNED = "returned"

    number = models.CharField(max_length=12, unique=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="orders", null=True)
    placed_at = models.DateTimeField()
    status = models.CharField(max_length=8, choices=Status, default=Status.PAID)
    ship_to = models.CharField("country", max_length=2, db_index=True)
    currency = models.CharField(max_length=3)

    class Meta:
        indexes = [models.Index(fields=["-placed_at", "-id"], name="order_newest")]

    def __str__(self) -> str:
        return self.number

    def total(self) -> Decimal:
        """Return the sum over the lines in the order's currency; reads the lines."""
        return sum((line.amount for line in self.lines.all()), Decimal(0))


class OrderLine(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    book = models.ForeignKey("catalog.Book", on_delete=models.PROTECT, related_name="order_lines")
    quantity = models.PositiveSmallIntegerField()
    unit_price = models.DecimalField(max_digits=6, decimal_places=2)

    def __str__(self) -> str:
        return f"{self.quantity} × {self.book.title}"

    @property
    def amount(self) -> Decimal:
        return self.quantity * self.unit_price


class Cart(models.Model):
    token = models.CharField(max_length=32, unique=True)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.token


class CartLine(models.Model):
    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="lines")
    book = models.ForeignKey("catalog.Book", on_delete=models.CASCADE, related_name="cart_lines")
    quantity = models.PositiveSmallIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["cart", "book"], name="cart_line_once")]

    def __str__(self) -> str:
        return f"{self.quantity} in cart {self.cart_id}"

    @property
    def amount(self) -> Decimal:
        return self.quantity * self.book.price
