//go:build race

package leasemodel

// raced: the race detector slows a search tenfold, and a search has one goroutine.
const raced = true
