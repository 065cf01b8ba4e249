"""A place in a room that outlives its streams."""

import asyncio
import secrets
from collections import deque
from collections.abc import Callable

import grpc

from contract import SignalingServiceStub, pb
from retry import Backoff, End, read_end

# After so many intervals without a word from the service the stream is taken for dead.
SILENT_INTERVALS = 3
# What comes within this time, in seconds, is acknowledged at once.
ACK_DELAY = 0.02


class SessionError(Exception):
    """The session cannot go on: the same again would fail again."""


class Session:
    """What was sent and not acknowledged is sent again, and what was received and processed is acknowledged.
    All of it happens on the event loop of `run`."""

    def __init__(self, stub: SignalingServiceStub, join: pb.Join) -> None:
        self._stub = stub
        self._join = join
        self._leaving = False
        # What is to be written to the stream, while there is one.
        self._outgoing: asyncio.Queue[pb.SignalRequest] | None = None
        self._ack_due = False
        self._start_over()

    async def run(self, handle: Callable[[pb.SignalResponse], None]) -> None:
        """Joins the room and hands every response to `handle`, until the session has left."""
        self._backoff = Backoff()
        while True:
            try:
                return await self._follow(handle)
            except grpc.aio.AioRpcError as error:
                end = read_end(error)
                if end.retry == "never":
                    raise SessionError(f"{end.reason}: {error.details()}") from error
            except TimeoutError:
                end = End(reason="given up")
            if end.retry == "rejoin":
                if self._leaving:
                    return
                self._start_over()
            wait = max(end.wait, self._backoff.next())
            print(f"stream lost ({end.reason}); trying again in {wait:.1f} s")
            await asyncio.sleep(wait)

    def send(self, signal: pb.SignalRequest) -> None:
        """Numbers a signal and sends it; while there is no stream, it goes out with the next."""
        self._sent += 1
        signal.seq = self._sent
        self._unacked.append(signal)
        self._write(signal)

    def leave(self) -> None:
        """Ends the session; `run` returns when the service has confirmed it."""
        if not self._leaving:
            self._leaving = True
            self.send(pb.SignalRequest(leave=pb.Leave()))

    @property
    def settled(self) -> bool:
        """Whether everything that was sent is stored in its recipient's mailbox, or was rejected."""
        return not self._unacked

    async def _follow(self, handle: Callable[[pb.SignalResponse], None]) -> None:
        """Holds the session over one stream, to its end. Returns after a `leave`."""
        call = self._stub.Signal()
        outgoing: asyncio.Queue[pb.SignalRequest] = asyncio.Queue()
        outgoing.put_nowait(self._opening())
        loop = asyncio.get_running_loop()
        tasks = [loop.create_task(write_all(call, outgoing))]
        moving = False
        try:
            async with asyncio.timeout(SILENT_INTERVALS * self._interval) as deadline:
                while (response := await call.read()) is not grpc.aio.EOF:
                    body = response.WhichOneof("body")
                    if body == "welcome":
                        self._outgoing = outgoing
                        self._welcome(response)
                        tasks.append(loop.create_task(self._heartbeat()))
                    elif body == "go_away":
                        moving = True
                        wait = response.go_away.reconnect_after.ToTimedelta().total_seconds()
                        deadline.reschedule(loop.time() + wait)
                    if not moving:
                        deadline.reschedule(loop.time() + SILENT_INTERVALS * self._interval)
                    self._take(response, handle)
        finally:
            self._outgoing = None
            for task in tasks:
                task.cancel()
            call.cancel()

    def _opening(self) -> pb.SignalRequest:
        """The first request of a stream."""
        # An older try that arrives late must not displace a newer one.
        self._attempt += 1
        if not self._token:
            self._join.attempt = self._attempt
            return pb.SignalRequest(join=self._join)
        resume = pb.Resume(
            session_token=self._token,
            last_seq=self._processed,
            acked_seq=self._acked,
            attempt=self._attempt,
        )
        return pb.SignalRequest(resume=resume)

    def _welcome(self, response: pb.SignalResponse) -> None:
        self._backoff = Backoff()
        self._token = response.welcome.session_token
        interval = response.welcome.heartbeat_interval.ToTimedelta().total_seconds()
        self._interval = interval or self._interval
        self._settle(response.ack)
        for signal in self._unacked:
            self._write(signal)

    def _take(self, response: pb.SignalResponse, handle: Callable[[pb.SignalResponse], None]) -> None:
        self._settle(response.ack)
        if 0 < response.seq <= self._processed:
            return
        handle(response)
        self._processed = max(self._processed, response.seq)
        if self._processed != self._acknowledged and not self._ack_due:
            self._ack_due = True
            asyncio.get_running_loop().call_later(ACK_DELAY, self._acknowledge)

    def _settle(self, ack: int) -> None:
        """Forgets what the service has acknowledged."""
        self._acked = max(self._acked, ack)
        while self._unacked and self._unacked[0].seq <= ack:
            self._unacked.popleft()

    def _acknowledge(self) -> None:
        self._ack_due = False
        if self._processed != self._acknowledged:
            self._write(pb.SignalRequest(heartbeat=pb.Heartbeat()))

    async def _heartbeat(self) -> None:
        while True:
            await asyncio.sleep(self._interval)
            self._write(pb.SignalRequest(heartbeat=pb.Heartbeat()))

    def _write(self, request: pb.SignalRequest) -> None:
        if self._outgoing is None:
            return
        request.ack = self._acknowledged = self._processed
        self._outgoing.put_nowait(request)

    def _start_over(self) -> None:
        """Makes the next stream begin a new session. The nonce stays while the join is repeated."""
        self._join.nonce = secrets.token_bytes(16)
        self._token = ""
        self._attempt = 0
        self._sent = self._acked = self._processed = self._acknowledged = 0
        self._unacked: deque[pb.SignalRequest] = deque()
        self._interval = 15.0


async def write_all(call: grpc.aio.StreamStreamCall, outgoing: asyncio.Queue[pb.SignalRequest]) -> None:
    while True:
        request = await outgoing.get()
        try:
            await call.write(request)
        except (grpc.aio.AioRpcError, asyncio.InvalidStateError):
            # What is wrong with the stream is seen where it is read.
            return
