// Joins a room of Parley, connects with every peer in it, and exchanges a megabyte with each over a data channel.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	pb "parley.example/go/gen/parley/v1"
)

// How long a Leave may take.
const leaveTimeout = 2 * time.Second

func main() {
	server := flag.String("server", "127.0.0.1:8080", "host and port of the service")
	room := flag.String("room", "demo", "room to join")
	peer := flag.String("peer", "", "name in the room (default: the server makes one)")
	flag.Parse()
	if err := run(*server, *room, *peer); err != nil {
		fmt.Fprintln(os.Stderr, "parley:", err)
		os.Exit(1)
	}
	fmt.Println("left")
}

func run(server, room, peer string) error {
	// A service beyond this machine wants credentials.NewTLS instead.
	channel, err := grpc.NewClient(server, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer channel.Close()

	join := &pb.Join{Room: room, Metadata: map[string]string{"runtime": "go"}}
	if peer != "" {
		join.PeerId = &peer
	}
	session := &Session{Client: pb.NewSignalingServiceClient(channel), Join: join}
	links := &Links{Session: session, links: map[string]*link{}}
	session.Handle = links.Take

	asked, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, giveUp := context.WithCancel(context.Background())
	defer giveUp()
	context.AfterFunc(asked, func() {
		session.Send(&pb.SignalRequest{Body: &pb.SignalRequest_Leave{Leave: &pb.Leave{}}})
		time.AfterFunc(leaveTimeout, giveUp)
	})
	if err := session.Run(ctx); ctx.Err() == nil {
		return err
	}
	return nil
}
