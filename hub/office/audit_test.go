package office_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hexiao/hub/audit"
	"hexiao/hub/office"
)

func TestAuditOfAServedFolderAndOfABundle(t *testing.T) {
	dir := t.TempDir()
	served(t, dir)
	must[office.Applied](t, dir, "campaign.apply", campaign(t, time.Now()))
	a, no := ask[office.Audited](t, dir, "audit.verify", office.None{})
	if no != nil || a.Entries == 0 || a.Unsealed != 0 {
		t.Fatalf("%+v, %v", a, no)
	}
	path := filepath.Join(t.TempDir(), "bundle")
	e, no := ask[office.Exported](t, dir, "audit.export", office.Export{File: path})
	if no != nil || e.Position < a.Position {
		t.Fatalf("%+v, %v", e, no)
	}
	done, err := audit.Verify(context.Background(), audit.Bundle{Path: path})
	if err != nil || done.Entries != int64(e.Position) {
		t.Fatalf("the bundle: %+v, %v", done, err)
	}
	if _, no := ask[office.Exported](t, dir, "audit.export", office.Export{File: path}); no == nil || !strings.Contains(no.Text.Zh, path) {
		t.Errorf("a file that is there already was written over, or it was not said: %v", no)
	}
}

func TestAuditFindsAFlippedByteInAFolderAtRest(t *testing.T) {
	dir := t.TempDir()
	must[office.Applied](t, dir, "campaign.apply", campaign(t, time.Now()))
	path := filepath.Join(dir, "book", "00000001.book")
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := strings.Index(string(raw), "lushan")
	if at < 0 {
		t.Fatal("the campaign is not in the book's file")
	}
	raw[at] ^= 1
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = office.Ask(context.Background(), dir, "audit.verify", office.None{})
	if err == nil || !strings.Contains(err.Error(), "00000001.book") {
		t.Errorf("found: %v", err)
	}
}
