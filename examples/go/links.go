package main

import (
	"crypto/rand"
	"fmt"
	"strings"

	"github.com/pion/webrtc/v4"

	pb "parley.example/go/gen/parley/v1"
)

// Links holds a connection to each peer of the room. Its methods run on the goroutine of the session.
type Links struct {
	Session *Session
	links   map[string]*link
	servers []webrtc.ICEServer
}

// link is a peer, and the connection with it: one negotiation.
type link struct {
	peer        *pb.Peer
	negotiation string
	connection  *webrtc.PeerConnection
}

// Take handles one response.
func (l *Links) Take(response *pb.SignalResponse) {
	switch body := response.Body.(type) {
	case *pb.SignalResponse_Welcome:
		l.welcome(body.Welcome)
	case *pb.SignalResponse_IceServers:
		l.servers = serversOf(body.IceServers.Servers)
	case *pb.SignalResponse_PeerJoined:
		l.joined(body.PeerJoined.Peer)
	case *pb.SignalResponse_PeerLeft:
		if known := l.links[body.PeerLeft.PeerId]; known != nil && known.peer.Session == body.PeerLeft.Session {
			l.left(body.PeerLeft.PeerId)
		}
	case *pb.SignalResponse_Rejected:
		fmt.Printf("signal %d was rejected: %s\n", body.Rejected.Seq, body.Rejected.Message)
	case *pb.SignalResponse_GoAway:
		fmt.Println("the service asks to come back elsewhere")
	default:
		if known := l.links[response.Sender]; known != nil {
			if err := l.relayed(response, known); err != nil {
				fmt.Printf("link with %s: %v\n", response.Sender, err)
			}
		}
	}
}

// welcome makes the links those of the roster. Connections go on: only a peer that is another session is met again.
func (l *Links) welcome(welcome *pb.Welcome) {
	present := map[string]uint32{}
	for _, peer := range welcome.Peers {
		present[peer.PeerId] = peer.Session
	}
	if welcome.Resumed {
		fmt.Printf("resumed as %s\n", welcome.You.PeerId)
	} else {
		fmt.Printf("joined as %s\n", welcome.You.PeerId)
		present = nil // to them this side is new
	}
	for id, known := range l.links {
		if session, there := present[id]; !there || session != known.peer.Session {
			l.left(id)
		}
	}
	l.servers = serversOf(welcome.IceServers)
	for _, peer := range welcome.Peers {
		l.joined(peer)
	}
}

// joined meets a peer. Of each pair the service makes one polite; the other makes the first offer.
func (l *Links) joined(peer *pb.Peer) {
	if known := l.links[peer.PeerId]; known != nil {
		if known.peer.Session == peer.Session {
			return
		}
		l.left(peer.PeerId)
	}
	fmt.Printf("peer %s is here\n", peer.PeerId)
	known := &link{peer: peer}
	l.links[peer.PeerId] = known
	if peer.YouArePolite {
		return
	}
	if err := l.offer(known); err != nil {
		fmt.Printf("link with %s: %v\n", peer.PeerId, err)
	}
}

func (l *Links) left(id string) {
	fmt.Printf("peer %s left\n", id)
	if connection := l.links[id].connection; connection != nil {
		_ = connection.Close()
	}
	delete(l.links, id)
}

func (l *Links) offer(known *link) error {
	if err := l.connect(known, rand.Text()); err != nil {
		return err
	}
	channel, err := known.connection.CreateDataChannel("megabyte", nil)
	if err != nil {
		return err
	}
	exchangeMegabyte(channel, known.peer.PeerId)
	offer, err := known.connection.CreateOffer(nil)
	if err != nil {
		return err
	}
	// Sent first: candidates may come as soon as the description is set.
	l.send(known, &pb.SignalRequest{Body: &pb.SignalRequest_Offer{Offer: &pb.Offer{Sdp: offer.SDP}}})
	return known.connection.SetLocalDescription(offer)
}

func (l *Links) answer(known *link, sdp string) error {
	remote := webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: sdp}
	if err := known.connection.SetRemoteDescription(remote); err != nil {
		return err
	}
	answer, err := known.connection.CreateAnswer(nil)
	if err != nil {
		return err
	}
	l.send(known, &pb.SignalRequest{Body: &pb.SignalRequest_Answer{Answer: &pb.Answer{Sdp: answer.SDP}}})
	return known.connection.SetLocalDescription(answer)
}

// connect begins a negotiation, which replaces the previous one.
func (l *Links) connect(known *link, negotiation string) error {
	if known.connection != nil {
		_ = known.connection.Close()
	}
	connection, err := webrtc.NewPeerConnection(webrtc.Configuration{ICEServers: l.servers})
	if err != nil {
		return err
	}
	known.connection, known.negotiation = connection, negotiation
	connection.OnConnectionStateChange(func(state webrtc.PeerConnectionState) {
		fmt.Printf("connection with %s: %s\n", known.peer.PeerId, state)
	})
	connection.OnDataChannel(func(channel *webrtc.DataChannel) {
		if channel.Label() == "megabyte" {
			exchangeMegabyte(channel, known.peer.PeerId)
		}
	})
	connection.OnICECandidate(func(candidate *webrtc.ICECandidate) {
		trickled := &pb.IceCandidate{} // empty: the end of candidates
		if candidate != nil {
			init := candidate.ToJSON()
			index := uint32(*init.SDPMLineIndex)
			trickled.Candidate, trickled.SdpMid, trickled.SdpMLineIndex = init.Candidate, init.SDPMid, &index
		}
		l.Session.Send(&pb.SignalRequest{
			To: known.peer.PeerId, ToSession: known.peer.Session, NegotiationId: negotiation,
			Body: &pb.SignalRequest_IceCandidate{IceCandidate: trickled},
		})
	})
	return nil
}

func (l *Links) relayed(response *pb.SignalResponse, known *link) error {
	if offer := response.GetOffer(); offer != nil {
		if response.NegotiationId != known.negotiation {
			waiting := known.connection != nil && known.connection.SignalingState() == webrtc.SignalingStateHaveLocalOffer
			if waiting && !known.peer.YouArePolite {
				return nil // both sides offered, and this one's offer goes first
			}
			if err := l.connect(known, response.NegotiationId); err != nil {
				return err
			}
		}
		return l.answer(known, offer.Sdp)
	}
	if response.NegotiationId != known.negotiation || known.connection == nil {
		return nil // late: of an earlier negotiation
	}
	switch body := response.Body.(type) {
	case *pb.SignalResponse_Answer:
		remote := webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: body.Answer.Sdp}
		return known.connection.SetRemoteDescription(remote)
	case *pb.SignalResponse_IceCandidate:
		// Some stacks write the attribute with its "a=", which pion does not expect.
		candidate := strings.TrimPrefix(body.IceCandidate.Candidate, "a=")
		init := webrtc.ICECandidateInit{Candidate: candidate, SDPMid: body.IceCandidate.SdpMid}
		if body.IceCandidate.SdpMLineIndex != nil {
			index := uint16(*body.IceCandidate.SdpMLineIndex)
			init.SDPMLineIndex = &index
		}
		return known.connection.AddICECandidate(init)
	case *pb.SignalResponse_Bye:
		return known.connection.Close()
	}
	return nil
}

func (l *Links) send(known *link, signal *pb.SignalRequest) {
	signal.To, signal.ToSession, signal.NegotiationId = known.peer.PeerId, known.peer.Session, known.negotiation
	l.Session.Send(signal)
}

func serversOf(servers []*pb.IceServer) []webrtc.ICEServer {
	all := make([]webrtc.ICEServer, len(servers))
	for i, server := range servers {
		all[i] = webrtc.ICEServer{URLs: server.Urls, Username: server.Username, Credential: server.Credential}
	}
	return all
}
