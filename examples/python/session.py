"""A place in a room that outlives its streams."""

import asyncio
import random
import secrets
from collections.abc import Callable

import grpc

from contract import SignalingServiceStub, pb

# What a proxy answers without any advice of the service: to resume would not change its mind.
REFUSALS = {
    grpc.StatusCode.UNIMPLEMENTED,
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.UNAUTHENTICATED,
    grpc.StatusCode.PERMISSION_DENIED,
}


class Session:
    """What was sent and not acknowledged is sent again, and each response is handled once, in order. All of it happens
    on the event loop of `run`."""

    def __init__(self, stub: SignalingServiceStub, join: pb.Join, handle: Callable[[pb.SignalResponse], None]) -> None:
        self._stub, self._join, self._handle = stub, join, handle
        # What is to be written to the stream, while there is one.
        self._outgoing: asyncio.Queue[pb.SignalRequest] | None = None
        self._wait = 0.0
        self._start_over()

    async def run(self) -> None:
        """Joins, and returns when the session has left. Raises AioRpcError if the service will not have it."""
        while True:
            advice: dict[str, str] = {}
            try:
                return await self._follow()
            except grpc.aio.AioRpcError as error:
                advice = dict(error.trailing_metadata() or ())
                if advice.get("parley-retry") == "never" or ("parley-retry" not in advice and error.code() in REFUSALS):
                    raise
                if advice.get("parley-retry") == "rejoin":
                    self._start_over()
                print(f"stream lost: {error.code().name} {error.details()}")
            except TimeoutError:
                print("stream lost: silent, or asked to go elsewhere")
            self._wait = min(max(2 * self._wait, 0.25), 10)
            await asyncio.sleep(max(random.uniform(0, self._wait), int(advice.get("parley-retry-after-ms", 0)) / 1000))

    def send(self, signal: pb.SignalRequest) -> None:
        """Numbers a signal and sends it; while there is no stream, it waits for the next."""
        self._seq += 1
        signal.seq = self._seq
        self._unacked.append(signal)
        self._write(signal)

    def _write(self, request: pb.SignalRequest) -> None:
        if self._outgoing is not None:
            request.ack = self._last_seq
            self._outgoing.put_nowait(request)

    async def _follow(self) -> None:
        """Holds the session over one stream, to its end. Returns after a `leave`."""
        outgoing: asyncio.Queue[pb.SignalRequest] = asyncio.Queue()
        outgoing.put_nowait(self._opening())
        call = self._stub.Signal(drain(outgoing))
        try:
            async with asyncio.timeout(10) as deadline:
                moving, patience, now = False, 10.0, asyncio.get_running_loop().time
                while (response := await call.read()) is not grpc.aio.EOF:
                    if response.HasField("welcome"):
                        patience = 2.5 * response.welcome.heartbeat_interval.ToTimedelta().total_seconds()
                        self._outgoing, self._wait = outgoing, 0.0
                    elif response.HasField("go_away"):
                        moving = True
                        deadline.reschedule(now() + response.go_away.reconnect_after.ToTimedelta().total_seconds())
                    if not moving:
                        deadline.reschedule(now() + patience)
                    self._take(response)
        finally:
            self._outgoing = None
            call.cancel()

    def _opening(self) -> pb.SignalRequest:
        """The first request of a stream: joins, or resumes the session that there is."""
        self._join.attempt += 1
        if not self._token:
            return pb.SignalRequest(join=self._join)
        resume = pb.Resume(session_token=self._token, last_seq=self._last_seq, acked_seq=self._acked)
        resume.attempt = self._join.attempt
        return pb.SignalRequest(resume=resume)

    def _take(self, response: pb.SignalResponse) -> None:
        self._acked = max(self._acked, response.ack)
        self._unacked = [signal for signal in self._unacked if signal.seq > self._acked]
        if response.HasField("welcome"):
            self._token = response.welcome.session_token
            for signal in self._unacked:
                self._write(signal)
        if response.seq > self._last_seq:
            self._last_seq = response.seq
            self._write(pb.SignalRequest())  # a bare acknowledgement
        elif response.seq != 0:
            return
        self._handle(response)

    def _start_over(self) -> None:
        """Makes the next stream open a new session, which may have the name of the one before."""
        self._join.former_nonce, self._join.nonce = self._join.nonce, secrets.token_bytes(16)
        self._token, self._seq, self._acked, self._last_seq = "", 0, 0, 0
        self._unacked: list[pb.SignalRequest] = []


async def drain(queue: asyncio.Queue[pb.SignalRequest]):
    while True:
        yield await queue.get()
