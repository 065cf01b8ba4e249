package main

import (
	"fmt"
	"strings"

	pb "parley.example/go/gen/parley/v1"
)

// Swaps holds one swap of descriptions and candidates with each peer, and says on standard output what it sees.
type Swaps struct {
	// Called when a swap is complete.
	OnComplete func()
	session    *Session
	peers      map[string]*swap
}

// swap is what has passed between this side and one peer.
type swap struct {
	polite      bool
	session     uint32
	gone        bool
	negotiation string
	offering    bool
	described   bool
	ended       bool
	candidates  int
	complete    bool
}

func NewSwaps(session *Session) *Swaps {
	return &Swaps{session: session, peers: map[string]*swap{}, OnComplete: func() {}}
}

// Take processes one response.
func (s *Swaps) Take(response *pb.SignalResponse) {
	switch body := response.Body.(type) {
	case *pb.SignalResponse_Welcome:
		s.welcome(body.Welcome)
	case *pb.SignalResponse_PeerJoined:
		s.joined(body.PeerJoined.Peer, "came")
	case *pb.SignalResponse_PeerLeft:
		s.left(body.PeerLeft.PeerId, strings.TrimPrefix(body.PeerLeft.Reason.String(), "LEAVE_REASON_"))
	case *pb.SignalResponse_Rejected:
		fmt.Printf("signal %d was rejected: %s\n", body.Rejected.Seq, body.Rejected.Message)
	case *pb.SignalResponse_GoAway:
		fmt.Println("the service asks to come back elsewhere")
	default:
		// A signal of a former session with this name is not for the present one.
		if swap := s.peers[response.Sender]; swap != nil && swap.session == response.SenderSession {
			s.relayed(response, swap)
		}
	}
	s.complete()
}

func (s *Swaps) welcome(welcome *pb.Welcome) {
	if welcome.Resumed {
		fmt.Printf("resumed as %s\n", welcome.You.PeerId)
	} else {
		fmt.Printf("joined as %s\n", welcome.You.PeerId)
		s.peers = map[string]*swap{}
	}
	// The roster is the authority on who is there. The same name with another number is another session.
	present := map[string]bool{}
	for _, peer := range welcome.Peers {
		present[peer.PeerId] = true
		known := s.peers[peer.PeerId]
		if known == nil || known.gone || known.session != peer.Session {
			s.joined(peer, "is here")
		}
	}
	for id, swap := range s.peers {
		if !present[id] && !swap.gone {
			s.left(id, "while this side was away")
		}
	}
}

func (s *Swaps) left(peer, reason string) {
	fmt.Printf("peer %s left (%s)\n", peer, reason)
	if swap := s.peers[peer]; swap != nil {
		swap.gone = true
	}
}

func (s *Swaps) joined(peer *pb.Peer, verb string) {
	swap := &swap{polite: peer.YouArePolite, session: peer.Session}
	s.peers[peer.PeerId] = swap
	if swap.polite {
		fmt.Printf("peer %s %s; it makes the offer\n", peer.PeerId, verb)
		return
	}
	fmt.Printf("peer %s %s; this side makes the offer\n", peer.PeerId, verb)
	swap.negotiation, swap.offering = newNegotiation(), true
	offer := &pb.Offer{Sdp: newOffer()}
	s.send(peer.PeerId, swap, "offer", &pb.SignalRequest{Body: &pb.SignalRequest_Offer{Offer: offer}})
	s.sendCandidates(peer.PeerId, swap)
}

func (s *Swaps) relayed(response *pb.SignalResponse, swap *swap) {
	from := response.Sender
	switch body := response.Body.(type) {
	case *pb.SignalResponse_Offer:
		fmt.Printf("from %s: offer of %d bytes\n", from, len(body.Offer.Sdp))
		if swap.offering && !swap.polite {
			fmt.Println("both sides offered; this one's goes first")
			return
		}
		swap.negotiation, swap.described = response.NegotiationId, true
		answer := &pb.Answer{Sdp: newAnswer(body.Offer.Sdp)}
		s.send(from, swap, "answer", &pb.SignalRequest{Body: &pb.SignalRequest_Answer{Answer: answer}})
		s.sendCandidates(from, swap)
	case *pb.SignalResponse_Answer:
		fmt.Printf("from %s: answer of %d bytes\n", from, len(body.Answer.Sdp))
		swap.offering, swap.described = body.Answer.Provisional, true
	case *pb.SignalResponse_IceCandidate:
		if response.NegotiationId != swap.negotiation {
			fmt.Printf("from %s: late candidate of another negotiation\n", from)
		} else if body.IceCandidate.Candidate == "" {
			fmt.Printf("from %s: end of candidates\n", from)
			swap.ended = true
		} else {
			fmt.Printf("from %s: %s\n", from, body.IceCandidate.Candidate)
			swap.candidates++
		}
	case *pb.SignalResponse_Bye:
		fmt.Printf("from %s: bye (%s)\n", from, body.Bye.Reason)
	}
}

func (s *Swaps) sendCandidates(to string, swap *swap) {
	for _, candidate := range newCandidates() {
		what := candidate.Candidate
		if what == "" {
			what = "end of candidates"
		}
		s.send(to, swap, what, &pb.SignalRequest{Body: &pb.SignalRequest_IceCandidate{IceCandidate: candidate}})
	}
}

func (s *Swaps) send(to string, swap *swap, what string, signal *pb.SignalRequest) {
	fmt.Printf("to %s: %s\n", to, what)
	signal.To, signal.NegotiationId = to, swap.negotiation
	s.session.Send(signal)
}

// complete tells of each swap in which both sides have described themselves and nothing is under way.
func (s *Swaps) complete() {
	for id, swap := range s.peers {
		if swap.complete || !swap.described || !swap.ended || !s.session.Settled() {
			continue
		}
		swap.complete = true
		fmt.Printf("swap with %s is complete: %d candidates came\n", id, swap.candidates)
		s.OnComplete()
	}
}
