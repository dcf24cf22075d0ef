package desk

import (
	"context"
	"net/http"

	"hexiao/hub/voucher"
)

// Finding is what one check of this PC found.
type Finding struct {
	Check string       `json:"check"` // what was looked at: "hub", "clock", "scanner", "disk", ...; more are added as checks grow
	State string       `json:"state"` // Fine, Worse or Bad
	Text  voucher.Text `json:"text"`  // what was found, naming the place; no code, key or token is ever in it
	Next  voucher.Text `json:"next"`  // what to do; empty when there is nothing to do
}

// The states of a Finding.
const (
	Fine  = "ok"
	Worse = "warn" // it works, but worse, or somebody should look
	Bad   = "fail" // something will not work until it is put right
)

// Findings is the answer of GET /v1/doctor.
type Findings struct {
	Findings []Finding `json:"findings"`
}

func (s *Server) getDoctor(w http.ResponseWriter, r *http.Request) {
	found, err := s.examine(r.Context())
	if found == nil {
		found = []Finding{}
	}
	answer(w, Findings{found}, err)
}

// examine checks this PC. It takes up to 15 s where the network is dead, so one at a time is plenty: whoever asks meanwhile
// waits for his turn, or until ctx ends.
func (s *Server) examine(ctx context.Context) ([]Finding, error) {
	select {
	case s.checking <- struct{}{}:
		defer func() { <-s.checking }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return s.doctor(ctx), nil
}

// Doctor has the agent check the PC it runs on. It blocks for up to 15 s, longer when others ask, too.
func (c *Client) Doctor(ctx context.Context) ([]Finding, error) {
	var f Findings
	err := c.call(ctx, "GET", "/v1/doctor", nil, &f)
	return f.Findings, err
}
