package main

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/pion/webrtc/v4"
)

const chunks, chunkBytes = 64, 16 * 1024

// exchangeMegabyte sends a megabyte and its SHA-256 over a channel, and reports whether the one that comes is intact.
func exchangeMegabyte(channel *webrtc.DataChannel, peer string) {
	received, bytes := sha256.New(), 0
	channel.OnOpen(func() {
		sent, chunk := sha256.New(), make([]byte, chunkBytes)
		for range chunks {
			rand.Read(chunk)
			sent.Write(chunk)
			_ = channel.Send(chunk) // fails if the peer has closed it
		}
		_ = channel.SendText(hex.EncodeToString(sent.Sum(nil)))
	})
	channel.OnMessage(func(message webrtc.DataChannelMessage) {
		if !message.IsString {
			received.Write(message.Data)
			bytes += len(message.Data)
		} else if string(message.Data) == hex.EncodeToString(received.Sum(nil)) {
			fmt.Printf("received %d bytes from %s: intact\n", bytes, peer)
		} else {
			fmt.Printf("received %d bytes from %s: damaged\n", bytes, peer)
		}
	})
}
