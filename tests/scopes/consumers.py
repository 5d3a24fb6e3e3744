"""Consumers of every sort that Channels has, each asking the bookshop's database."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from asgiref.sync import sync_to_async
from channels.consumer import AsyncConsumer, SyncConsumer
from channels.generic.http import AsyncHttpConsumer
from channels.generic.websocket import (
    AsyncJsonWebsocketConsumer,
    AsyncWebsocketConsumer,
    JsonWebsocketConsumer,
    WebsocketConsumer,
)
from django.db import connection

from demo.catalog.models import Country


def select(mark: str) -> None:
    """Run a statement that can be told from all others."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s", [mark])


class Sent(list[Any]):
    """What a consumer sent that no server stands behind."""

    async def append_later(self, message: Any) -> None:
        self.append(message)


class Chat(WebsocketConsumer):
    """Answers with the number of countries; raises where it is told to."""

    def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if text_data == "break":
            raise ValueError("broken")
        self.send(text_data=str(Country.objects.count()))


class AsyncChat(AsyncWebsocketConsumer):
    """Asks as many times as it is told to."""

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        for _ in range(int(text_data or "1")):
            await Country.objects.acount()
            await asyncio.sleep(0)
        await self.send(text_data="done")

    async def chat_message(self, message: dict[str, Any]) -> None:
        """Comes by the channel layer."""
        await self.send(text_data=str(await Country.objects.acount()))


class Json(JsonWebsocketConsumer):
    def receive_json(self, content: Any, **kwargs: Any) -> None:
        self.send_json({"count": Country.objects.count()})


class AsyncJson(AsyncJsonWebsocketConsumer):
    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        await self.send_json({"count": await Country.objects.acount()})


class Page(AsyncHttpConsumer):
    async def handle(self, body: bytes) -> None:
        await self.send_response(200, b"%d" % await Country.objects.acount())


class Worker(SyncConsumer):
    """Has no path: it is reached by a channel's name."""

    def resize(self, message: dict[str, Any]) -> None:
        Country.objects.count()
        self.send({"type": "resized"})


class Ticker(AsyncConsumer):
    """Its first handler never ends by itself."""

    async def websocket_connect(self, message: dict[str, Any]) -> None:
        await self.send({"type": "websocket.accept"})
        number = 0
        while True:
            number += 1
            await Country.objects.acount()
            await self.send({"type": "websocket.send", "text": str(number)})
            await asyncio.sleep(0.01)


class Marks(AsyncWebsocketConsumer):
    """Runs statements that say whose they are, and lets others run in between."""

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        for _ in range(5):
            await sync_to_async(select)(text_data or "")
            await asyncio.sleep(0.001)
        await self.send(text_data="done")


class SyncMarks(WebsocketConsumer):
    """The same in a thread."""

    def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        for _ in range(5):
            select(text_data or "")
            time.sleep(0.001)
        self.send(text_data="done")
