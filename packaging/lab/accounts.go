package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// agent is the account that the service runs as, and agentID its number in the machine.
const (
	agent   = "hexiao-agent"
	agentID = 990
)

// groupIDs are the groups that udev's rules name, and ours.
var groupIDs = []struct {
	name string
	id   int
}{
	{"root", 0}, {"tty", 5}, {"disk", 6}, {"lp", 7}, {"kmem", 15}, {"dialout", 20}, {"cdrom", 24}, {"tape", 26}, {"audio", 29}, {"video", 44},
	{"plugdev", 46}, {"input", 105}, {"sgx", 106}, {"kvm", 107}, {"render", 108}, {agent, agentID},
}

// addAccounts makes the accounts of a PC with the agent on it: root, and the agent's in the groups that its service unit names.
func addAccounts(a *archive, unit string) error {
	text, err := os.ReadFile(unit)
	if err != nil {
		return err
	}
	member := supplementary(string(text))
	a.file("etc/passwd", 0o644, fmt.Appendf(nil, "root:x:0:0:root:/:/init\n%s:x:%d:%d::/:/init\n", agent, agentID, agentID))
	a.file("etc/group", 0o644, []byte(groupFile(member)))
	return nil
}

// supplementary gives the groups of all lines SupplementaryGroups= of a unit (systemd.exec(5): they add up, and an empty one begins anew).
func supplementary(unit string) (groups []string) {
	for text := range strings.Lines(unit) {
		if names, ok := strings.CutPrefix(strings.TrimSpace(text), "SupplementaryGroups="); ok {
			if groups = append(groups, strings.Fields(names)...); names == "" {
				groups = nil
			}
		}
	}
	return groups
}

func groupFile(member []string) string {
	var b strings.Builder
	for _, g := range groupIDs {
		who := ""
		if slices.Contains(member, g.name) {
			who = agent
		}
		fmt.Fprintf(&b, "%s:x:%d:%s\n", g.name, g.id, who)
	}
	return b.String()
}
