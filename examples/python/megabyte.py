"""Sends a megabyte and its SHA-256 over a channel, and reports whether the one that comes is intact."""

import hashlib
import secrets

from aiortc import RTCDataChannel

CHUNKS, CHUNK_BYTES = 64, 16 * 1024


def exchange_megabyte(channel: RTCDataChannel, peer: str) -> None:
    received, count = hashlib.sha256(), 0

    def send() -> None:
        sent = hashlib.sha256()
        for _ in range(CHUNKS):
            chunk = secrets.token_bytes(CHUNK_BYTES)
            sent.update(chunk)
            channel.send(chunk)
        channel.send(sent.hexdigest())

    def take(message: bytes | str) -> None:
        nonlocal count
        if isinstance(message, bytes):
            received.update(message)
            count += len(message)
        else:
            state = "intact" if message == received.hexdigest() else "damaged"
            print(f"received {count} bytes from {peer}: {state}")

    channel.on("message", take)
    if channel.readyState == "open":
        send()
    else:
        channel.on("open", send)
