//go:build race

package powercut_test

// usual is few: under the race detector SQLite is ten times as slow.
const usual = 60
