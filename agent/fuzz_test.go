package agent_test

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"hexiao/agent"
	"hexiao/agent/desk"
	"hexiao/agent/journal"
)

// FuzzCloses opens anything as the file of closed shifts, each line with a checksum that fits: the till starts, a number
// runs that was not given before, and the shift can be closed and is found closed when it is opened again.
func FuzzCloses(f *testing.F) {
	for _, seed := range []string{"", "{\"format\":1,\"least\":1}", "{\"format\":1}\n{\"shift\":{\"number\":3,\"until\":\"2023-12-11T18:00:00Z\"},\"upto\":{\"epoch\":1,\"number\":9},\"sales\":2}",
		"{\"format\":2}", "{\"format\":1,\"least\":-4}\n{\"shift\":{\"number\":999999999999}}\nnull\n[]", "{\"format\":1,\"lost\":\"x\",\"kept\":7}", "\n\n\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		j, err := journal.Open("", terminal, journal.Options{Disk: new(journal.Memory)})
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		var raw []byte
		for line := range bytes.SplitSeq(body, []byte("\n")) {
			raw = fmt.Appendf(raw, "%08x %s\n", crc32.Checksum(line, crc32.MakeTable(crc32.Castagnoli)), line)
		}
		if err := os.WriteFile(filepath.Join(dir, "shifts.log"), raw, 0o600); err != nil {
			t.Fatal(err)
		}
		open := func() *agent.Core {
			return agent.NewCore(agent.Config{Journal: j, Closes: agent.OpenCloses(dir, j, slog.New(slog.DiscardHandler))})
		}
		core := open()
		core.View(time.Now())
		number := core.Shift().Number
		for _, s := range core.Shifts() {
			if s.Number >= number {
				t.Fatalf("shift %d is closed, and %d runs", s.Number, number)
			}
		}
		closed := false
		core.CloseShift(number, func(s desk.Shift, err error) { closed = err == nil })
		if again := open(); closed && (again.Shift().Number != number+1 || again.Shifts()[0].Number != number) {
			t.Fatalf("closed %d, and %d runs", number, again.Shift().Number)
		}
	})
}
