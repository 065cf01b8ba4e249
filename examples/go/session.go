package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"time"

	"google.golang.org/grpc"

	pb "parley.example/go/gen/parley/v1"
)

// After so many intervals without a word from the service the stream is taken for dead.
const silentIntervals = 3

// How long a Leave may take when the program is asked to stop.
const leaveTimeout = 2 * time.Second

// Session is a place in a room that outlives its streams: what was sent and not acknowledged is sent again, and
// what was received and processed is acknowledged. All of it happens on the goroutine of Run.
type Session struct {
	client pb.SignalingServiceClient
	join   *pb.Join
	token  string
	// How often the session was opened: an older try that arrives late must not displace a newer one.
	attempt uint32
	leaving bool
	// The stream, while there is one.
	stream grpc.BidiStreamingClient[pb.SignalRequest, pb.SignalResponse]
	// The number of the last signal sent, of the last that the service has acknowledged, and those after it.
	sent    uint32
	acked   uint32
	unacked []*pb.SignalRequest
	// The number of the last response processed, and the last that the service was told of.
	processed    uint32
	acknowledged uint32
	interval     time.Duration
}

func NewSession(client pb.SignalingServiceClient, join *pb.Join) *Session {
	session := &Session{client: client, join: join}
	session.startAfresh()
	return session
}

// Run joins the room and hands every response to handle, until the session has left. It leaves when ctx is done.
func (s *Session) Run(ctx context.Context, handle func(*pb.SignalResponse)) error {
	var backoff Backoff
	for {
		welcomed, err := s.follow(ctx, handle)
		if welcomed {
			backoff = Backoff{}
		}
		if err == nil || ctx.Err() != nil {
			return nil
		}
		end := readEnd(err)
		if s.leaving && end.retry == "rejoin" {
			return nil
		}
		if end.retry == "never" {
			return fmt.Errorf("%s: %w", end.reason, err)
		}
		if end.retry == "rejoin" {
			s.startAfresh()
		}
		wait := max(end.wait, backoff.Next())
		fmt.Printf("stream lost (%s); trying again in %v\n", end.reason, wait.Round(time.Millisecond))
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil
		}
	}
}

// Send numbers a signal and sends it; while there is no stream, it goes out with the next.
func (s *Session) Send(signal *pb.SignalRequest) {
	s.sent++
	signal.Seq = s.sent
	s.unacked = append(s.unacked, signal)
	s.write(signal)
}

// Leave ends the session; Run returns when the service has confirmed it.
func (s *Session) Leave() {
	if s.leaving {
		return
	}
	s.leaving = true
	s.Send(&pb.SignalRequest{Body: &pb.SignalRequest_Leave{Leave: &pb.Leave{}}})
}

// Settled tells whether everything that was sent is stored in its recipient's mailbox, or was rejected.
func (s *Session) Settled() bool { return len(s.unacked) == 0 }

// follow holds the session over one stream, to its end. It returns nil after a Leave.
func (s *Session) follow(ctx context.Context, handle func(*pb.SignalResponse)) (welcomed bool, err error) {
	// Not of ctx: when that is done, there is still a Leave to send.
	streamCtx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	stream, err := s.client.Signal(streamCtx)
	if err != nil {
		return false, err
	}
	// What is wrong with the stream is seen where it is read.
	_ = stream.Send(s.opening())
	responses, ended := read(streamCtx, stream)

	heartbeat := time.NewTicker(s.interval)
	defer heartbeat.Stop()
	silence := time.AfterFunc(silentIntervals*s.interval, func() { cancel(errors.New("the service fell silent")) })
	defer silence.Stop()
	stop := ctx.Done()
	for {
		select {
		case response, open := <-responses:
			if !open {
				s.stream = nil
				return welcomed, errors.Join(<-ended, context.Cause(streamCtx))
			}
			switch body := response.Body.(type) {
			case *pb.SignalResponse_Welcome:
				welcomed = true
				s.welcome(stream, response, body.Welcome)
				heartbeat.Reset(s.interval)
			case *pb.SignalResponse_GoAway:
				time.AfterFunc(body.GoAway.ReconnectAfter.AsDuration(), func() { cancel(errors.New("asked to go elsewhere")) })
			}
			silence.Reset(silentIntervals * s.interval)
			s.take(response, handle)
			// One acknowledgement for all that came at once.
			if len(responses) == 0 && s.acknowledged != s.processed {
				s.write(beat())
			}
		case <-heartbeat.C:
			s.write(beat())
		case <-stop:
			stop = nil
			s.Leave()
			time.AfterFunc(leaveTimeout, func() { cancel(errors.New("the service did not confirm")) })
		}
	}
}

// opening is the first request of a stream.
func (s *Session) opening() *pb.SignalRequest {
	s.attempt++
	if s.token == "" {
		s.join.Attempt = s.attempt
		return &pb.SignalRequest{Body: &pb.SignalRequest_Join{Join: s.join}}
	}
	resume := &pb.Resume{SessionToken: s.token, LastSeq: s.processed, AckedSeq: s.acked, Attempt: s.attempt}
	return &pb.SignalRequest{Body: &pb.SignalRequest_Resume{Resume: resume}}
}

func (s *Session) welcome(
	stream grpc.BidiStreamingClient[pb.SignalRequest, pb.SignalResponse],
	response *pb.SignalResponse,
	welcome *pb.Welcome,
) {
	s.stream = stream
	s.token = welcome.SessionToken
	if interval := welcome.HeartbeatInterval.AsDuration(); interval > 0 {
		s.interval = interval
	}
	s.settle(response.Ack)
	for _, signal := range s.unacked {
		s.write(signal)
	}
}

func (s *Session) take(response *pb.SignalResponse, handle func(*pb.SignalResponse)) {
	s.settle(response.Ack)
	if response.Seq != 0 && response.Seq <= s.processed {
		return
	}
	handle(response)
	s.processed = max(s.processed, response.Seq)
}

// settle forgets what the service has acknowledged.
func (s *Session) settle(ack uint32) {
	s.acked = max(s.acked, ack)
	for len(s.unacked) > 0 && s.unacked[0].Seq <= ack {
		s.unacked = s.unacked[1:]
	}
}

func (s *Session) write(request *pb.SignalRequest) {
	if s.stream == nil {
		return
	}
	request.Ack = s.processed
	s.acknowledged = s.processed
	_ = s.stream.Send(request)
}

// startAfresh makes the next stream begin a new session. The nonce stays the same while the join is repeated.
func (s *Session) startAfresh() {
	s.token, s.sent, s.acked, s.unacked, s.processed, s.acknowledged = "", 0, 0, nil, 0, 0
	s.attempt = 0
	s.interval = 15 * time.Second
	s.join.Nonce = make([]byte, 16)
	rand.Read(s.join.Nonce)
}

func beat() *pb.SignalRequest {
	return &pb.SignalRequest{Body: &pb.SignalRequest_Heartbeat{Heartbeat: &pb.Heartbeat{}}}
}

// read passes the responses on, and the error that ended them; nil where the stream ended with OK.
func read(
	ctx context.Context,
	stream grpc.BidiStreamingClient[pb.SignalRequest, pb.SignalResponse],
) (<-chan *pb.SignalResponse, <-chan error) {
	responses, ended := make(chan *pb.SignalResponse, 64), make(chan error, 1)
	go func() {
		defer close(responses)
		for {
			response, err := stream.Recv()
			if err != nil {
				if errors.Is(err, io.EOF) {
					err = nil
				}
				ended <- err
				return
			}
			select {
			case responses <- response:
			case <-ctx.Done():
				ended <- ctx.Err()
				return
			}
		}
	}()
	return responses, ended
}
