// A peer over github.com/coder/websocket: answers the first offer, and shows how the service ends a stream.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"strings"
	"time"

	"github.com/coder/websocket"
)

type message = map[string]any

// How many fragments the answer comes in.
const fragments = 10

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	address := strings.Replace(os.Getenv("PARLEY"), "http", "ws", 1) + "/v1/signal"
	socket := connect(ctx, address)
	fmt.Println("subprotocol", socket.Subprotocol())
	send(ctx, socket, message{"join": message{"room": "clients", "peerId": "guest"}})
	pong := make(chan error, 1)
	for {
		received, err := receive(ctx, socket)
		if err != nil {
			fmt.Println("closed", describe(err))
			break
		}
		switch {
		case received["welcome"] != nil:
			fmt.Println("welcome")
		case received["offer"] != nil:
			fmt.Println("offer from", received["sender"])
			answer(ctx, socket, received)
			// Its pong comes with what is read.
			go func() { pong <- socket.Ping(ctx) }()
		case received["bye"] != nil:
			if err := <-pong; err != nil {
				log.Fatal(err)
			}
			fmt.Println("pong")
			send(ctx, socket, message{"seq": 2, "leave": message{}})
		}
	}
	refused := connect(ctx, address)
	send(ctx, refused, message{"join": message{"room": ""}})
	_, err := receive(ctx, refused)
	fmt.Println("refused", describe(err))
}

func connect(ctx context.Context, address string) *websocket.Conn {
	socket, _, err := websocket.Dial(ctx, address, &websocket.DialOptions{Subprotocols: []string{"parley.v1.json"}})
	if err != nil {
		log.Fatal(err)
	}
	socket.SetReadLimit(1 << 20)
	return socket
}

func send(ctx context.Context, socket *websocket.Conn, value message) {
	text, err := json.Marshal(value)
	if err != nil {
		log.Fatal(err)
	}
	if err := socket.Write(ctx, websocket.MessageText, text); err != nil {
		log.Fatal(err)
	}
}

// One message, in several fragments.
func answer(ctx context.Context, socket *websocket.Conn, offer message) {
	sdp := "v=0\r\na=fingerprint:sha-256 00\r\ns=" + strings.Repeat("é", 20000) + "\r\n"
	text, err := json.Marshal(message{"seq": 1, "to": offer["sender"], "answer": message{"sdp": sdp}})
	if err != nil {
		log.Fatal(err)
	}
	writer, err := socket.Writer(ctx, websocket.MessageText)
	if err != nil {
		log.Fatal(err)
	}
	for n := range fragments {
		if _, err := writer.Write(text[len(text)*n/fragments : len(text)*(n+1)/fragments]); err != nil {
			log.Fatal(err)
		}
	}
	if err := writer.Close(); err != nil {
		log.Fatal(err)
	}
}

func receive(ctx context.Context, socket *websocket.Conn) (message, error) {
	_, text, err := socket.Read(ctx)
	if err != nil {
		return nil, err
	}
	var received message
	if err := json.Unmarshal(text, &received); err != nil {
		return nil, err
	}
	if received["closed"] != nil {
		return receive(ctx, socket)
	}
	return received, nil
}

func describe(err error) string {
	var closed websocket.CloseError
	if errors.As(err, &closed) {
		return strings.TrimSpace(fmt.Sprint(int(closed.Code), " ", closed.Reason))
	}
	if errors.Is(err, io.EOF) {
		return "without a close frame"
	}
	return err.Error()
}
