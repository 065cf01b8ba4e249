"""Swaps a description and candidates with each peer, and says on standard output what it sees."""

from collections.abc import Callable
from dataclasses import dataclass

from contract import pb
from description import new_answer, new_candidates, new_negotiation, new_offer
from session import Session


@dataclass
class Swap:
    """What has passed between this side and one peer."""

    peer: pb.Peer
    gone: bool = False
    negotiation: str = ""
    offering: bool = False
    described: bool = False
    ended: bool = False
    candidates: int = 0
    complete: bool = False


class Swaps:
    def __init__(self, session: Session, on_complete: Callable[[], None]) -> None:
        self._session = session
        self._on_complete = on_complete
        self._swaps: dict[str, Swap] = {}

    def take(self, response: pb.SignalResponse) -> None:
        """Processes one response."""
        match response.WhichOneof("body"):
            case "welcome":
                self._welcome(response.welcome)
            case "peer_joined":
                self._joined(response.peer_joined.peer, "came")
            case "peer_left":
                reason = pb.LeaveReason.Name(response.peer_left.reason).removeprefix("LEAVE_REASON_")
                self._left(response.peer_left.peer_id, reason)
            case "rejected":
                print(f"signal {response.rejected.seq} was rejected: {response.rejected.message}")
            case "go_away":
                print("the service asks to come back elsewhere")
            case _:
                # A signal of a former session with this name is not for the present one.
                swap = self._swaps.get(response.sender)
                if swap is not None and swap.peer.session == response.sender_session:
                    self._relayed(response, swap)
        self._complete()

    def _welcome(self, welcome: pb.Welcome) -> None:
        if welcome.resumed:
            print(f"resumed as {welcome.you.peer_id}")
        else:
            print(f"joined as {welcome.you.peer_id}")
            self._swaps = {}
        # The roster is the authority on who is there. The same name with another number is another session.
        for peer in welcome.peers:
            known = self._swaps.get(peer.peer_id)
            if known is None or known.gone or known.peer.session != peer.session:
                self._joined(peer, "is here")
        present = {peer.peer_id for peer in welcome.peers}
        for peer_id, swap in self._swaps.items():
            if peer_id not in present and not swap.gone:
                self._left(peer_id, "while this side was away")

    def _left(self, peer_id: str, reason: str) -> None:
        print(f"peer {peer_id} left ({reason})")
        if peer_id in self._swaps:
            self._swaps[peer_id].gone = True

    def _joined(self, peer: pb.Peer, verb: str) -> None:
        swap = self._swaps[peer.peer_id] = Swap(peer)
        if peer.you_are_polite:
            print(f"peer {peer.peer_id} {verb}; it makes the offer")
            return
        print(f"peer {peer.peer_id} {verb}; this side makes the offer")
        swap.negotiation, swap.offering = new_negotiation(), True
        self._send(swap, "offer", pb.SignalRequest(offer=pb.Offer(sdp=new_offer())))
        self._send_candidates(swap)

    def _relayed(self, response: pb.SignalResponse, swap: Swap) -> None:
        sender = response.sender
        match response.WhichOneof("body"):
            case "offer":
                print(f"from {sender}: offer of {len(response.offer.sdp)} bytes")
                if swap.offering and not swap.peer.you_are_polite:
                    print("both sides offered; this one's goes first")
                    return
                swap.negotiation, swap.described = response.negotiation_id, True
                answer = pb.Answer(sdp=new_answer(response.offer.sdp))
                self._send(swap, "answer", pb.SignalRequest(answer=answer))
                self._send_candidates(swap)
            case "answer":
                print(f"from {sender}: answer of {len(response.answer.sdp)} bytes")
                swap.offering, swap.described = response.answer.provisional, True
            case "ice_candidate" if response.negotiation_id != swap.negotiation:
                print(f"from {sender}: late candidate of another negotiation")
            case "ice_candidate" if response.ice_candidate.candidate == "":
                print(f"from {sender}: end of candidates")
                swap.ended = True
            case "ice_candidate":
                print(f"from {sender}: {response.ice_candidate.candidate}")
                swap.candidates += 1
            case "bye":
                print(f"from {sender}: bye ({response.bye.reason})")

    def _send_candidates(self, swap: Swap) -> None:
        for candidate in new_candidates():
            what = candidate.candidate or "end of candidates"
            self._send(swap, what, pb.SignalRequest(ice_candidate=candidate))

    def _send(self, swap: Swap, what: str, signal: pb.SignalRequest) -> None:
        print(f"to {swap.peer.peer_id}: {what}")
        signal.to, signal.negotiation_id = swap.peer.peer_id, swap.negotiation
        self._session.send(signal)

    def _complete(self) -> None:
        """Tells of each swap in which both sides have described themselves and nothing is under way."""
        for peer_id, swap in self._swaps.items():
            if swap.complete or not swap.described or not swap.ended or not self._session.settled:
                continue
            swap.complete = True
            print(f"swap with {peer_id} is complete: {swap.candidates} candidates came")
            self._on_complete()
