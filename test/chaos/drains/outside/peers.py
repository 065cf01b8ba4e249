"""The peers of a drill, with the session of the example. Prints PeerEvents as JSON."""

import argparse
import asyncio
import json
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[4] / "examples" / "python"))

import grpc  # noqa: E402
from contract import SignalingServiceStub, pb  # noqa: E402
from session import Session  # noqa: E402


def report(kind: str, **more: object) -> None:
    print(json.dumps({"kind": kind, **more}), flush=True)


class Drilled:
    """One peer, which sends to the other of its room."""

    def __init__(self, stub: SignalingServiceStub, room: str, name: str, other: str) -> None:
        self.name, self.other = name, other
        self.session = Session(stub, pb.Join(room=room, peer_id=name), self.take)
        # The seq of the signals 1, 2, 3 …
        self.sent: list[int] = []
        self.acked = 0
        self.there = self.joined = False

    def take(self, response: pb.SignalResponse) -> None:
        match response.WhichOneof("body"):
            case "welcome":
                if self.joined and not response.welcome.resumed:
                    report("reset", peer=self.name, reason="joined again")
                self.joined = True
                report("open", peer=self.name, node=response.welcome.server.node)
                self.there = len(response.welcome.peers) > 0
            case "peer_joined":
                self.there = True
            case "peer_left":
                cause = pb.LeaveReason.Name(response.peer_left.reason)
                report("left", peer=self.name, about=response.peer_left.peer_id, cause=cause)
            case "rejected":
                report("broken", peer=self.name, text=f"rejected: {response.rejected.message}")
            case "ice_candidate":
                number = int(re.match(r"candidate:(\d+) ", response.ice_candidate.candidate)[1])
                report("received", **{"from": response.sender}, to=self.name, number=number)
        while self.acked < len(self.sent) and self.sent[self.acked] <= self.session._acked:
            self.acked += 1
            report("acked", **{"from": self.name}, to=self.other, number=self.acked)

    def send(self) -> None:
        if not self.there:
            return
        number = len(self.sent) + 1
        report("sent", **{"from": self.name}, to=self.other, number=number)
        candidate = pb.IceCandidate(candidate=f"candidate:{number} 1 udp 2122260223 192.0.2.1 54400 typ host")
        signal = pb.SignalRequest(to=self.other, ice_candidate=candidate)
        self.session.send(signal)
        self.sent.append(signal.seq)


async def main() -> None:
    parser = argparse.ArgumentParser()
    for flag in ("--server", "--ca", "--peers"):
        parser.add_argument(flag)
    options = parser.parse_args()
    names = options.peers.split(",")
    trusted = grpc.ssl_channel_credentials(Path(options.ca).read_bytes())
    async with grpc.aio.secure_channel(options.server, trusted) as channel:
        stub = SignalingServiceStub(channel)
        peers = [Drilled(stub, f"{names[0]}-{i // 2}", name, names[i ^ 1]) for i, name in enumerate(names)]
        running = [asyncio.ensure_future(peer.session.run()) for peer in peers]
        quiet = asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
        while not quiet.done():
            await asyncio.sleep(0.2)
            for peer in peers:
                peer.send()
        await asyncio.gather(*running)


asyncio.run(main())
