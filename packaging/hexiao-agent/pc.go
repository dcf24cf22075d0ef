package main

import (
	"context"
	"fmt"
	"time"
)

// pc is the machine that is looked at; tests give it other folders and answers.
type pc struct {
	rootDir, sysDir, procDir, etcDir, runDir string // "/sys" and so on
	getenv                                   func(string) string
	now                                      func() time.Time
	local                                    *time.Location
	kinds                                    []kindOfDevice
	synced                                   func() (yes, known bool)                                            // the system's clock is kept by time synchronisation
	packageChanges                           func(ctx context.Context, name string) (files []string, known bool) // of an installed package, what is not as it was installed
	step                                     time.Duration                                                       // how long each step on the network may take
	unit                                     string                                                              // the name of the agent's service and of its program
}

func thisPC(getenv func(string) string) pc {
	return pc{
		rootDir: "/", sysDir: "/sys", procDir: "/proc", etcDir: "/etc", runDir: "/run", getenv: getenv, now: time.Now, local: time.Local,
		kinds: devicesThere, synced: clockSynced, packageChanges: packageChanges, step: hubStep, unit: "hexiao-agent",
	}
}

// holder is a process that has a file open.
type holder struct {
	pid  int
	name string // of its program
}

// String is how people are told of it.
func (h holder) String() string { return fmt.Sprintf("%s (pid %d)", h.name, h.pid) }

func namesOf(all []holder) (names []string) {
	for _, h := range all {
		names = append(names, h.String())
	}
	return names
}
