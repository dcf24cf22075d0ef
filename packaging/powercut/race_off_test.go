//go:build !race

package powercut_test

// usual is how many power cuts are tried where nothing is said: what takes half a minute.
const usual = 600
