package audit_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"hexiao/hub/audit"
	"hexiao/hub/book"
	"hexiao/hub/ledger"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// Every change of one thing in a book is found: a byte in its files; or, by somebody who makes checksums and chain anew as
// if nothing had happened, a byte, an entry that is left out, put in twice, or changes places with its neighbour.
//
// With HEXIAO_PROVE these are 1,000 changes of a book of 1,000,000 redemptions.
func TestAuditFindsEveryChange(t *testing.T) {
	redemptions, changes := 3_000, 200
	if os.Getenv("HEXIAO_PROVE") != "" {
		redemptions, changes = 1_000_000, 1_000
	}
	dir := filepath.Join(quickFolder(t), "book")
	began := time.Now()
	county(t, dir, redemptions)
	b := read(t, dir)
	made := time.Since(began)
	began = time.Now()
	done, err := verify(dir)
	if err != nil {
		t.Fatalf("a good book is found false: %v", err)
	}
	took := time.Since(began)
	if done.Sum < voucher.Fen(redemptions)*10_00 || done.Signatures < done.Leases+done.Seals || done.Unsealed != 0 || done.Cases == 0 {
		t.Fatalf("little was looked at: %+v", done)
	}
	began = time.Now()
	var found atomic.Int64
	var all errgroup.Group
	all.SetLimit(runtime.NumCPU())
	for n := range changes {
		all.Go(func() error {
			c := kinds[n%len(kinds)]
			if err := c.change(t, rand.New(rand.NewPCG(3, uint64(n))), dir, b); err != nil {
				found.Add(1)
			} else {
				t.Errorf("change %d (%s) was not found", n, c.name)
			}
			return nil
		})
	}
	all.Wait()
	t.Logf("figures: a book of %d redemptions, made in %s; %d signatures audited in %s; %d of %d changes found in %s", done.Sum/10_00, made.Round(time.Millisecond),
		done.Signatures, took.Round(time.Millisecond), found.Load(), changes, time.Since(began).Round(time.Millisecond))
}

// quickFolder is a folder in memory where there is room: a book of a million redemptions is synced 80,000 times.
func quickFolder(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp(memory(), "hexiao-audit-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// bodies is a book as it was read: its entries, and the hash of the chain after each.
type bodies struct {
	all   [][]byte
	heads []book.Hash
}

type change struct {
	name   string
	change func(t testing.TB, r *rand.Rand, dir string, b bodies) error
}

var kinds = []change{
	{"a bit of a file", flipFile},
	{"a bit of an entry, chain made anew", func(_ testing.TB, r *rand.Rand, _ string, b bodies) error {
		at := r.IntN(len(b.all))
		flipped := bytes.Clone(b.all[at])
		flipped[r.IntN(len(flipped))] ^= 1 << r.IntN(8)
		return forged(b, at, at+1, flipped)
	}},
	{"an entry left out, chain made anew", func(_ testing.TB, r *rand.Rand, _ string, b bodies) error {
		at := r.IntN(len(b.all))
		return forged(b, at, at+1)
	}},
	{"two neighbours swapped, chain made anew", func(_ testing.TB, r *rand.Rand, _ string, b bodies) error {
		at := r.IntN(len(b.all) - 1)
		return forged(b, at, at+2, b.all[at+1], b.all[at])
	}},
	{"an entry put in twice, chain made anew", func(_ testing.TB, r *rand.Rand, _ string, b bodies) error {
		at, other := r.IntN(len(b.all)), r.IntN(len(b.all))
		return forged(b, at, at, b.all[other])
	}},
}

// forgery is a book whose entries between two places were replaced, with a chain that fits.
type forgery struct {
	bodies
	from, to int
	instead  [][]byte
}

func forged(b bodies, from, to int, instead ...[]byte) error {
	_, err := audit.Verify(context.Background(), forgery{b, from, to, instead})
	return err
}

// Read gives the whole book. Up to the change the chain is as it was read, and need not be made again.
func (g forgery) Read(_ context.Context, _ book.Position, f func(book.Entry) error) error {
	at, head := book.Position(0), book.Hash{}
	for i, body := range g.all[:g.from] {
		at, head = at+1, g.heads[i]
		if err := f(book.Entry{At: at, Body: body, Hash: head}); err != nil {
			return err
		}
	}
	for _, part := range [][][]byte{g.instead, g.all[g.to:]} {
		for _, body := range part {
			at, head = at+1, head.Next(body)
			if err := f(book.Entry{At: at, Body: body, Hash: head}); err != nil {
				return err
			}
		}
	}
	return nil
}

// flipFile flips one bit that something was written to: zeros behind the last entry and in headers are nobody's. The
// folder that it audits has the other files in common with the book.
func flipFile(t testing.TB, r *rand.Rand, dir string, _ bodies) error {
	names, err := fs.Glob(os.DirFS(dir), "*.book")
	if err != nil || len(names) == 0 {
		t.Error(names, err)
		return nil
	}
	name := names[r.IntN(len(names))]
	raw, err := os.ReadFile(filepath.Join(dir, name))
	at := 0
	for len(raw) > 0 && raw[at] == 0 {
		at = r.IntN(len(raw))
	}
	changed := quickFolder(t)
	defer os.RemoveAll(changed)
	for _, other := range names {
		if other != name {
			err = errors.Join(err, os.Link(filepath.Join(dir, other), filepath.Join(changed, other)))
		}
	}
	if err == nil {
		raw[at] ^= 1 << r.IntN(8)
		err = os.WriteFile(filepath.Join(changed, name), raw, 0o600)
	}
	if err != nil {
		t.Error(err)
		return nil
	}
	_, err = verify(changed)
	return err
}

// verify is what the hub's command does on a folder: the bytes first, then what they say.
func verify(dir string) (ledger.Audited, error) {
	if err := book.Verify(context.Background(), dir); err != nil {
		return ledger.Audited{}, err
	}
	b, err := book.Open(dir, book.Options{})
	if err != nil {
		return ledger.Audited{}, err
	}
	defer b.Close()
	return audit.Verify(context.Background(), b)
}

func read(t testing.TB, dir string) (all bodies) {
	b, err := book.Open(dir, book.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if err := b.Read(context.Background(), 0, func(e book.Entry) error {
		all.all, all.heads = append(all.all, bytes.Clone(e.Body)), append(all.heads, e.Hash)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

// What a forger who holds the hub's own key could write, and could seal, is still not what the ledger would have written.
func TestAuditDecidesAnew(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "book")
	county(t, dir, 500)
	b := read(t, dir)
	for _, c := range []struct {
		name   string
		change func(*ledger.Entry) bool // tells whether it changed the entry
	}{
		{"a refusal turned into money", func(e *ledger.Entry) bool {
			if e.Received == nil || e.Received.Outcome.Reason != voucher.BelowThreshold {
				return false
			}
			e.Received.Outcome.Result, e.Received.Outcome.Reason, e.Received.Units = voucher.Redeemed, voucher.OK, ledger.FromVoucher
			return true
		}},
		{"a redemption turned into a refusal", func(e *ledger.Entry) bool {
			if e.Received == nil || e.Received.Outcome.Result != voucher.Redeemed {
				return false
			}
			e.Received.Outcome.Result, e.Received.Outcome.Reason, e.Received.Units = voucher.Rejected, voucher.OutOfStock, ledger.NoDraw
			return true
		}},
		{"a redemption given to another merchant", func(e *ledger.Entry) bool {
			if e.Received == nil || e.Received.Outcome.Result != voucher.Redeemed {
				return false
			}
			e.Received.Merchant = "M2"
			return true
		}},
		{"a larger lease", func(e *ledger.Entry) bool {
			var l voucher.Lease
			if e.Lease == nil || wire.Unmarshal(e.Lease.Raw, &l) != nil {
				return false
			}
			l.Sum += 10_000_00 // beyond what the campaign lets any terminal have
			e.Lease.Raw, _ = wire.Marshal(l)
			e.Lease.Sig = wire.Sign(e.Lease.Raw, seed(1), wire.ForLease)
			return true
		}},
		{"a case without a dispute", func(e *ledger.Entry) bool {
			if e.Case == nil {
				return false
			}
			e.Case.Kind = "breach"
			return true
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := audit.Verify(context.Background(), resealed(t, b, c.change))
			if !errors.Is(err, ledger.ErrAudit) || !strings.HasPrefix(err.Error(), "entry ") {
				t.Errorf("found: %v", err)
			}
		})
	}
	if _, err := audit.Verify(context.Background(), resealed(t, b, func(*ledger.Entry) bool { return false })); err != nil {
		t.Errorf("the same book sealed anew is found false: %v", err)
	}
}

// resealed is the book with the first entry changed that change wants, all seals made anew with the hub's key.
func resealed(t *testing.T, b bodies, change func(*ledger.Entry) bool) forgery {
	t.Helper()
	all, head, changed := slices.Clone(b.all), book.Hash{}, false
	for i := range all {
		e, err := ledger.DecodeEntry(all[i])
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case e.Seal != nil:
			e.Seal.Head = bytes.Clone(head[:])
			e.Seal.Sig = wire.Sign(e.Seal.Bytes(), seed(1), ledger.ForSeal)
		case changed || !change(&e):
			head = head.Next(all[i])
			continue
		default:
			changed = true
		}
		if all[i], err = e.Encode(); err != nil {
			t.Fatal(err)
		}
		head = head.Next(all[i])
	}
	return forgery{bodies: bodies{all: all}}
}

func TestAnUnsealedEndIsSaid(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "book")
	county(t, dir, 100)
	b := read(t, dir)
	if _, err := audit.Verify(context.Background(), forgery{bodies: bodies{all: b.all[:len(b.all)-1]}}); !errors.Is(err, audit.ErrUnsealed) {
		t.Errorf("without its last seal: %v", err)
	}
}

func TestABundleIsAuditedWithoutTheHub(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "book")
	county(t, dir, 300)
	b, err := book.Open(dir, book.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	last, head, err := audit.Export(context.Background(), b, &out)
	at, want := b.Head()
	if err != nil || last != at || head != want {
		t.Fatalf("exported up to %d %s (%v), the book ends at %d %s", last, head, err, at, want)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "bundle")
	check := func(raw []byte) error {
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := audit.Verify(context.Background(), audit.Bundle{Path: path})
		return err
	}
	if err := check(out.Bytes()); err != nil {
		t.Fatalf("a good bundle is found false: %v", err)
	}
	for n := range 60 {
		raw := bytes.Clone(out.Bytes())
		what := ""
		if n%2 == 0 {
			cut := n * len(raw) / 60
			raw, what = raw[:cut], fmt.Sprintf("cut after %d bytes", cut)
		} else {
			at := 20 + n*(len(raw)-30)/60 // not the gzip header's time and name, which mean nothing
			raw[at] ^= 0x10
			what = fmt.Sprintf("byte %d flipped", at)
		}
		if err := check(raw); err == nil {
			t.Errorf("%s: nothing was found", what)
		}
	}
	if err := check(append(bytes.Clone(out.Bytes()), binary.LittleEndian.AppendUint32(nil, 7)...)); err == nil {
		t.Error("bytes behind the end were not noticed")
	}
}
