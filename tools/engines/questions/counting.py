"""A proxy that counts round trips: each time that a client speaks after the server has answered."""

import re
import selectors
import socket
import threading
import time
from typing import NamedTuple

from tools.engines.sends import GREETING

FIRST = re.compile(rb"\*\d+\r\n\$\d+\r\n(\w+)\r\n")  # the first command that a Redis client sends
SIZE = 1 << 18  # bytes that are read at once


class Trip(NamedTuple):
    """A round trip: when it began, in seconds of `time.monotonic()`, and its first command."""

    at: float
    command: str


class Counter:
    """A proxy in front of a server on this machine, in a thread of its own.

    `port` is where it listens, and `trips` holds the round trips of all clients. The greetings of
    a Redis client (HELLO and the like) do not count, nor does INFO. Leave its `with` block to
    close it.
    """

    def __init__(self, server: int) -> None:
        self._server = server
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]
        self.trips: list[Trip] = []
        self._select = selectors.DefaultSelector()
        self._select.register(self._listener, selectors.EVENT_READ)
        self._other: dict[socket.socket, socket.socket] = {}
        self._asks: dict[socket.socket, bool] = {}  # a client's socket: it waits for an answer
        self._open = True
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Counter":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._open = False
        self._thread.join()
        for one in (*self._other, self._listener, self._select):
            one.close()

    def _run(self) -> None:
        while self._open:
            for key, _ in self._select.select(timeout=0.1):
                if key.fileobj is self._listener:
                    self._accept()
                elif key.fileobj in self._other:
                    self._pass_on(key.fileobj)

    def _accept(self) -> None:
        client, _ = self._listener.accept()
        server = socket.create_connection(("127.0.0.1", self._server))
        self._asks[client] = False
        for one, other in ((client, server), (server, client)):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._other[one] = other
            self._select.register(one, selectors.EVENT_READ)

    def _pass_on(self, one: socket.socket) -> None:
        other = self._other[one]
        try:
            data = one.recv(SIZE)
            if one in self._asks:
                self._count(one, data)
            else:
                self._asks[other] = False
            if data:
                other.sendall(data)
                return
        except ConnectionError:
            pass  # a killed worker's connection: it is closed below, like one that has ended
        for end in (one, other):
            self._select.unregister(end)
            self._asks.pop(end, None)
            del self._other[end]
            end.close()

    def _count(self, client: socket.socket, data: bytes) -> None:
        if data and not self._asks[client]:
            self._asks[client] = True
            first = FIRST.match(data)
            command = first[1].decode().upper() if first else "?"
            if not GREETING.match(command) and command != "INFO":
                self.trips.append(Trip(time.monotonic(), command))
