"""A peer over the library websockets: answers the first offer, and shows how the service ends a stream."""

import asyncio
import json
import os

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

ADDRESS = os.environ["PARLEY"].replace("http", "ws", 1) + "/v1/signal"
FRAGMENTS = 10


def open_socket():
    return connect(ADDRESS, subprotocols=["parley.v1.json"], max_size=2**20)


async def main():
    async with open_socket() as socket:
        print("subprotocol", socket.subprotocol)
        await send(socket, {"join": {"room": "clients", "peerId": "guest"}})
        pong = None
        try:
            while True:
                received = await receive(socket)
                if "welcome" in received:
                    print("welcome")
                elif "offer" in received:
                    print("offer from", received["sender"])
                    await answer(socket, received)
                    pong = await socket.ping()
                elif "bye" in received:
                    await pong
                    print("pong")
                    await send(socket, {"seq": 2, "leave": {}})
        except ConnectionClosed as closed:
            print("closed", describe(closed))
    async with open_socket() as refused:
        await send(refused, {"join": {"room": ""}})
        try:
            await receive(refused)
        except ConnectionClosed as closed:
            print("refused", describe(closed))


async def send(socket, value):
    await socket.send(json.dumps(value))


async def answer(socket, offer):
    """One message, in several fragments."""
    sdp = "v=0\r\na=fingerprint:sha-256 00\r\ns=" + "é" * 20000 + "\r\n"
    text = json.dumps({"seq": 1, "to": offer["sender"], "answer": {"sdp": sdp}}, ensure_ascii=False)
    size = len(text) // FRAGMENTS + 1
    await socket.send([text[at : at + size] for at in range(0, len(text), size)])


async def receive(socket):
    received = json.loads(await socket.recv())
    return await receive(socket) if "closed" in received else received


def describe(closed):
    return f"{closed.rcvd.code} {closed.rcvd.reason}".strip()


asyncio.run(main())
