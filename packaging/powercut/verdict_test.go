//go:build linux

package powercut_test

import (
	"fmt"
)

// job names a folder to be opened.
type job struct {
	Workload, Folder string
	Damaged          bool // by more than a power cut
}

// report is what came of opening what a power cut left.
type report struct {
	Seen   string   // what is there
	Failed string   // what went wrong; empty when nothing did
	During string   // "open", "look", "write" or "again"
	Notes  []string // what is no failure but worth counting
}

// failed is a report of something that went wrong. A report that has failed before stays as it is.
func (r *report) failed(during string, err error) bool {
	if err != nil && r.Failed == "" {
		r.During, r.Failed = during, err.Error()
	}
	return err != nil
}

// verdict is what a power cut did.
type verdict string

const (
	fine     verdict = "fine"
	lost     verdict = "lost"          // something acknowledged is gone
	unopened verdict = "unopened"      // it does not open, or cannot be read
	mixed    verdict = "mixed up"      // what is there never was
	unborn   verdict = "never written" // what is there came later
	stuck    verdict = "not writable"  // it cannot be gone on with
	died     verdict = "process died"  // whoever opened it
	hung     verdict = "hung"          // whoever opened it did not come back
	noTrial  verdict = "not tried"     // the test itself failed
)

// judge compares what was found after a power cut with the truth.
func (r *recording) judge(cut int, rep report) (verdict, string) {
	acked, begun := r.at(cut)
	switch rep.During {
	case "open", "look":
		return unopened, rep.During + ": " + rep.Failed
	case "write", "again":
		return stuck, rep.During + ": " + rep.Failed
	case string(died), string(hung):
		return verdict(rep.During), rep.Failed
	}
	found, later := r.find(rep.Seen, begun), r.find(rep.Seen, len(r.Marks)-1)
	switch {
	case found >= acked && found >= 0:
		return fine, ""
	case found >= 0:
		return lost, fmt.Sprintf("step %d was acknowledged, step %d is there: %s", acked, found, rep.Seen)
	case later >= 0:
		return unborn, fmt.Sprintf("step %d had begun, step %d is there: %s", begun, later, rep.Seen)
	}
	return mixed, fmt.Sprintf("neither step %d (%s) nor one up to %d, but: %s", acked, r.Marks[max(acked, 0)].Seen, begun, rep.Seen)
}
