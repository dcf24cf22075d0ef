// Package leasemodel plays every order of events that a small world of leases can see, and looks in each state whether
// the guarantees about stock hold: two terminals, a hub, a few units, lost answers, clocks that are late, a copied or
// restored disk, a restored hub. It is the protocol of hub/ledger and agent/journal on paper: the same words, none of
// their code, so that a mistake in the rule shows before anybody looks for a mistake in the code.
//
// It must know nothing but the rule: no room of ours, no clock, no disk. Only tests and the table of proofs call it.
package leasemodel
