// The peers of a drill, with the session of the example: built in its place of main.go. Prints PeerEvents as JSON.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	pb "parley.example/go/gen/parley/v1"
)

type event map[string]any

var output sync.Mutex

func report(kind string, more event) {
	more["kind"] = kind
	line, _ := json.Marshal(more)
	output.Lock()
	defer output.Unlock()
	fmt.Println(string(line))
}

// drilled is one peer, which sends to the other of its room.
type drilled struct {
	name, other string
	session     *Session
	sent        []uint32 // the seq of the signals 1, 2, 3 …
	acked       int
	there       bool
	joined      bool
	mutex       sync.Mutex
}

func (d *drilled) numbered(from, to string, number int) event {
	return event{"from": from, "to": to, "number": number}
}

func (d *drilled) take(response *pb.SignalResponse) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	switch body := response.Body.(type) {
	case *pb.SignalResponse_Welcome:
		if d.joined && !body.Welcome.Resumed {
			report("reset", event{"peer": d.name, "reason": "joined again"})
		}
		d.joined = true
		report("open", event{"peer": d.name, "node": body.Welcome.Server.Node})
		d.there = len(body.Welcome.Peers) > 0
	case *pb.SignalResponse_PeerJoined:
		d.there = true
	case *pb.SignalResponse_PeerLeft:
		report("left", event{"peer": d.name, "about": body.PeerLeft.PeerId, "cause": body.PeerLeft.Reason.String()})
	case *pb.SignalResponse_Rejected:
		report("broken", event{"peer": d.name, "text": "rejected: " + body.Rejected.Message})
	case *pb.SignalResponse_IceCandidate:
		var number int
		fmt.Sscanf(body.IceCandidate.Candidate, "candidate:%d ", &number)
		report("received", d.numbered(response.Sender, d.name, number))
	}
	for d.acked < len(d.sent) && d.sent[d.acked] <= d.session.acked {
		d.acked++
		report("acked", d.numbered(d.name, d.other, d.acked))
	}
}

func (d *drilled) send() {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	if !d.there {
		return
	}
	number := len(d.sent) + 1
	report("sent", d.numbered(d.name, d.other, number))
	candidate := fmt.Sprintf("candidate:%d 1 udp 2122260223 192.0.2.1 54400 typ host", number)
	signal := &pb.SignalRequest{
		To: d.other, Body: &pb.SignalRequest_IceCandidate{IceCandidate: &pb.IceCandidate{Candidate: candidate}},
	}
	d.session.Send(signal)
	d.sent = append(d.sent, signal.Seq)
}

func main() {
	server := flag.String("server", "", "host and port")
	ca := flag.String("ca", "", "file of the authority")
	names := flag.String("peers", "", "names, in pairs")
	flag.Parse()
	trusted, err := credentials.NewClientTLSFromFile(*ca, "localhost")
	if err != nil {
		log.Fatal(err)
	}
	channel, err := grpc.NewClient(*server, grpc.WithTransportCredentials(trusted))
	if err != nil {
		log.Fatal(err)
	}
	client := pb.NewSignalingServiceClient(channel)
	peers := strings.Split(*names, ",")
	var quiet atomic.Bool
	for i, name := range peers {
		d := &drilled{name: name, other: peers[i^1]}
		join := &pb.Join{Room: fmt.Sprintf("%s-%d", peers[0], i/2), PeerId: &name}
		d.session = &Session{Client: client, Join: join, Handle: d.take}
		go func() {
			report("closed", event{"peer": name, "reason": fmt.Sprint(d.session.Run(context.Background()))})
		}()
		go func() {
			for !quiet.Load() {
				time.Sleep(200 * time.Millisecond)
				d.send()
			}
		}()
	}
	bufio.NewReader(os.Stdin).ReadString('\n')
	quiet.Store(true)
	select {}
}
