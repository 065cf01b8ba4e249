package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	random "math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	pb "parley.example/go/gen/parley/v1"
)

// Session is a place in a room that outlives its streams: what was sent and not acknowledged is sent again, and each
// response is handled once, in order, on the goroutine of Run.
type Session struct {
	Client pb.SignalingServiceClient
	Join   *pb.Join
	Handle func(*pb.SignalResponse)

	mutex               sync.Mutex
	stream              pb.SignalingService_SignalClient // nil while there is none
	token               string
	seq, acked, lastSeq uint32              // last signal sent, last one acknowledged, last response handled
	unacked             []*pb.SignalRequest // the signals after acked
	bound               time.Duration       // of the wait before the next attempt
}

// Run joins, and returns nil when the session has left, or an error if the service will not have it.
func (s *Session) Run(ctx context.Context) error {
	s.Join.Nonce = []byte(rand.Text())
	for {
		advice, err := s.follow(ctx)
		retry := strings.Join(advice["parley-retry"], "")
		if err == io.EOF {
			return nil
		} else if retry == "never" || retry == "" && refusedByProxy(err) || ctx.Err() != nil {
			return err
		} else if retry == "rejoin" { // the session is gone; the next one may have its name
			s.Join.FormerNonce, s.Join.Nonce = s.Join.Nonce, []byte(rand.Text())
			s.token, s.seq, s.acked, s.lastSeq, s.unacked = "", 0, 0, 0, nil
		}
		fmt.Println("stream lost:", err)
		s.bound = min(max(2*s.bound, 250*time.Millisecond), 10*time.Second)
		least, _ := strconv.Atoi(strings.Join(advice["parley-retry-after-ms"], ""))
		time.Sleep(max(random.N(s.bound), time.Duration(least)*time.Millisecond))
	}
}

// Send numbers a signal and sends it; while there is no stream, it waits for the next.
func (s *Session) Send(signal *pb.SignalRequest) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.seq++
	signal.Seq = s.seq
	s.unacked = append(s.unacked, signal)
	s.write(signal)
}

func (s *Session) write(request *pb.SignalRequest) {
	if s.stream != nil {
		request.Ack = s.lastSeq
		_ = s.stream.Send(request) // a failure shows where the stream is read
	}
}

// follow holds the session over one stream, and returns how that ended: io.EOF after a Leave.
func (s *Session) follow(ctx context.Context) (advice map[string][]string, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := s.Client.Signal(ctx)
	if err != nil {
		return nil, err
	}
	_ = stream.Send(s.opening())
	patience := 10 * time.Second
	silence := time.AfterFunc(patience, cancel)
	for {
		response, err := stream.Recv()
		if err != nil {
			return stream.Trailer(), err
		}
		if welcome := response.GetWelcome(); welcome != nil {
			patience, s.bound = welcome.HeartbeatInterval.AsDuration()*5/2, 0
		} else if goAway := response.GetGoAway(); goAway != nil {
			time.AfterFunc(goAway.ReconnectAfter.AsDuration(), cancel)
		}
		silence.Reset(patience)
		if s.take(stream, response) {
			s.Handle(response)
		}
	}
}

// opening is the first request of a stream: it joins, or resumes the session that there is.
func (s *Session) opening() *pb.SignalRequest {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.stream = nil
	s.Join.Attempt++
	if s.token == "" {
		return &pb.SignalRequest{Body: &pb.SignalRequest_Join{Join: s.Join}}
	}
	resume := &pb.Resume{SessionToken: s.token, LastSeq: s.lastSeq, AckedSeq: s.acked, Attempt: s.Join.Attempt}
	return &pb.SignalRequest{Body: &pb.SignalRequest_Resume{Resume: resume}}
}

// take notes what a response says of the session, and reports whether it is new.
func (s *Session) take(stream pb.SignalingService_SignalClient, response *pb.SignalResponse) bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.acked = max(s.acked, response.Ack)
	s.unacked = slices.DeleteFunc(s.unacked, func(signal *pb.SignalRequest) bool { return signal.Seq <= s.acked })
	if welcome := response.GetWelcome(); welcome != nil {
		s.stream, s.token = stream, welcome.SessionToken
		for _, signal := range s.unacked {
			s.write(signal)
		}
	}
	if response.Seq <= s.lastSeq {
		return response.Seq == 0
	}
	s.lastSeq = response.Seq
	s.write(&pb.SignalRequest{}) // a bare acknowledgement
	return true
}
