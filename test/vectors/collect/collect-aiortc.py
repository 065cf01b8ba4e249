"""Collects from aiortc, and prints what it got as JSON. It gathers before it answers, so nothing is trickled."""

import asyncio
import json
import sys

import aiortc
from aiortc import RTCConfiguration, RTCPeerConnection
from aiortc.sdp import SessionDescription, candidate_to_sdp

scenarios = {}
unsupported = {"restart": "aiortc has no restartIce"}


def candidates_of(sdp):
    """The candidates of a description, each as a program that trickles them sends it."""
    for index, media in enumerate(SessionDescription.parse(sdp).media):
        for candidate in media.ice_candidates:
            yield {
                "kind": "candidate",
                "candidate": "candidate:" + candidate_to_sdp(candidate),
                "sdpMid": media.rtp.muxId,
                "sdpMLineIndex": index,
            }


async def negotiate(a, b, signals):
    await a.setLocalDescription(await a.createOffer())
    signals.append({"kind": "offer", "sdp": a.localDescription.sdp})
    signals.extend(candidates_of(a.localDescription.sdp))
    await b.setRemoteDescription(a.localDescription)
    await b.setLocalDescription(await b.createAnswer())
    signals.append({"kind": "answer", "sdp": b.localDescription.sdp})
    signals.extend(candidates_of(b.localDescription.sdp))
    await a.setRemoteDescription(b.localDescription)


async def play(name, scenario):
    a, b = (RTCPeerConnection(RTCConfiguration(iceServers=[])) for _ in "ab")
    signals = []
    try:
        await scenario(a, b, signals)
        scenarios[name] = signals
    except Exception as error:
        unsupported[name] = f"{type(error).__name__}: {error}"
    finally:
        await a.close()
        await b.close()


async def nothing(a, b, signals):
    signals.append({"kind": "offer", "sdp": (await a.createOffer()).sdp})


async def data_only(a, b, signals):
    a.createDataChannel("data")
    await negotiate(a, b, signals)


async def audio_video_data(a, b, signals):
    a.addTransceiver("audio")
    a.addTransceiver("video")
    a.createDataChannel("data")
    await negotiate(a, b, signals)


async def rejected_video(a, b, signals):
    a.addTransceiver("audio")
    a.addTransceiver("video")
    await a.setLocalDescription(await a.createOffer())
    signals.append({"kind": "offer", "sdp": a.localDescription.sdp})
    await b.setRemoteDescription(a.localDescription)
    await b.getTransceivers()[1].stop()
    await b.setLocalDescription(await b.createAnswer())
    signals.append({"kind": "answer", "sdp": b.localDescription.sdp})


async def stopped_media(a, b, signals):
    audio = a.addTransceiver("audio")
    a.addTransceiver("video")
    await negotiate(a, b, signals)
    await audio.stop()
    await negotiate(a, b, signals)


async def many_sections(a, b, signals):
    for _ in range(20):
        a.addTransceiver("video")
    await negotiate(a, b, signals)


async def main():
    await play("nothing added yet", nothing)
    await play("data only, complete before it is sent", data_only)
    await play("audio, video and data", audio_video_data)
    await play("rejected video", rejected_video)
    await play("stopped media", stopped_media)
    await play("20 video sections", many_sections)
    collected = {"scenarios": scenarios, "unsupported": unsupported}
    json.dump({"stack": "aiortc", "version": aiortc.__version__, **collected}, sys.stdout)


asyncio.run(main())
