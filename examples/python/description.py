"""The place of a WebRTC stack. This program has none: what stands here has the form of what one makes, and nobody
listens behind it. Put a real one in its place, such as aiortc, and the peers connect."""

import secrets

from contract import pb


def new_offer() -> str:
    return _description("actpass", ["0"], [_application("0")])


def new_answer(offer: str) -> str:
    """Takes the data channels of an offer, and neither sends nor wants its audio and video."""
    mids, sections = [], []
    for section in offer.replace("\r\n", "\n").split("\nm=")[1:]:
        line, *attributes = section.strip().split("\n")
        mid = next((each.removeprefix("a=mid:") for each in attributes if each.startswith("a=mid:")), "")
        mids.append(mid)
        if line.startswith("application "):
            sections.append(_application(mid))
        else:
            kept = [each for each in attributes if each.split(":")[0] in ("a=mid", "a=rtpmap", "a=fmtp", "a=rtcp-mux")]
            sections.append(_lines(f"m={line}", "c=IN IP4 0.0.0.0", "a=inactive", *kept))
    return _description("active", mids, sections)


def new_candidates() -> list[pb.IceCandidate]:
    """Of this machine only, on the discard port, and then the end of candidates."""
    attributes = (
        "candidate:1 1 udp 2122260223 127.0.0.1 9 typ host",
        "candidate:2 1 tcp 1518280447 127.0.0.1 9 typ host tcptype active",
        "",
    )
    return [pb.IceCandidate(candidate=each, sdp_mid="0", sdp_m_line_index=0) for each in attributes]


def new_negotiation() -> str:
    return secrets.token_hex(12)


def _description(setup: str, bundle: list[str], sections: list[str]) -> str:
    fingerprint = secrets.token_bytes(32).hex(":").upper()
    return _lines(
        "v=0",
        "o=- 1 1 IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        " ".join(["a=group:BUNDLE", *bundle]),
        f"a=ice-ufrag:{secrets.token_hex(4)}",
        f"a=ice-pwd:{secrets.token_hex(16)}",
        "a=ice-options:trickle",
        f"a=fingerprint:sha-256 {fingerprint}",
        f"a=setup:{setup}",
    ) + "".join(sections)


def _application(mid: str) -> str:
    return _lines(
        "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
        "c=IN IP4 0.0.0.0",
        f"a=mid:{mid}",
        "a=sctp-port:5000",
        "a=max-message-size:262144",
    )


def _lines(*lines: str) -> str:
    return "".join(f"{line}\r\n" for line in lines)
