"""A WebSocket client of a few lines, which can say what a browser never would: any Origin, any Host."""

from __future__ import annotations

import base64
import json
import os
import socket
import struct
from typing import Any


class Wire:
    """A connection to a real server. ``status`` is the HTTP status of the handshake; 101 means open."""

    def __init__(self, port: int, path: str, headers: dict[str, str], timeout_seconds: float = 10) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout_seconds)
        self._buffer = b""
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            f"GET {path} HTTP/1.1",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}",
            "Sec-WebSocket-Version: 13",
            *(f"{name}: {value}" for name, value in headers.items()),
        ]
        self._socket.sendall("\r\n".join([*lines, "", ""]).encode())
        while b"\r\n\r\n" not in self._buffer:
            self._fill()
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        self.status = int(head.split()[1])

    def say(self, value: Any) -> None:
        """Send a value as JSON."""
        data, mask = json.dumps(value).encode(), os.urandom(4)
        assert len(data) < 126
        masked = bytes(byte ^ mask[n % 4] for n, byte in enumerate(data))
        self._socket.sendall(bytes([0x81, 0x80 | len(data)]) + mask + masked)

    def hear(self) -> str | int:
        """Return the next text, or the code with which the server closed."""
        while True:
            first, second = self._take(2)
            length = second & 0x7F
            if length == 126:
                (length,) = struct.unpack(">H", self._take(2))
            elif length == 127:
                (length,) = struct.unpack(">Q", self._take(8))
            data = self._take(length)
            if first & 0x0F == 0x1:
                return data.decode()
            if first & 0x0F == 0x8:
                return int(struct.unpack(">H", data[:2])[0]) if data else 1005

    def close(self) -> None:
        """Go away without a word."""
        self._socket.close()

    def _take(self, number: int) -> bytes:
        while len(self._buffer) < number:
            self._fill()
        taken, self._buffer = self._buffer[:number], self._buffer[number:]
        return taken

    def _fill(self) -> None:
        data = self._socket.recv(65536)
        if not data:
            raise ConnectionError("the server went away")
        self._buffer += data
