"""What the end of a stream asks for, and how long to wait."""

import random
from dataclasses import dataclass

import grpc
from google.rpc.error_details_pb2 import ErrorInfo, RetryInfo
from grpc_status import rpc_status


@dataclass
class End:
    """What the error that ended a stream says of itself."""

    # The reason of the contract, or the gRPC code where the connection was lost.
    reason: str
    # What to do: never, later, resume, rejoin.
    retry: str = "resume"
    # Seconds to wait at least.
    wait: float = 0


def read_end(error: grpc.aio.AioRpcError) -> End:
    # Without a word from the service it was the connection, and the session is still there.
    end = End(reason=error.code().name)
    status = rpc_status.from_call(error)
    for detail in status.details if status else ():
        info, retry = ErrorInfo(), RetryInfo()
        if detail.Unpack(info) and info.domain == "parley.v1":
            end.reason, end.retry = info.reason, info.metadata["retry"]
        elif detail.Unpack(retry):
            end.wait = retry.retry_delay.ToTimedelta().total_seconds()
    return end


class Backoff:
    """Doubles from attempt to attempt, with jitter so that not all clients come back at once."""

    def __init__(self) -> None:
        self._attempts = 0

    def next(self) -> float:
        longest = min(0.2 * 2**self._attempts, 5)
        self._attempts = min(self._attempts + 1, 5)
        return random.uniform(longest / 2, longest)
