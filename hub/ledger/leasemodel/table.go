package leasemodel

import (
	"fmt"
	"io"
)

// Table prints what searches found, a line each.
func Table(w io.Writer, all []Result) error {
	if _, err := fmt.Fprintf(w, "%-11s  %-64s  %9s  %10s  %5s  %s\n", "kind", "variant", "worlds", "steps", "depth", "found"); err != nil {
		return err
	}
	for _, r := range all {
		found := "no guarantee breaks"
		if r.Fault != "" {
			found = fmt.Sprintf("%s, after %d steps", r.Fault, len(r.Trace))
		}
		if _, err := fmt.Fprintf(w, "%-11s  %-64s  %9d  %10d  %5d  %s\n", r.Kind, r.Name, r.Worlds, r.Steps, r.Depth, found); err != nil {
			return err
		}
	}
	return nil
}

// Story prints the shortest way to a fault, a line for each step; nothing when there is none.
func Story(w io.Writer, r Result) error {
	for i, step := range r.Trace {
		if _, err := fmt.Fprintf(w, "%3d. %s\n", i+1, step); err != nil {
			return err
		}
	}
	return nil
}
