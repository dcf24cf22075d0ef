package office_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hexiao/hub/book"
	"hexiao/hub/ledger"
	"hexiao/hub/office"
	"hexiao/hub/registry"
	"hexiao/hub/wire"
)

// bodies are the entries of a folder's book.
func bodies(t *testing.T, dir string) (all [][]byte) {
	t.Helper()
	b, err := book.Open(filepath.Join(dir, "book"), book.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if err := b.Read(context.Background(), 0, func(e book.Entry) error {
		all = append(all, bytes.Clone(e.Body))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

func refusal(err error) string {
	if no, ok := errors.AsType[*office.Refusal](err); ok && no.Text.Zh != "" && no.Text.En != "" && no.Text.Zh != no.Text.En {
		return no.Code
	}
	return ""
}

// county is a folder with a campaign, merchants and a terminal.
func county(t *testing.T, dir string) {
	t.Helper()
	must[office.Applied](t, dir, "campaign.apply", campaign(t, time.Now().Add(-time.Hour)))
	must[office.Imported](t, dir, "merchant.import", office.File{Name: "m.csv", Data: []byte(list)})
}

func TestABackupTakenWhileTheHubWritesIsWholeAndRestores(t *testing.T) {
	dir, where := t.TempDir(), t.TempDir()
	county(t, dir)
	served(t, dir)
	stop, stopped := make(chan struct{}), make(chan int)
	go func() {
		n := 0
		for {
			select {
			case <-stop:
				stopped <- n
				return
			default:
			}
			if _, err := office.Ask(context.Background(), dir, "voucher.issue", office.WantVouchers{Tier: "supermarket-10", Count: 3}); err == nil {
				n++
			}
		}
	}()
	var backups []office.BackedUp
	for len(backups) < 5 {
		file := filepath.Join(where, strings.Repeat("x", len(backups)+1))
		b, err := office.BackUp(t.Context(), dir, file)
		if err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 || info.Size() != b.Bytes {
			t.Fatalf("%v %v", err, info)
		}
		backups = append(backups, b)
	}
	close(stop)
	if n := <-stopped; n == 0 || backups[4].Position <= backups[0].Position {
		t.Fatalf("nothing was written meanwhile: %d, %+v", n, backups)
	}
	for i, b := range backups {
		to := filepath.Join(where, "hub", strings.Repeat("y", i+1))
		r, err := office.Restore(t.Context(), b.File, to)
		if err != nil || r.Position != b.Position || r.Head != b.Head || len(r.Waiting) != 0 {
			t.Fatalf("%v %+v, want %+v", err, r, b)
		}
		restored := bodies(t, to)
		if uint64(len(restored)) <= uint64(b.Position) {
			t.Fatalf("%d entries of %d", len(restored), b.Position)
		}
		c := must[office.Campaign](t, to, "campaign.show", office.None{})
		if c.Pools[0].Issued%3 != 0 || c.Pools[0].Issued != c.Pools[0].Outstanding {
			t.Fatalf("half a request was backed up: %+v", c.Pools[0])
		}
		if a := must[office.Audited](t, to, "audit.verify", office.None{}); a.Entries < int64(b.Position) {
			t.Fatalf("%+v", a)
		}
		old, err := registry.ReadKeys(filepath.Join(dir, "keys"))
		if err != nil {
			t.Fatal(err)
		}
		if k, err := registry.ReadKeys(filepath.Join(to, "keys")); err != nil || !k.HubPublic().Equal(old.HubPublic()) || k.CAHash() != old.CAHash() {
			t.Fatalf("the keys are others: %v", err)
		}
	}
}

func TestARestoredHubWaitsForItsTerminals(t *testing.T) {
	dir, where := t.TempDir(), t.TempDir()
	county(t, dir)
	token := must[office.Token](t, dir, "terminal.token", office.WantToken{Merchant: "M1"})
	parsed, err := wire.ParseToken(token.Token)
	if err != nil {
		t.Fatal(err)
	}
	o, err := office.Open(t.Context(), dir, office.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	life, end := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- o.Ledger.Run(life) }()
	e, err := o.Ledger.Enrol(t.Context(), ledger.Enrolment{Hash: parsed.Hash(), Key: make([]byte, 32)})
	if err != nil {
		t.Fatal(err)
	}
	end()
	<-ended
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(where, "backup.tar")
	if _, err := office.BackUp(t.Context(), dir, file); err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(where, "new")
	if err := os.Mkdir(to, 0o700); err != nil { // an empty folder is as good as none
		t.Fatal(err)
	}
	r, err := office.Restore(t.Context(), file, to)
	if err != nil || len(r.Waiting) != 1 || r.Waiting[0] != e.ID {
		t.Fatalf("%v %+v", err, r)
	}
	s := must[office.State](t, to, "state.show", office.None{})
	if !s.Recovering || s.Restores != 1 || len(s.Waiting) != 1 {
		t.Fatalf("%+v", s)
	}
	must[office.None](t, to, "terminal.revoke", office.Revocation{ID: e.ID, Reason: "lost"})
	if s := must[office.State](t, to, "state.show", office.None{}); s.Recovering || s.Restores != 1 {
		t.Fatalf("nobody is waited for any more: %+v", s)
	}
	if _, err := office.Restore(t.Context(), file, to); refusal(err) != "not_empty" {
		t.Fatalf("restored over a hub: %v", err)
	}
}

func TestWhatIsNoWholeBackupIsRefusedAndLeavesNothing(t *testing.T) {
	dir, where := t.TempDir(), t.TempDir()
	county(t, dir)
	file := filepath.Join(where, "good")
	if _, err := office.BackUp(t.Context(), dir, file); err != nil {
		t.Fatal(err)
	}
	if _, err := office.BackUp(t.Context(), dir, file); refusal(err) != "bad_file" {
		t.Fatalf("a backup was written over another: %v", err)
	}
	good, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	bad, to := filepath.Join(where, "bad"), filepath.Join(where, "to")
	try := func(name string, data []byte) {
		t.Helper()
		if err := os.WriteFile(bad, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := office.Restore(t.Context(), bad, to); refusal(err) != "bad_backup" || !strings.Contains(err.Error(), bad) {
			t.Fatalf("%s: %v", name, err)
		}
		if left, _ := filepath.Glob(to + "*"); len(left) > 0 {
			t.Fatalf("%s: %v was left", name, left)
		}
	}
	try("an empty file", nil)
	try("something else", []byte(strings.Repeat("hello", 1000)))
	try("the book alone", bodies(t, dir)[0])
	for at := 0; at < len(bytes.TrimRight(good, "\x00")); at += 97 { // the zeros at the end are a tar's padding
		try("cut short", good[:at])
	}
	flipped := 0
	for at := 0; at < len(good); at += 17 {
		if b := bytes.Clone(good); b[at] != 0 { // zeros are mostly a tar's padding, which says nothing
			b[at] ^= 4
			try("a bit flipped", b)
			flipped++
		}
	}
	if flipped < 50 {
		t.Fatalf("only %d bytes were tried", flipped)
	}
	if _, err := office.Restore(t.Context(), filepath.Join(where, "none"), to); refusal(err) != "bad_file" {
		t.Errorf("no file: %v", err)
	}
	if err := os.Mkdir(to+".restoring", 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := office.Restore(t.Context(), file, to); refusal(err) != "not_empty" || !strings.Contains(err.Error(), "delete it first") {
		t.Errorf("upon what an interrupted restore left: %v", err)
	}
	if _, err := office.BackUp(t.Context(), where, filepath.Join(where, "x")); refusal(err) != "no_hub" {
		t.Errorf("a folder without a hub: %v", err)
	}
	if _, err := os.Stat(filepath.Join(where, "x")); !os.IsNotExist(err) {
		t.Error("half a backup was left")
	}
}
