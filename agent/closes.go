package agent

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"

	"hexiao/agent/desk"
	"hexiao/agent/journal"
	"hexiao/hub/voucher"
)

const (
	closesFile = "shifts.log"
	mostCloses = 1000          // closings that are kept: most of a year of three shifts a day
	mostShifts = 1_000_000_000 // as the desk has it: more is no number that was counted
)

// Closes is the record of a till's closed shifts: a file beside the journal, one line each. It is no room of the journal:
// no redemption depends on it, and the journal's format, its second copy and what a new epoch carries over stay as they
// are. The file is small and written as a whole for each closing: either it is on disk with the new closing before
// anybody hears of it, or the old file is still there. Each line bears its checksum, so that damage costs the closings
// it hits and no others; the sales themselves stand in the journal, and the running shift then counts from the last
// closing that can be read. Closes belongs to one Core and is not safe for concurrent use.
type Closes struct {
	path string // empty: in memory only
	head closesHead
	list []closing
	shut error // why the file can be neither read nor written; nil: it can
}

// closesHead is the file's first line.
type closesHead struct {
	Format int    `json:"format"`
	Lost   string `json:"lost,omitempty"` // desk.WarnShifts or desk.WarnNoShifts: what befell the file before this one
	Kept   int    `json:"kept,omitempty"` // number of the newest closing that was left then; 0 for none
	Least  int    `json:"least"`          // the first number that this file may give
}

// closing is one closed shift.
type closing struct {
	Shift desk.Shift `json:"shift"` // as it was said; of Hub the figures
	After mark       `json:"after"` // it holds the sales behind this record
	Upto  mark       `json:"upto"`  // up to this one
	Sales int        `json:"sales"` // so many, whatever became of them
}

// mark is a record's ID without its terminal; a number of 0 is before the first.
type mark struct {
	Epoch  uint32 `json:"epoch"`
	Number uint64 `json:"number"`
}

func markOf(id voucher.RedemptionID) mark { return mark{id.Epoch, id.Number} }

func (m mark) of(t voucher.TerminalID) voucher.RedemptionID {
	return voucher.RedemptionID{Terminal: t, Epoch: m.Epoch, Number: m.Number}
}

// before tells whether a record comes before another.
func (m mark) before(o mark) bool {
	return m.Epoch < o.Epoch || m.Epoch == o.Epoch && m.Number < o.Number
}

// OpenCloses reads the closed shifts of a data folder, for the Core on its journal. It always succeeds: what cannot be
// read is set aside and warned of, and a disk that refuses the file refuses closings.
func OpenCloses(dir string, j *journal.Journal, log *slog.Logger) *Closes {
	c, damage := readCloses(dir, j)
	if damage != nil {
		log.Error("closed shifts were damaged; the running shift counts from the last that can be read", "error", damage, "left", len(c.list))
		if err := os.Rename(c.path, aside(c.path)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			log.Error("damaged file of shifts stays in its place", "error", err)
			return c
		}
	}
	if c.shut != nil {
		log.Error("file of shifts cannot be read; no shift can be closed", "error", c.shut)
	} else if damage != nil || c.head.Format == 0 {
		c.head.Format = closesFormat
		if err := c.write(c.list); err != nil {
			log.Warn("file of shifts not made", "error", err)
		}
	}
	return c
}

const closesFormat = 1

// ReadCloses is OpenCloses for somebody who only looks: nothing on disk is changed.
func ReadCloses(dir string, j *journal.Journal) *Closes {
	c, _ := readCloses(dir, j)
	return c
}

// readCloses reads what can be read. A head of format 0 says that there is no file.
func readCloses(dir string, j *journal.Journal) (c *Closes, damage error) {
	c = &Closes{path: filepath.Join(dir, closesFile), head: closesHead{Least: 1}}
	raw, err := os.ReadFile(c.path)
	if errors.Is(err, fs.ErrNotExist) {
		if s := j.State(); s.Last > 0 || s.Epoch > 1 { // somebody has sold here before
			c.head.Lost = desk.WarnNoShifts
		}
		return c, nil
	}
	if err != nil {
		c.shut, c.head.Lost = err, desk.WarnShifts
		return c, nil
	}
	if damage = c.take(raw); damage != nil {
		c.head.Lost, c.head.Kept = desk.WarnShifts, c.newest()
	}
	if c.head.Format > closesFormat {
		c.shut, c.head.Lost, damage = fmt.Errorf("%s was written by a later version", c.path), desk.WarnShifts, nil
	}
	return c, damage
}

// take reads the lines of a file; the error names the first that is not as it was written. A line that cannot be read was
// a closing all the same: its number is not given again.
func (c *Closes) take(raw []byte) (damage error) {
	lines := bytes.Split(bytes.TrimSuffix(raw, []byte("\n")), []byte("\n"))
	if err := unseal(lines[0], &c.head); err != nil {
		damage = fmt.Errorf("%s, line 1: %w", c.path, err)
	}
	next := 1
	for i, line := range lines[1:] {
		var one closing
		err := unseal(line, &one)
		if err == nil && (one.Shift.Until == nil || one.Shift.Number < next || one.Shift.Number >= mostShifts) {
			err = errors.New("it is no closing that may stand here")
		}
		if err != nil {
			if damage == nil {
				damage = fmt.Errorf("%s, line %d: %w", c.path, i+2, err)
			}
			next += max(1, bytes.Count(line, []byte(`{"shift":`))) // more where a line break was hit
			continue
		}
		c.list = append(c.list, one)
		next = one.Shift.Number + 1
	}
	c.head.Least = max(c.head.Least, next)
	return damage
}

// aside is a name for a damaged file that none has yet.
func aside(path string) string {
	for n := 1; ; n++ {
		name := fmt.Sprintf("%s.bad-%d", path, n)
		if _, err := os.Lstat(name); errors.Is(err, fs.ErrNotExist) {
			return name
		}
	}
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// seal makes a line: eight hexadecimal digits of checksum, a space, and JSON.
func seal(body any) ([]byte, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, "%08x %s\n", crc32.Checksum(raw, castagnoli), raw), nil
}

func unseal(line []byte, body any) error {
	sum, raw, found := bytes.Cut(line, []byte(" "))
	want, err := strconv.ParseUint(string(sum), 16, 32)
	if !found || err != nil || len(sum) != 8 || uint32(want) != crc32.Checksum(raw, castagnoli) {
		return errors.New("it is not as it was written")
	}
	return json.Unmarshal(raw, body)
}

// add keeps a closing: it is on disk when there is no error. Errors: journal.ErrFull, or what the system said; nothing has
// changed then.
func (c *Closes) add(one closing) error {
	list := append(c.list[max(0, len(c.list)-mostCloses+1):len(c.list):len(c.list)], one)
	if err := c.write(list); err != nil {
		return fmt.Errorf("keep the closing of shift %d: %w", one.Shift.Number, err)
	}
	c.list = list
	return nil
}

func (c *Closes) write(list []closing) error {
	if c.path == "" || c.shut != nil {
		return c.shut
	}
	raw, err := seal(c.head)
	for _, one := range list {
		var line []byte
		if err == nil {
			line, err = seal(one)
		}
		raw = append(raw, line...)
	}
	if err != nil {
		return err
	}
	return journal.WriteFile(c.path, raw)
}

func (c *Closes) newest() int {
	if len(c.list) == 0 {
		return 0
	}
	return c.list[len(c.list)-1].Shift.Number
}

// running is the number of the shift that runs.
func (c *Closes) running() int { return max(c.head.Least, c.newest()+1, 1) }

// upto is where the newest closing ends; zero before the first.
func (c *Closes) upto() mark {
	if len(c.list) == 0 {
		return mark{}
	}
	return c.list[len(c.list)-1].Upto
}

// find gives a closing by its number.
func (c *Closes) find(number int) (closing, bool) {
	for _, one := range c.list {
		if one.Shift.Number == number {
			return one, true
		}
	}
	return closing{}, false
}

// lost is the code of the warning that holds: until the next closing, the running shift may count what was closed before.
func (c *Closes) lost() string {
	if c.newest() > c.head.Kept {
		return ""
	}
	return c.head.Lost
}
