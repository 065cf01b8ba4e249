"""The generated contract. Generated modules import one another from the top of gen/, which Python must be told."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "gen"))

from parley.v1 import signaling_pb2 as pb  # noqa: E402
from parley.v1.signaling_pb2_grpc import SignalingServiceStub  # noqa: E402

__all__ = ["SignalingServiceStub", "pb"]
