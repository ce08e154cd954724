"""A proxy between a worker and its server: it counts what the worker sends, and strikes.

It strikes BEFORE the k-th send goes on (the server never gets it), or AFTER it (the server has
carried it out, and its answer is withheld). What a strike does is the caller's: a kill, a signal,
a restart of the server.
"""

import selectors
import socket
import threading
import time
from collections.abc import Callable

from tools.engines.sends import Commands
from tools.engines.watch import Link, Reader, Watch


class Proxy(threading.Thread):
    """Listens on `port`, and passes everything on to `server_port`, both of 127.0.0.1."""

    def __init__(self, server_port: int, reader: Callable[[], Reader] = Commands):
        super().__init__(daemon=True)
        self.server_port, self._reader = server_port, reader
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self.listener.getsockname()[1]
        self._selector = selectors.DefaultSelector()
        self._selector.register(self.listener, selectors.EVENT_READ)
        self._lock = threading.RLock()
        self._links: set[Link] = set()
        self._wake, wake = socket.socketpair()
        self._selector.register(wake, selectors.EVENT_READ)
        self.watch = Watch()
        self._open = True
        self.start()

    def begin(self, watch: Watch | None = None) -> Watch:
        """End all connections, and watch a new worker from here on."""
        with self._lock:
            for link in list(self._links):
                self._drop(link)
            self.watch = watch or Watch()
            return self.watch

    def close(self) -> None:
        """End all connections, and the thread."""
        self._open = False
        self._wake.close()
        self.join()
        self.begin()
        self.listener.close()
        self._selector.close()

    def run(self) -> None:
        while self._open:
            for key, _ in self._selector.select():
                if key.fileobj is self.listener:
                    self._accept()
                elif key.data:
                    with self._lock:
                        self._pass_on(*key.data)

    def _accept(self) -> None:
        client, _ = self.listener.accept()
        try:
            server = socket.create_connection(("127.0.0.1", self.server_port))
        except OSError:  # it is being restarted
            return client.close()
        link = Link(client, server, self._reader())
        with self._lock:
            self._links.add(link)
            for sock, from_client in ((client, True), (server, False)):
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._selector.register(sock, selectors.EVENT_READ, (link, from_client))

    def _drop(self, link: Link) -> None:
        self._links.discard(link)
        for sock in (link.client, link.server):
            self._selector.unregister(sock)
            sock.close()

    def _pass_on(self, link: Link, from_client: bool) -> None:
        if link not in self._links:
            return
        source, to = (link.client, link.server) if from_client else (link.server, link.client)
        try:
            if data := source.recv(1 << 18):
                self._watch_send(link, data) if from_client else self._watch_answer(link)
                if link in self._links:
                    to.sendall(data)
                return
        except OSError:  # the other side has just closed it
            pass
        if link in self._links:
            self._drop(link)

    def _watch_send(self, link: Link, data: bytes) -> None:
        """Count what a client has written; strike before it, or note that its answer is awaited."""
        watch = self.watch
        said = link.reader.read(data)
        if not said:
            return
        counts, works = watch.tally.take(said, watch.size())
        if works:
            watch.last = time.monotonic()
        if counts and len(watch.tally.sends) == watch.at:
            if watch.after:
                watch.waiting = link
            else:
                self._strike()

    def _watch_answer(self, link: Link) -> None:
        if self.watch.waiting is link:
            self.watch.waiting = None
            self._strike()

    def _strike(self) -> None:
        watch = self.watch
        watch.striking = True
        ended = watch.strike()
        watch.striking = False
        watch.struck = watch.last = time.monotonic()
        if ended:
            self.begin(watch)
