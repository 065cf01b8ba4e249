package main

import (
	"math/rand/v2"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/status"
)

// End is what the error that ended a stream says of itself.
type End struct {
	// The reason of the contract, or the gRPC code where the connection was lost.
	reason string
	// What to do: never, later, resume, rejoin.
	retry string
	wait  time.Duration
}

func readEnd(err error) End {
	state := status.Convert(err)
	// Without a word from the service it was the connection, and the session is still there.
	end := End{reason: state.Code().String(), retry: "resume"}
	for _, detail := range state.Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			if detail.Domain == "parley.v1" {
				end.reason, end.retry = detail.Reason, detail.Metadata["retry"]
			}
		case *errdetails.RetryInfo:
			end.wait = detail.RetryDelay.AsDuration()
		}
	}
	return end
}

// Backoff doubles from attempt to attempt, with jitter so that not all clients come back at once.
type Backoff struct{ attempts int }

func (b *Backoff) Next() time.Duration {
	longest := min(200*time.Millisecond<<b.attempts, 5*time.Second)
	b.attempts = min(b.attempts+1, 5)
	return longest/2 + rand.N(longest/2)
}
