// Package gate is where terminals come in: the enrolment call, and one websocket session for each terminal, over TLS
// with the hub's own CA. It checks who speaks and that what is said holds together (signatures, the chain inside a
// frame), hands it to the ledger, and brings back acks, law and leases. It also knows which terminals are there right
// now, and answers the questions of machines: livez, readyz, metrics.
//
// It decides nothing about vouchers, and knows neither SQL nor the book's files nor people's commands. Session is the
// conversation as a machine without I/O, goroutines and clock; Talk is the session with the ledger behind it, frames in and
// frames out; conn is the thin shell around that with a socket. The hub's main builds the gate and runs it; the ledger tells
// it what has changed.
package gate
