package desk

import "context"

// Settings are what a technician sets at the till. They hold for every window and page of this agent.
type Settings struct {
	Lang       string `json:"lang"`       // "zh" or "en": what windows begin with
	Volume     int    `json:"volume"`     // of sounds, 0 (silent) to MaxVolume
	Speech     bool   `json:"speech"`     // answers are spoken where the system can
	TextSize   int    `json:"text_size"`  // percent, MinTextSize to MaxTextSize
	FullScreen bool   `json:"fullscreen"` // windows fill the screen
	Practice   bool   `json:"practice"`   // cashiers may practise
	PINSet     bool   `json:"pin_set"`    // a PIN was set; without one nobody can change settings from a window. Not settable here
}

// What windows and pages let people choose; the desk takes nothing else.
const (
	MaxVolume   = 100 // 0 is silent
	MinTextSize = 100 // percent
	MaxTextSize = 150 // percent: a screen at ten feet needs no more than half as large again
	MinPIN      = 6   // digits
	MaxPIN      = 12  // digits
)

// DefaultSettings hold until somebody changes them.
func DefaultSettings() Settings {
	return Settings{Lang: "zh", Volume: 70, Speech: false, TextSize: 100, Practice: true}
}

// Settings gives the settings that hold now.
func (c *Client) Settings(ctx context.Context) (Settings, error) {
	var now Settings
	return now, c.call(ctx, "GET", "/v1/settings", nil, &now)
}

// CheckPIN tells whether a PIN is right. A wrong one is an *Error with status 403 that says how many tries are left; after
// five wrong ones the status is 429, and the sentence says how long to wait.
func (c *Client) CheckPIN(ctx context.Context, pin string) error {
	return c.call(ctx, "POST", "/v1/pin/check", map[string]string{"pin": pin}, nil)
}

// SetSettings changes the settings; errors as CheckPIN, and 400 for a value out of its range.
func (c *Client) SetSettings(ctx context.Context, pin string, s Settings) (Settings, error) {
	var now Settings
	return now, c.call(ctx, "PUT", "/v1/settings", struct {
		PIN string `json:"pin"`
		Settings
	}{pin, s}, &now)
}

// SetPIN changes the PIN, MinPIN to MaxPIN digits. The first one is set with `hexiao-agent pin`, on the PC itself.
func (c *Client) SetPIN(ctx context.Context, pin, next string) error {
	return c.call(ctx, "PUT", "/v1/pin", map[string]string{"pin": pin, "next": next}, nil)
}
