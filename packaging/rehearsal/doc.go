// Package rehearsal plays whole campaigns before they happen: one hub, its terminals, customers, cashiers, cheats and
// administrators, with outages, crashes, copied disks and wrong clocks, and checks every guarantee at every step. What it
// drives is the product itself (agent.Core, journal, uplink.Talk, gate.Talk, ledger, book); only the clock, the wires and
// the disks are its own.
//
// Everything happens in one goroutine, in an order that follows from one seed, so that a failure is played again bit for
// bit. Nothing here may look at the real time, range over a map or draw from any source but the seed's.
//
// It must not know how the product decides: what it expects is written down a second time, from what cashiers were shown
// (cashbook.go) and from the book's entries as a stranger would read them (audit.go). packaging/hexiao-rehearsal calls it.
package rehearsal
