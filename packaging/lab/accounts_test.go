package main

import (
	"os"
	"slices"
	"strings"
	"testing"
)

func TestTheAgentIsInTheGroupsOfItsUnit(t *testing.T) {
	for name, c := range map[string]struct{ unit, want string }{
		"one line":               {"[Service]\nSupplementaryGroups=dialout video\n", "dialout video"},
		"two lines add up":       {"SupplementaryGroups=dialout\n SupplementaryGroups=lp \n", "dialout lp"},
		"an empty one begins":    {"SupplementaryGroups=dialout\nSupplementaryGroups=\nSupplementaryGroups=lp\n", "lp"},
		"none":                   {"[Service]\nGroup=hexiao-agent\n", ""},
		"a comment is no member": {"# SupplementaryGroups=kvm\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := strings.Join(supplementary(c.unit), " "); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestGroupsOfTheRealUnitExistInTheMachine(t *testing.T) {
	unit, err := os.ReadFile("../hexiao-agent/hexiao-agent.service")
	if err != nil {
		t.Fatal(err)
	}
	groups := supplementary(string(unit))
	if len(groups) == 0 {
		t.Error("the unit names no groups any more, and the rights of the lab's agent come from them")
	}
	for _, group := range groups {
		if !slices.Contains(strings.Split(groupFile(groups), "\n"), groupLine(group)) {
			t.Errorf("the lab's machine has no group %s", group)
		}
	}
}

func groupLine(name string) string {
	for text := range strings.Lines(groupFile([]string{name})) {
		if strings.HasPrefix(text, name+":") {
			return strings.TrimSpace(text)
		}
	}
	return "none"
}
