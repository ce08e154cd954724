"""A port for a server of our own."""

import socket


def free_port() -> int:
    """Return the number of a port of this machine that nothing listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return found.getsockname()[1]
