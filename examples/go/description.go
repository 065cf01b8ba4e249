package main

import (
	"crypto/rand"
	"encoding/hex"
	"strings"

	"google.golang.org/protobuf/proto"

	pb "parley.example/go/gen/parley/v1"
)

// This program has no WebRTC stack: what stands here has the form of what one makes, and nobody listens behind
// it. Put a real one in its place, such as github.com/pion/webrtc, and the peers connect.

func newOffer() string { return newDescription("actpass", []string{"0"}, []string{application("0")}) }

// newAnswer takes the data channels of an offer, and neither sends nor wants its audio and video.
func newAnswer(offer string) string {
	var mids, sections []string
	for _, section := range strings.Split(strings.ReplaceAll(offer, "\r\n", "\n"), "\nm=")[1:] {
		attributes := strings.Split(strings.TrimSpace(section), "\n")
		mid := ""
		answer := []string{"m=" + attributes[0], "c=IN IP4 0.0.0.0", "a=inactive"}
		for _, attribute := range attributes[1:] {
			name, value, _ := strings.Cut(attribute, ":")
			switch name {
			case "a=mid":
				mid = value
				answer = append(answer, attribute)
			case "a=rtpmap", "a=fmtp", "a=rtcp-mux":
				answer = append(answer, attribute)
			}
		}
		mids = append(mids, mid)
		if strings.HasPrefix(section, "application ") {
			sections = append(sections, application(mid))
		} else {
			sections = append(sections, lines(answer...))
		}
	}
	return newDescription("active", mids, sections)
}

// newCandidates are of this machine only, on the discard port, and end with the end of candidates.
func newCandidates() []*pb.IceCandidate {
	attributes := []string{
		"candidate:1 1 udp 2122260223 127.0.0.1 9 typ host",
		"candidate:2 1 tcp 1518280447 127.0.0.1 9 typ host tcptype active",
		"",
	}
	candidates := make([]*pb.IceCandidate, len(attributes))
	for i, attribute := range attributes {
		candidates[i] = &pb.IceCandidate{Candidate: attribute, SdpMid: proto.String("0"), SdpMLineIndex: proto.Uint32(0)}
	}
	return candidates
}

func newNegotiation() string { return randomHex(12) }

func newDescription(setup string, bundle, sections []string) string {
	fingerprint := strings.ToUpper(randomHex(32))
	pairs := make([]string, 0, 32)
	for i := 0; i < len(fingerprint); i += 2 {
		pairs = append(pairs, fingerprint[i:i+2])
	}
	return lines("v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0",
		"a=group:BUNDLE "+strings.Join(bundle, " "),
		"a=ice-ufrag:"+randomHex(4), "a=ice-pwd:"+randomHex(16), "a=ice-options:trickle",
		"a=fingerprint:sha-256 "+strings.Join(pairs, ":"), "a=setup:"+setup) + strings.Join(sections, "")
}

func application(mid string) string {
	return lines("m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "c=IN IP4 0.0.0.0",
		"a=mid:"+mid, "a=sctp-port:5000", "a=max-message-size:262144")
}

func lines(all ...string) string { return strings.Join(all, "\r\n") + "\r\n" }

func randomHex(bytes int) string {
	random := make([]byte, bytes)
	rand.Read(random)
	return hex.EncodeToString(random)
}
