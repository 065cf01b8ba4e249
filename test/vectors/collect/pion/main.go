// Command pion collects from pion, and prints what it got as JSON.
package main

import (
	"encoding/json"
	"errors"
	"log"
	"os"
	"runtime/debug"
	"sync"

	"github.com/pion/webrtc/v4"
)

const sections = 20

type signal struct {
	Kind             string  `json:"kind"`
	SDP              string  `json:"sdp,omitempty"`
	Candidate        *string `json:"candidate,omitempty"`
	SDPMid           *string `json:"sdpMid,omitempty"`
	SDPMLineIndex    *uint16 `json:"sdpMLineIndex,omitempty"`
	UsernameFragment *string `json:"usernameFragment,omitempty"`
}

type vectors struct {
	Stack       string              `json:"stack"`
	Version     string              `json:"version"`
	Scenarios   map[string][]signal `json:"scenarios"`
	Unsupported map[string]string   `json:"unsupported"`
}

// pair is two connections, and what they sent.
type pair struct {
	a, b    *webrtc.PeerConnection
	mutex   sync.Mutex
	signals []signal
}

func (p *pair) add(one signal) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.signals = append(p.signals, one)
}

func (p *pair) trickle(from *webrtc.PeerConnection) {
	from.OnICECandidate(func(candidate *webrtc.ICECandidate) {
		if candidate == nil {
			end := ""
			p.add(signal{Kind: "candidate", Candidate: &end})
			return
		}
		init := candidate.ToJSON()
		p.add(signal{"candidate", "", &init.Candidate, init.SDPMid, init.SDPMLineIndex, init.UsernameFragment})
	})
}

func (p *pair) negotiate(options *webrtc.OfferOptions, beforeAnswer func(*webrtc.PeerConnection) error) error {
	offer, err := p.a.CreateOffer(options)
	if err != nil {
		return err
	}
	p.add(signal{Kind: "offer", SDP: offer.SDP})
	gatheredA := webrtc.GatheringCompletePromise(p.a)
	if err := errors.Join(p.a.SetLocalDescription(offer), p.b.SetRemoteDescription(offer)); err != nil {
		return err
	}
	if beforeAnswer != nil {
		if err := beforeAnswer(p.b); err != nil {
			return err
		}
	}
	answer, err := p.b.CreateAnswer(nil)
	if err != nil {
		return err
	}
	p.add(signal{Kind: "answer", SDP: answer.SDP})
	gatheredB := webrtc.GatheringCompletePromise(p.b)
	if err := errors.Join(p.b.SetLocalDescription(answer), p.a.SetRemoteDescription(answer)); err != nil {
		return err
	}
	<-gatheredA
	<-gatheredB
	return nil
}

func (p *pair) addMedia(kinds ...webrtc.RTPCodecType) error {
	for _, kind := range kinds {
		if _, err := p.a.AddTransceiverFromKind(kind); err != nil {
			return err
		}
	}
	return nil
}

func (p *pair) addData() error {
	_, err := p.a.CreateDataChannel("data", nil)
	return err
}

func stopFirst(pc *webrtc.PeerConnection) error { return pc.GetTransceivers()[0].Stop() }

func stopAll(pc *webrtc.PeerConnection) error {
	for _, transceiver := range pc.GetTransceivers() {
		if err := transceiver.Stop(); err != nil {
			return err
		}
	}
	return nil
}

func play(lite bool, scenario func(*pair) error) ([]signal, error) {
	var settings webrtc.SettingEngine
	if lite {
		settings.SetLite(true)
	}
	media := &webrtc.MediaEngine{}
	if err := media.RegisterDefaultCodecs(); err != nil {
		return nil, err
	}
	var p pair
	var err error
	if p.a, err = webrtc.NewAPI(webrtc.WithMediaEngine(media)).NewPeerConnection(webrtc.Configuration{}); err != nil {
		return nil, err
	}
	defer p.a.Close()
	api := webrtc.NewAPI(webrtc.WithSettingEngine(settings), webrtc.WithMediaEngine(media))
	if p.b, err = api.NewPeerConnection(webrtc.Configuration{}); err != nil {
		return nil, err
	}
	defer p.b.Close()
	p.trickle(p.a)
	p.trickle(p.b)
	if err := scenario(&p); err != nil {
		return nil, err
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.signals, nil
}

const audio, video = webrtc.RTPCodecTypeAudio, webrtc.RTPCodecTypeVideo

var scenarios = map[string]func(*pair) error{
	"nothing added yet": func(p *pair) error {
		offer, err := p.a.CreateOffer(nil)
		p.add(signal{Kind: "offer", SDP: offer.SDP})
		return err
	},
	"data only, trickled": func(p *pair) error {
		return errors.Join(p.addData(), p.negotiate(nil, nil))
	},
	"audio, video and data": func(p *pair) error {
		return errors.Join(p.addMedia(audio, video), p.addData(), p.negotiate(nil, nil))
	},
	"restart": func(p *pair) error {
		again := &webrtc.OfferOptions{ICERestart: true}
		return errors.Join(p.addData(), p.negotiate(nil, nil), p.negotiate(again, nil))
	},
	"rejected audio": func(p *pair) error {
		return errors.Join(p.addMedia(audio, video), p.negotiate(nil, stopFirst))
	},
	"everything rejected": func(p *pair) error {
		return errors.Join(p.addMedia(audio, video), p.negotiate(nil, stopAll))
	},
	"stopped media": func(p *pair) error {
		return errors.Join(p.addMedia(audio, video), p.negotiate(nil, nil), stopFirst(p.a), p.negotiate(nil, nil))
	},
	"20 video sections": func(p *pair) error {
		for count := 0; count < sections; count++ {
			if err := p.addMedia(video); err != nil {
				return err
			}
		}
		return p.negotiate(nil, nil)
	},
	"ICE-lite": func(p *pair) error {
		return errors.Join(p.addMedia(audio, video), p.addData(), p.negotiate(nil, nil))
	},
}

func version() string {
	info, _ := debug.ReadBuildInfo()
	for _, module := range info.Deps {
		if module.Path == "github.com/pion/webrtc/v4" {
			return module.Version
		}
	}
	return "unknown"
}

func main() {
	collected := vectors{"pion", version(), map[string][]signal{}, map[string]string{}}
	for name, scenario := range scenarios {
		signals, err := play(name == "ICE-lite", scenario)
		if err != nil {
			collected.Unsupported[name] = err.Error()
			continue
		}
		collected.Scenarios[name] = signals
	}
	if err := json.NewEncoder(os.Stdout).Encode(collected); err != nil {
		log.Fatal(err)
	}
}
