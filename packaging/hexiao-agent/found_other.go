//go:build !linux && !windows

package main

// devicesThere: what is plugged in is not looked for on this system; ports are written down by hand.
var devicesThere []kindOfDevice

// holders: who has a device open is not known on this system.
func (m pc) holders(string) []holder { return nil }

// seesHolders: see holders.
func (m pc) seesHolders() bool { return true }
