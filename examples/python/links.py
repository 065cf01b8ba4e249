"""A connection to each peer of the room."""

import asyncio
import secrets
from dataclasses import dataclass

from aiortc import RTCConfiguration, RTCIceServer, RTCPeerConnection, RTCSessionDescription
from aiortc.exceptions import InvalidStateError
from aiortc.sdp import candidate_from_sdp

from contract import pb
from megabyte import exchange_megabyte
from session import Session


@dataclass
class Link:
    """A peer, and the connection with it: one negotiation."""

    peer: pb.Peer
    negotiation: str = ""
    connection: RTCPeerConnection | None = None


class Links:
    """Takes responses at once, and handles them one after the other: aiortc needs a while for some."""

    def __init__(self) -> None:
        self.session: Session
        self._responses: asyncio.Queue[pb.SignalResponse] = asyncio.Queue()
        self._links: dict[str, Link] = {}
        self._servers: list[RTCIceServer] = []

    def take(self, response: pb.SignalResponse) -> None:
        self._responses.put_nowait(response)

    async def run(self) -> None:
        while True:
            response = await self._responses.get()
            try:
                await self._handle(response)
            except (ValueError, InvalidStateError) as error:
                print(f"link with {response.sender}: {error!r}")

    async def close(self) -> None:
        for peer_id in [*self._links]:
            await self._left(peer_id)

    async def _handle(self, response: pb.SignalResponse) -> None:
        match response.WhichOneof("body"):
            case "welcome":
                await self._welcome(response.welcome)
            case "ice_servers":
                self._servers = servers_of(response.ice_servers.servers)
            case "peer_joined":
                await self._joined(response.peer_joined.peer)
            case "peer_left":
                known = self._links.get(response.peer_left.peer_id)
                if known is not None and known.peer.session == response.peer_left.session:
                    await self._left(response.peer_left.peer_id)
            case "rejected":
                print(f"signal {response.rejected.seq} was rejected: {response.rejected.message}")
            case "go_away":
                print("the service asks to come back elsewhere")
            case _ if response.sender in self._links:
                await self._relayed(response, self._links[response.sender])

    async def _welcome(self, welcome: pb.Welcome) -> None:
        """Makes the links those of the roster. Connections go on: only a peer that is another session is met again."""
        print(f"{'resumed' if welcome.resumed else 'joined'} as {welcome.you.peer_id}")
        # To the others a new session is a new peer.
        present = {peer.peer_id: peer.session for peer in welcome.peers} if welcome.resumed else {}
        for peer_id, known in [*self._links.items()]:
            if present.get(peer_id) != known.peer.session:
                await self._left(peer_id)
        self._servers = servers_of(welcome.ice_servers)
        for peer in welcome.peers:
            await self._joined(peer)

    async def _joined(self, peer: pb.Peer) -> None:
        """Meets a peer. Of each pair the service makes one polite; the other makes the first offer."""
        known = self._links.get(peer.peer_id)
        if known is not None:
            if known.peer.session == peer.session:
                return
            await self._left(peer.peer_id)
        print(f"peer {peer.peer_id} is here")
        known = self._links[peer.peer_id] = Link(peer)
        if not peer.you_are_polite:
            await self._offer(known)

    async def _left(self, peer_id: str) -> None:
        print(f"peer {peer_id} left")
        known = self._links.pop(peer_id)
        if known.connection is not None:
            await known.connection.close()

    async def _offer(self, known: Link) -> None:
        connection = await self._connect(known, secrets.token_hex(12))
        exchange_megabyte(connection.createDataChannel("megabyte"), known.peer.peer_id)
        await connection.setLocalDescription(await connection.createOffer())
        self._send(known, pb.SignalRequest(offer=pb.Offer(sdp=connection.localDescription.sdp)))
        self._send_end_of_candidates(known)

    async def _answer(self, known: Link, connection: RTCPeerConnection, sdp: str) -> None:
        await connection.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
        await connection.setLocalDescription(await connection.createAnswer())
        self._send(known, pb.SignalRequest(answer=pb.Answer(sdp=connection.localDescription.sdp)))
        self._send_end_of_candidates(known)

    async def _connect(self, known: Link, negotiation: str) -> RTCPeerConnection:
        """Begins a negotiation that replaces the one before."""
        if known.connection is not None:
            await known.connection.close()
        peer_id = known.peer.peer_id
        connection = RTCPeerConnection(RTCConfiguration(self._servers))
        known.negotiation, known.connection = negotiation, connection
        connection.on(
            "connectionstatechange",
            lambda: print(f"connection with {peer_id}: {connection.connectionState}"),
        )
        connection.on(
            "datachannel",
            lambda channel: channel.label == "megabyte" and exchange_megabyte(channel, peer_id),
        )
        return connection

    async def _relayed(self, response: pb.SignalResponse, known: Link) -> None:
        body, connection = response.WhichOneof("body"), known.connection
        current = response.negotiation_id == known.negotiation
        if body == "offer":
            offering = connection is not None and connection.signalingState == "have-local-offer"
            if not current and offering and not known.peer.you_are_polite:
                return  # both sides offered, and this one's offer goes first
            if not current or connection is None:
                connection = await self._connect(known, response.negotiation_id)
            return await self._answer(known, connection, response.offer.sdp)
        if not current or connection is None:
            return  # late: of an earlier negotiation
        if body == "answer":
            await connection.setRemoteDescription(RTCSessionDescription(response.answer.sdp, "answer"))
        elif body == "ice_candidate":
            await connection.addIceCandidate(candidate_of(response.ice_candidate))
        elif body == "bye":
            await connection.close()

    def _send_end_of_candidates(self, known: Link) -> None:
        """aiortc gathers before it describes: its candidates are in the description."""
        self._send(known, pb.SignalRequest(ice_candidate=pb.IceCandidate(sdp_mid="0", sdp_m_line_index=0)))

    def _send(self, known: Link, signal: pb.SignalRequest) -> None:
        signal.to, signal.to_session = known.peer.peer_id, known.peer.session
        signal.negotiation_id = known.negotiation
        self.session.send(signal)


def candidate_of(candidate: pb.IceCandidate):
    """The candidate as aiortc has it; None is the end of candidates."""
    if candidate.candidate == "":
        return None
    # Some stacks write the attribute with its "a=".
    parsed = candidate_from_sdp(candidate.candidate.removeprefix("a=").removeprefix("candidate:"))
    parsed.sdpMid = candidate.sdp_mid if candidate.HasField("sdp_mid") else None
    parsed.sdpMLineIndex = candidate.sdp_m_line_index if candidate.HasField("sdp_m_line_index") else None
    return parsed


def servers_of(servers) -> list[RTCIceServer]:
    return [RTCIceServer([*each.urls], each.username or None, each.credential or None) for each in servers]
