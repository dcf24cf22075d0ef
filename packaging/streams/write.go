package streams

import (
	"bufio"
	"bytes"
	"cmp"
	"container/heap"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
)

// Options say what to generate.
type Options struct {
	Seed     uint64
	Counties int      // 0: one
	Patterns []string // of crooks; nil: all, empty: none
	Honest   []string // odd honest kinds; nil: all, empty: none
	Each     int      // crooks of each pattern, at the levels 1 to 5 in turn; 0: as many as the county draws
	Dir      string   // where counties wait to be merged; empty: os.TempDir
}

// Row is one merchant's line of the truth.
type Row struct {
	Merchant string `json:"merchant"`
	Label    string `json:"label"` // "cashout" or "honest"
	Pattern  string `json:"pattern"`
	Level    int    `json:"level,omitempty"` // 1 faint to 5 blatant; of odd honest merchants how odd
	First    string `json:"first_fake"`
	Fakes    []Fake `json:"fakes"`
}

// Fake is one redemption without a sale; in JSON [arrival, voucher, face_fen].
type Fake struct {
	Arrival int64
	Voucher string
	Face    int64
}

// Generate writes the stream, the truth, and, where registry is not nil, what the hub knows of each merchant. The same
// options give the same bytes. It returns the number of lines in the stream. One county is in memory at a time.
func Generate(o Options, stream, truth, registry io.Writer) (int, error) {
	if err := o.known(); err != nil {
		return 0, err
	}
	if registry == nil {
		registry = io.Discard
	}
	if o.Counties <= 1 {
		w := newCounty(o.Seed, 0, &o)
		if err := w.writeMerchants(truth, registry); err != nil {
			return 0, err
		}
		return w.writeStream(stream, false)
	}
	return o.many(stream, truth, registry)
}

// many writes each county to a file and merges the files.
func (o *Options) many(stream, truth, registry io.Writer) (n int, err error) {
	dir, err := os.MkdirTemp(o.Dir, "streams")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	var names []string
	for i := range o.Counties {
		name := filepath.Join(dir, strconv.Itoa(i))
		lines, err := o.keep(name, i, truth, registry)
		if err != nil {
			return n, fmt.Errorf("county %d: %w", i, err)
		}
		n += lines
		names = append(names, name)
	}
	return n, merge(stream, names)
}

func (o *Options) keep(name string, number int, truth, registry io.Writer) (int, error) {
	w := newCounty(o.Seed, number, o)
	if err := w.writeMerchants(truth, registry); err != nil {
		return 0, err
	}
	f, err := os.Create(name)
	if err != nil {
		return 0, err
	}
	n, err := w.writeStream(f, true)
	return n, cmp.Or(err, f.Close())
}

// writeStream writes the lines; keyed puts the arrival before each.
func (w *county) writeStream(to io.Writer, keyed bool) (int, error) {
	out := bufio.NewWriterSize(to, 1<<20)
	var b []byte
	for i := range w.lines {
		b = b[:0]
		if keyed {
			b = append(strconv.AppendInt(b, w.lines[i].arrival, 10), '\t')
		}
		b = append(w.lines[i].encode(b), '\n')
		if _, err := out.Write(b); err != nil {
			return 0, err
		}
	}
	return len(w.lines), out.Flush()
}

// writeMerchants writes truth and registry in the order of the merchants' numbers.
func (w *county) writeMerchants(truth, registry io.Writer) error {
	shops := slices.SortedFunc(slices.Values(w.shops), func(a, b *shop) int { return cmp.Compare(a.id, b.id) })
	for _, s := range shops {
		if err := writeJSON(truth, s.truth()); err != nil {
			return err
		}
		if err := writeJSON(registry, s.signUp()); err != nil {
			return err
		}
	}
	return nil
}

func writeJSON(to io.Writer, x any) error {
	b, err := json.Marshal(x)
	if err != nil {
		return err
	}
	_, err = to.Write(append(b, '\n'))
	return err
}

// queue is a file of a county, with its next line.
type queue struct {
	from    *bufio.Reader
	number  int
	arrival int64
	text    []byte
}

// next reads the next line; io.EOF when there is none.
func (q *queue) next() error {
	text, err := q.from.ReadBytes('\n')
	if err != nil {
		return err
	}
	key, rest, _ := bytes.Cut(text, []byte{'\t'})
	q.text = rest
	q.arrival, err = strconv.ParseInt(string(key), 10, 64)
	return err
}

type queues []*queue

func (q queues) Len() int      { return len(q) }
func (q queues) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q queues) Less(i, j int) bool {
	return cmp.Or(cmp.Compare(q[i].arrival, q[j].arrival), cmp.Compare(q[i].number, q[j].number)) < 0
}
func (q *queues) Push(x any) { *q = append(*q, x.(*queue)) }
func (q *queues) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}

// merge joins files whose lines are in order.
func merge(to io.Writer, names []string) error {
	out := bufio.NewWriterSize(to, 1<<20)
	var all queues
	for i, name := range names {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		q := &queue{from: bufio.NewReaderSize(f, 1<<16), number: i}
		if err := q.next(); err == nil {
			all = append(all, q)
		}
	}
	heap.Init(&all)
	for len(all) > 0 {
		if _, err := out.Write(all[0].text); err != nil {
			return err
		}
		switch err := all[0].next(); err {
		case nil:
			heap.Fix(&all, 0)
		case io.EOF:
			heap.Pop(&all)
		default:
			return err
		}
	}
	return out.Flush()
}
