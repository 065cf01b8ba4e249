// Opens many sessions over one channel, at the same time, and then sends a unary call over it.
//
//	go run . -server 127.0.0.1:8080 -sessions 500
//
// It needs no generated code: the few messages that it sends are encoded by hand.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
)

const service = "/parley.v1.SignalingService/"

// rawCodec passes encoded messages on.
type rawCodec struct{}

func (rawCodec) Marshal(message any) ([]byte, error)      { return *message.(*[]byte), nil }
func (rawCodec) Unmarshal(data []byte, message any) error { *message.(*[]byte) = data; return nil }
func (rawCodec) Name() string                             { return "proto" }

// field encodes one field of length-delimited type, whose length is below 128.
func field(number int, value []byte) []byte {
	tag := number<<3 | 2
	encoded := []byte{byte(tag)}
	if tag >= 128 {
		encoded = []byte{byte(tag | 128), byte(tag >> 7)}
	}
	return append(append(encoded, byte(len(value))), value...)
}

func main() {
	server := flag.String("server", "127.0.0.1:8080", "host and port")
	sessions := flag.Int("sessions", 500, "how many")
	flag.Parse()
	channel, err := grpc.NewClient(*server,
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.ForceCodec(rawCodec{})))
	if err != nil {
		log.Fatal(err)
	}
	defer channel.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()

	streams := make([]grpc.ClientStream, 0, *sessions)
	var response []byte
	for index := range *sessions {
		description := &grpc.StreamDesc{ClientStreams: true, ServerStreams: true}
		stream, err := channel.NewStream(ctx, description, service+"Signal")
		if err != nil {
			log.Fatalf("stream %d: %v", index, err)
		}
		join := field(20, field(1, fmt.Appendf(nil, "room-%d", index)))
		if err := stream.SendMsg(&join); err != nil {
			log.Fatalf("join %d: %v", index, err)
		}
		if err := stream.RecvMsg(&response); err != nil {
			log.Fatalf("welcome %d: %v", index, err)
		}
		streams = append(streams, stream)
	}
	fmt.Printf("%d sessions are open\n", len(streams))

	empty := []byte{}
	err = channel.Invoke(ctx, service+"SendSignals", &empty, &response)
	if status.Code(err) != codes.Unauthenticated {
		log.Fatalf("the unary call without a token: %v", err)
	}
	fmt.Println("a unary call is answered")

	leave := append([]byte{0x08, 1}, field(22, nil)...)
	for index, stream := range streams {
		if err := stream.SendMsg(&leave); err != nil {
			log.Fatalf("leave %d: %v", index, err)
		}
		for err = nil; err == nil; err = stream.RecvMsg(&response) {
		}
		if !errors.Is(err, io.EOF) {
			log.Fatalf("session %d ended: %v", index, err)
		}
	}
	fmt.Printf("%d sessions have left\n", len(streams))
}
