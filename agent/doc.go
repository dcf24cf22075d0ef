// Package agent is one till: Terminal owns the sale at hand, asks the law, records what was decided, and only then shows
// it. It knows the journal, and the hub only through it: what the uplink brings is told by the journal, so that online
// and offline are one path. Of scanners it knows that they give texts. It stands behind the desk (it is a desk.Counter),
// and packaging/hexiao-agent runs it beside the scanners, the desk and the uplink.
//
// The path of one sale: Read (what was scanned?), Spent (did this till use it already?), Judge (does the law allow it?),
// then with the hub there Ask, and wait for its word as long as the campaign's patience; without it, or without its word,
// Accept or Confirm inside the lease. Everything is on disk before anybody sees it (G5).
//
// Shifts are closed here, too: Closes keeps them in a file of their own, and says why.
//
// Core is the state machine: without goroutines, and without a clock but the journal's; it is handed every instant.
// Terminal is the shell around it: a mailbox, a timer and those who listen.
package agent
