package main

import (
	"regexp"
	"time"
)

const (
	rehearsal = "build/bin/hexiao-rehearsal"
	every     = "G1-G11"
)

// said finds what a test says of what it has tried: lines that begin with "figures:".
var said = regexp.MustCompile(`(?m)^\s+\S+_test\.go:\d+: figures: (.+)$`)

// trials are the large ones: what a single named test does not show.
func trials() []step {
	return append(rehearsals(),
		long("planted faults are noticed", every, "./packaging/planted", "TestFaultsAreNoticed", 20*time.Minute, "HEXIAO_PROVE=1"),
		long("kill -9 of agent and hub, 500 times each", "G5 G6 G7", "./packaging", "TestKilledAgentsAndHubLoseNothing", 25*time.Minute, "HEXIAO_KILLS=500"),
		long("100,000 queued records: ready again", "G5 G6", "./packaging", "TestReadyWithALongQueue", 5*time.Minute, "HEXIAO_PROVE=1"),
		long("72 hours offline, 5,000 redemptions: drained", "G6", "./packaging", "TestDrainAfterThreeDays", 5*time.Minute, "HEXIAO_PROVE=1"),
		long("300 terminals come back to a hub that was started again", "G6", "./packaging", "TestReconnectAfterTheHubStarts", 5*time.Minute, "HEXIAO_PROVE=1"),
		long("files of a real hub and a real till damaged", "G5 G6 G8", "./packaging", "(TestADamagedHubIsNotServed|TestADamagedTillLosesNothing|TestATillThatLostBothJournalsIsNoticed)", 8*time.Minute, "HEXIAO_PROVE=1"),
		long("the real window: 4,000 sales, and at rest", "G5 G6", "./packaging/hexiao-till", "TestTheWindowStaysSmallAndQuiet", 15*time.Minute, "HEXIAO_PROVE=1", "CGO_ENABLED=1"),
		long("the real window killed at each step of a redemption", "G5 G6", "./packaging/hexiao-till", "TestAWindowKilledAtAnyStepLosesNothing", 5*time.Minute, "CGO_ENABLED=1"),
		long("1,000 scans at 30 a second through a pseudo-terminal; 100 times unplugged and plugged in", "scans", "./drivers/serialport",
			"(TestAThousandScansInARow|TestPortIsBoundAgainAHundredTimes)", 5*time.Minute, "HEXIAO_PROVE=1"),
		long("every class of bad input, by scanner, keyboard and picture: its answer, and within 300 ms", "answers", "./packaging", "TestBadInput", 3*time.Minute, "HEXIAO_PROVE=1"),
		powerCuts(),
		long("every state of the lease protocol", "G1 G2 G7", "./hub/ledger/leasemodel", "TestLeaseModel", 8*time.Minute),
		long("audit: a book of 1,000,000 redemptions, and 1,000 changes of it one by one", "G8 G13", "./hub/audit", "TestAuditFindsEveryChange", 12*time.Minute, "HEXIAO_PROVE=1"))
}

// long is a test that tries more than a plain test run does when the environment says so.
func long(what, of, pkg, run string, limit time.Duration, env ...string) step {
	return step{of: of, what: what, cmd: []string{"go", "test", "-count=1", "-v", "-timeout", limit.String(), "-run", "^" + run + "$", pkg},
		env: env, count: said, pkg: pkg, limit: limit}
}

func powerCuts() step {
	return long("5,000 states after a power cut, and controls that must lose something", "G5 G6 G8", "./packaging/powercut", ".*PowerCut.*", 15*time.Minute,
		"HEXIAO_NEED_FUSE=1", "HEXIAO_STATES=5000")
}

// rehearsals play the whole system on a virtual clock.
func rehearsals() []step {
	return []step{
		{of: every, what: "rehearsal: 2,000 seeds with all faults", cmd: []string{rehearsal, "--seeds", "2000", "--faults", "all"},
			count: regexp.MustCompile(`(?m)^(seeds \d+.*)$`), limit: 10 * time.Minute},
		{of: every, what: "rehearsal: one seed 100 times, the same log byte for byte", count: regexp.MustCompile(`(?m)^(\d+ times, \d+ log.*)$`), limit: 3 * time.Minute,
			cmd: []string{"bash", "-c", `n=$(for i in $(seq 100); do ` + rehearsal + ` --seed 42 --faults all --log - | sha256sum; done | sort | uniq | wc -l); echo "100 times, $n log"; [ "$n" = 1 ]`}},
		{of: "G1 G2 G13", what: "rehearsal: the county, 14 days, 420 merchants", cmd: []string{rehearsal, "--seed", "1", "--days", "14", "--merchants", "420"},
			count: regexp.MustCompile(`(?m)^(budget .*)$`), limit: 8 * time.Minute},
	}
}
