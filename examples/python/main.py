"""Joins a room of Parley and swaps an offer, an answer and candidates with every peer in it."""

import argparse
import asyncio
import contextlib
import signal
import sys

import grpc

from contract import SignalingServiceStub, pb
from session import Session, SessionError
from swap import Swaps

# How long a Leave may take when the program is asked to stop, in seconds.
LEAVE_TIMEOUT = 2


async def run(options: argparse.Namespace) -> None:
    # A service beyond this machine wants grpc.aio.secure_channel instead.
    async with grpc.aio.insecure_channel(options.server) as channel:
        join = pb.Join(room=options.room, metadata={"runtime": "python"})
        if options.peer:
            join.peer_id = options.peer
        session = Session(SignalingServiceStub(channel), join)
        swaps = Swaps(session, on_complete=session.leave if options.once else lambda: None)
        running = asyncio.ensure_future(session.run(swaps.take))

        def stop() -> None:
            session.leave()
            loop.call_later(LEAVE_TIMEOUT, running.cancel)

        loop = asyncio.get_running_loop()
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, stop)
        with contextlib.suppress(asyncio.CancelledError):
            await running


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", default="127.0.0.1:8080", help="host and port of the service")
    parser.add_argument("--room", default="demo", help="room to join")
    parser.add_argument("--peer", help="name in the room (default: the server makes one)")
    parser.add_argument("--once", action="store_true", help="leave after the first complete swap")
    # Each line at once, also into a file or a pipe.
    sys.stdout.reconfigure(line_buffering=True)
    try:
        asyncio.run(run(parser.parse_args()))
    except SessionError as error:
        print(f"parley: {error}", file=sys.stderr)
        return 1
    print("left")
    return 0


if __name__ == "__main__":
    sys.exit(main())
