"""A peer of Parley over TCP, with Python's standard library alone: it joins a room, sends an offer to each peer that it
meets, prints the answers, and leaves after the last one.

    python3 caller.py HOST PORT ROOM PEER [ANSWERS]
"""

import socket
import sys
from collections.abc import Iterator

# Fields of SignalRequest and SignalResponse, from proto/parley/v1/signaling.proto.
SEQ, ACK, PEER, NEGOTIATION, PEER_SESSION = 1, 2, 3, 4, 5
OFFER, ANSWER, JOIN, LEAVE, HEARTBEAT = 10, 11, 20, 22, 23
WELCOME, PEER_JOINED, REJECTED, CLOSED = 30, 31, 33, 37

SDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=caller\r\nt=0 0\r\n"


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def field(number: int, value: int | str | bytes) -> bytes:
    """One field: a number as a varint, text and bytes behind their length."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def take_varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def fields(data: bytes) -> dict[int, int | bytes]:
    """The last value of each field. The contract has only varints, and fields with a length."""
    found: dict[int, int | bytes] = {}
    at = 0
    while at < len(data):
        tag, at = take_varint(data, at)
        value, at = take_varint(data, at)
        if tag & 7 == 2:
            found[tag >> 3] = data[at : at + value]
            at += value
        else:
            found[tag >> 3] = value
    return found


class Connection:
    """A TCP connection that carries messages, each behind its length."""

    def __init__(self, host: str, port: int) -> None:
        self._socket = socket.create_connection((host, port), timeout=40)
        self._stream = self._socket.makefile("rb")
        self._socket.sendall(b"\0parley1")

    def send(self, message: bytes) -> None:
        self._socket.sendall(varint(len(message)) + message)

    def messages(self) -> Iterator[bytes]:
        """The messages, until the server ends the connection."""
        while first := self._stream.read(1):
            head = first
            while head[-1] > 0x7F:
                head += self._stream.read(1)
            yield self._stream.read(take_varint(head, 0)[0])


def main() -> None:
    host, port, room, name = sys.argv[1:5]
    answers = int(sys.argv[5]) if len(sys.argv) > 5 else 1
    connection = Connection(host, int(port))
    connection.send(field(JOIN, field(1, room) + field(2, name)))
    seq = 0

    def send(body: bytes, to: bytes = b"") -> None:
        nonlocal seq
        seq += 1
        connection.send(field(SEQ, seq) + field(PEER, to) + body)

    def offer(peer: bytes) -> None:
        send(field(OFFER, field(1, SDP)), bytes(fields(peer)[1]))

    for message in connection.messages():
        response = fields(message)
        if WELCOME in response:
            print(f"joined as {name}", flush=True)
            others = fields(bytes(response[WELCOME])).get(3)
            if others is not None:
                offer(bytes(others))
        elif PEER_JOINED in response:
            offer(bytes(fields(bytes(response[PEER_JOINED]))[1]))
        elif ANSWER in response:
            print(f"answer from {bytes(response[PEER]).decode()}", flush=True)
            answers -= 1
            if answers == 0:
                send(field(LEAVE, b""))
        elif REJECTED in response:
            sys.exit(f"rejected: {bytes(fields(bytes(response[REJECTED]))[3]).decode()}")
        elif CLOSED in response:
            closed = fields(bytes(response[CLOSED]))
            print(f"closed: {bytes(closed.get(3, b'')).decode()}", flush=True)
            sys.exit(1 if closed.get(1, 0) else 0)
        # Acknowledges, and shows that this client is alive.
        connection.send(field(ACK, int(response.get(SEQ, 0))) + field(HEARTBEAT, b""))


main()
