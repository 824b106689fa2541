"""What a client meets at a listening socket of this machine, as if a network lay between."""

import ctypes
import socket
import struct
import sys
from contextlib import suppress
from typing import Final

# Linux's numbers; Python has no names for them.
_SO_ATTACH_FILTER: Final = 26
_SO_DETACH_FILTER: Final = 27
# One instruction of classic BPF: return 0 bytes, which is to drop the packet.
_DROP_ALL: Final = struct.pack("HBBI", 0x06, 0, 0, 0)

_PAGE: Final = (
    b"<html><head><title>ERROR: Access Denied</title></head>"
    b"<body><h1>Access Denied.</h1><p>proxy.example.internal</p></body></html>\n"
)
_FORBIDDEN: Final = (
    b"HTTP/1.1 403 Forbidden\r\nServer: squid/6.10\r\nVia: 1.1 proxy.example.internal (squid/6.10)\r\n"
    b"Content-Type: text/html\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"
) % (len(_PAGE), _PAGE)


def drop(listener: socket.socket) -> bool:
    """Has the system drop every packet that would open a connection. False where the system knows no such filter."""
    if sys.platform != "linux":
        return False
    code = ctypes.create_string_buffer(_DROP_ALL)
    try:
        listener.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HL", 1, ctypes.addressof(code)))
    except OSError:
        return False
    return True


def admit(listener: socket.socket) -> None:
    """Lets connections in again."""
    if sys.platform == "linux":
        with suppress(OSError):  # there was no filter
            listener.setsockopt(socket.SOL_SOCKET, _SO_DETACH_FILTER, 0)


def keep_silent(connection: socket.socket) -> None:
    """Answers nothing until the client goes away."""
    with suppress(OSError):
        while connection.recv(4096):
            pass


def answer_as_proxy(connection: socket.socket) -> None:
    """Answers whatever is said first in clear text, as a proxy does that forbids the address."""
    with suppress(OSError):
        connection.recv(4096)
        connection.sendall(_FORBIDDEN)
        connection.shutdown(socket.SHUT_WR)
    keep_silent(connection)
