package main

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"

	"google.golang.org/protobuf/proto"

	pb "parley.example/go/gen/parley/v1"
)

// This program has no WebRTC stack: what stands here has the form of what one makes, and nobody listens behind
// it. Put a real one in its place, such as github.com/pion/webrtc, and the peers connect.

func newOffer() string { return newDescription("actpass", []string{"0"}, []string{application("0")}) }

// newAnswer takes the data channels of an offer, and declines its audio and video.
func newAnswer(offer string) string {
	var sections, accepted []string
	for _, section := range strings.Split(offer, "\nm=")[1:] {
		mid := attribute(section, "mid")
		line, _, _ := strings.Cut(strings.TrimSpace(section), "\n")
		if strings.HasPrefix(line, "application ") {
			accepted = append(accepted, mid)
			sections = append(sections, application(mid))
			continue
		}
		words := strings.Fields(line)
		words[1] = "0"
		sections = append(sections, lines("m="+strings.Join(words, " "), "c=IN IP4 0.0.0.0", "a=inactive", "a=mid:"+mid))
	}
	return newDescription("active", accepted, sections)
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
		strings.TrimSpace("a=group:BUNDLE "+strings.Join(bundle, " ")),
		"a=ice-ufrag:"+randomHex(4), "a=ice-pwd:"+randomHex(16), "a=ice-options:trickle",
		"a=fingerprint:sha-256 "+strings.Join(pairs, ":"), "a=setup:"+setup) + strings.Join(sections, "")
}

func application(mid string) string {
	return lines("m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "c=IN IP4 0.0.0.0",
		"a=mid:"+mid, "a=sctp-port:5000", "a=max-message-size:262144")
}

func attribute(section, name string) string {
	_, after, _ := strings.Cut(section, fmt.Sprintf("\na=%s:", name))
	value, _, _ := strings.Cut(after, "\n")
	return strings.TrimSpace(value)
}

func lines(all ...string) string { return strings.Join(all, "\r\n") + "\r\n" }

func randomHex(bytes int) string {
	random := make([]byte, bytes)
	rand.Read(random)
	return hex.EncodeToString(random)
}
