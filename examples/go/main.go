// Joins a room of Parley and swaps an offer, an answer and candidates with every peer in it.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	pb "parley.example/go/gen/parley/v1"
)

func main() {
	server := flag.String("server", "127.0.0.1:8080", "host and port of the service")
	room := flag.String("room", "demo", "room to join")
	peer := flag.String("peer", "", "name in the room (default: the server makes one)")
	once := flag.Bool("once", false, "leave after the first complete swap")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *server, *room, *peer, *once); err != nil {
		fmt.Fprintln(os.Stderr, "parley:", err)
		os.Exit(1)
	}
	fmt.Println("left")
}

func run(ctx context.Context, server, room, peer string, once bool) error {
	// A service beyond this machine wants credentials.NewTLS instead.
	connection, err := grpc.NewClient(server, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer connection.Close()

	join := &pb.Join{Room: room, Metadata: map[string]string{"runtime": "go"}}
	if peer != "" {
		join.PeerId = &peer
	}
	session := NewSession(pb.NewSignalingServiceClient(connection), join)
	swaps := NewSwaps(session)
	if once {
		swaps.OnComplete = session.Leave
	}
	return session.Run(ctx, swaps.Take)
}
