"""Joins a room of Parley, connects with every peer in it, and exchanges a megabyte with each over a data channel."""

import argparse
import asyncio
import contextlib
import signal
import sys

import grpc

from contract import SignalingServiceStub, pb
from links import Links
from session import Session

# How long a Leave may take, in seconds.
LEAVE_TIMEOUT = 2


async def run(options: argparse.Namespace) -> None:
    # A service beyond this machine wants grpc.aio.secure_channel instead.
    async with grpc.aio.insecure_channel(options.server) as channel:
        join = pb.Join(room=options.room, metadata={"runtime": "python"})
        if options.peer:
            join.peer_id = options.peer
        links = Links()
        session = links.session = Session(SignalingServiceStub(channel), join, links.take)
        running = asyncio.ensure_future(session.run())
        handling = asyncio.ensure_future(links.run())

        def stop() -> None:
            session.send(pb.SignalRequest(leave=pb.Leave()))
            loop.call_later(LEAVE_TIMEOUT, running.cancel)

        loop = asyncio.get_running_loop()
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, stop)
        with contextlib.suppress(asyncio.CancelledError):
            await running
        handling.cancel()
        await links.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", default="127.0.0.1:8080", help="host and port of the service")
    parser.add_argument("--room", default="demo", help="room to join")
    parser.add_argument("--peer", help="name in the room (default: the server makes one)")
    # Each line at once, also into a file or a pipe.
    sys.stdout.reconfigure(line_buffering=True)
    try:
        asyncio.run(run(parser.parse_args()))
    except grpc.aio.AioRpcError as error:
        print(f"parley: {error.details()}", file=sys.stderr)
        return 1
    print("left")
    return 0


if __name__ == "__main__":
    sys.exit(main())
