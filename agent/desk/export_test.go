package desk

import (
	"context"
	"encoding/json"
)

// What the outer tests look at.
var (
	Description = description
	LineStates  = lineStates
	Answers     = answers
	PageFile    = func(name string) string { return string(pageFiles[name].body) }
)

// Routes gives the methods of every path that the server knows.
func (s *Server) Routes() map[string][]string { return s.methods }

// Given notes an answer as told.
func (s *Server) Given(a Answer) { s.slips.given(a) }

// AdoptPIN sets a PIN as LeavePIN does, hashed as often as this file's are.
func (f *SettingsFile) AdoptPIN(pin string) error {
	hash, err := hashPIN(pin, f.rounds)
	if err != nil {
		return err
	}
	f.trying.Lock()
	defer f.trying.Unlock()
	f.takePIN(hash)
	return nil
}

// LeavePINQuickly is LeavePIN with a hash that costs nothing.
func LeavePINQuickly(dir, pin string) error { return leavePIN(dir, pin, 1) }

// Raw sends a body as it stands.
func (c *Client) Raw(ctx context.Context, method, path, body string) error {
	return c.call(ctx, method, path, json.RawMessage(body), nil)
}
