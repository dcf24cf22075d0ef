// Package streams makes labelled streams of voucher redemptions for testing a detector of cash-out, and scores what the
// detector says: the adversary's side. It is a world of its own, with its own geography, people, bills, hours, outages and
// crooks, and draws its parameters per seed, so that nothing can be tuned to constants. It must not know the detector: a
// generator that knows where one looks tests only what one thought of. Tests and packaging/streams/gen call it.
//
// A county is made in this order: its setting (setting.go), towns, people and shops (county.go, people.go, shop.go), who is
// odd and who is crooked (cast.go), claims (claim.go), outages (network.go), what the crooks do (crook*.go, in patterns.go
// by name), what odd honest shops do (odd*.go, in oddities.go by name), everybody else's visits (visit.go); then everything
// is sorted and written (line.go, write.go). Each step has its own stream of chance.
//
// The form of the files, the tiers with their quotas, the lags between claim and use, price endings, and the figures of
// the scorer are those of the development set's README (cashout/README.md); everything else is drawn here.
package streams
