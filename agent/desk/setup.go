package desk

import (
	"context"

	"hexiao/hub/voucher"
)

// Setup is what is plugged into this PC, and how it is set up.
type Setup struct {
	Found []Found `json:"found"` // what is there now and might be set up
	DeviceSetup
	File    string       `json:"file"`           // where it is written down
	Fixed   voucher.Text `json:"fixed,omitzero"` // why it cannot be changed from here and what to do; empty when it can
	Restart bool         `json:"restart"`        // what is written down holds only when the agent was started anew
}

// Found is one device that is there.
type Found struct {
	Kind    string `json:"kind"`                // of a scanner "serial", "evdev", "hidpos" or "camera"; or PrinterDevice
	Address string `json:"address"`             // what to write as its path or to: it stays the same when the device is plugged in again
	Path    string `json:"path"`                // where it is now, such as "/dev/ttyACM0"
	Name    string `json:"name"`                // what it calls itself; empty when it says nothing
	InUseBy string `json:"in_use_by,omitempty"` // another program that holds it, with its process number; empty when none does or it cannot be told
	SetUp   string `json:"set_up,omitempty"`    // how it is called in the settings; empty when it is not set up
	Likely  bool   `json:"likely"`              // it looks like what its kind says: a scanner's maker, a printer
}

// DeviceSetup is the devices' part of agent.toml. Empty fields mean the same as left out there.
type DeviceSetup struct {
	Scanners []ScannerSetup `json:"scanners"`
	PassOn   *PassOnSetup   `json:"pass_on"` // nil: scans that are not for us go nowhere
	Display  *DisplaySetup  `json:"display"` // nil: no customer display is listened to
	Printer  *PrinterSetup  `json:"printer"` // nil: slips are not printed by the agent
}

// ScannerSetup is one scanner.
type ScannerSetup struct {
	Kind string `json:"kind,omitempty"` // "serial", "evdev", "hidpos", "rawinput" or "camera"
	Path string `json:"path"`
	Mode string `json:"mode,omitempty"` // of a serial line
	Name string `json:"name,omitempty"` // how the window calls it
}

// PassOnSetup is where codes go on to that are not for us.
type PassOnSetup struct {
	To   string `json:"to"`             // "type", or a serial port
	Mode string `json:"mode,omitempty"` // of that port
	End  string `json:"end,omitempty"`  // "enter" or "none"
}

// DisplaySetup is the tap on the customer display.
type DisplaySetup struct {
	From string `json:"from"`           // the port that the POS writes to
	To   string `json:"to,omitempty"`   // the port of the real display; empty: there is none
	Mode string `json:"mode,omitempty"` // of both lines
	Kind string `json:"kind,omitempty"` // "cd5220", "escpos" or "led8n"; empty: it tells itself
	Show bool   `json:"show,omitempty"` // what is left to pay after a voucher is shown on it
}

// PrinterSetup is the slip printer.
type PrinterSetup struct {
	To    string `json:"to"`             // a serial port, "/dev/usb/lp0" or "tcp:192.168.1.50:9100"
	Mode  string `json:"mode,omitempty"` // of a serial line
	Width int    `json:"width,omitempty"`
	Lang  string `json:"lang,omitempty"`
	Each  bool   `json:"each,omitempty"` // each accepted redemption is printed by itself
}

// Bench finds devices and keeps how they are set up. Its methods are safe for concurrent use.
type Bench interface {
	// Setup looks what is there. It opens no device that somebody reads.
	Setup(ctx context.Context) (Setup, error)
	// SetUp changes how the devices are set up: change is handed what is written down now. Nothing is changed when there is
	// an error, which is an *Error: 400 names the value that will not do, 409 says that it is fixed, 500 and 507 that the
	// file could not be written.
	SetUp(ctx context.Context, change func(*DeviceSetup)) (Setup, error)
}

// Setup gives what is plugged into the PC and how it is set up.
func (c *Client) Setup(ctx context.Context) (Setup, error) {
	var now Setup
	return now, c.call(ctx, "GET", "/v1/setup", nil, &now)
}

// SetUp sets the devices up, all of them: what d lacks is taken away. Errors as SetSettings, and those of Bench.SetUp.
func (c *Client) SetUp(ctx context.Context, pin string, d DeviceSetup) (Setup, error) {
	if d.Scanners == nil {
		d.Scanners = []ScannerSetup{}
	}
	var now Setup
	return now, c.call(ctx, "PUT", "/v1/setup", struct {
		PIN string `json:"pin"`
		DeviceSetup
	}{pin, d}, &now)
}

// DiskFull tells the errors of a disk, a quota or a file that can take no more.
func DiskFull(err error) bool { return isFull(err) }
