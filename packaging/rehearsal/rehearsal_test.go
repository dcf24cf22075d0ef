package rehearsal

import (
	"bytes"
	"os"
	"testing"
)

func TestSeedsKeepEveryPromise(t *testing.T) {
	for seed := range uint64(10) {
		r := Run(Play{Seed: seed})
		if r.Violation != nil {
			var log bytes.Buffer
			Run(Play{Seed: seed, Log: &log})
			os.WriteFile("/tmp/rehearsal.log", log.Bytes(), 0o600)
			t.Fatalf("seed %d: %s", seed, r.Violation)
		}
		t.Logf("%+v", r)
	}
}
