// Package uplink is the line to the hub: the journal goes up, answers, law and leases come down. It also enrols a PC
// once, and keeps what that gave (Identity). It knows the journal and nothing of the Terminal: what the hub says reaches
// the counter through the journal alone, so that near the hub and far from it are one path.
//
// What is said and when is in session, which has no I/O, no goroutine and no clock. Talk is a session and the journal:
// frames in, frames out. Link is the thin shell with the websocket around it; packaging/hexiao-agent runs it, and a
// rehearsal drives Talk alone.
package uplink
