// Package journal is the till's durable record, in bbolt and in a plain second journal beside it: every redemption asked
// for or accepted here, what the hub made of each, the lease and how much of it is used, the law last heard, and the highest
// time ever known. Whatever is shown as accepted has been returned from here first, and is then on disk, twice (G5).
//
// A Terminal writes sales and is told what was settled; an uplink sends what is unsettled and brings answers, law and
// leases. Neither knows the other. The journal decides nothing about vouchers: it counts (is there lease left?), it
// chains (each record holds the hash of the one before), and it keeps. It checks no signature: whoever brings a signed
// thing has verified it.
//
// How it is made: all that ever happens to the disk is a batch of puts in one transaction, and the state in memory is a
// fold over the same puts. Open folds the file, a write folds its own batch after the commit, so memory can hold nothing
// that the disk does not, and reads do not touch the disk.
package journal
