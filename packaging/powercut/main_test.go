//go:build linux

package powercut_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"testing"

	"hexiao/agent/journal"
)

// This binary is also the process that works on the recorded disk, and the one that opens what a power cut left: the
// first must not be the one that serves the disk, and the second may be killed by what it opens.
const roleVariable = "HEXIAO_POWERCUT_ROLE"

func TestMain(m *testing.M) {
	switch os.Getenv(roleVariable) {
	case "drive":
		os.Exit(drive(os.Args[1], os.Args[2], os.Args[3], os.Args[4]))
	case "open":
		os.Exit(openAll())
	case "check":
		if err := journal.CheckFile(context.Background(), os.Args[1]); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// drive plays a workload in a folder, and says on standard output before and after each step that it is there.
func drive(name, folder, seed, again string) int {
	n, err := strconv.ParseUint(seed, 10, 64)
	if err == nil {
		err = workloads[name].drive(folder, newScript(n, again == "true"))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, name+":", err)
		return 1
	}
	return 0
}

// openAll opens folder after folder, as standard input names them.
func openAll() int {
	in, out := json.NewDecoder(bufio.NewReader(os.Stdin)), json.NewEncoder(os.Stdout)
	for {
		var j job
		if in.Decode(&j) != nil {
			return 0
		}
		if out.Encode(workloads[j.Workload].open(j)) != nil {
			return 1
		}
	}
}
