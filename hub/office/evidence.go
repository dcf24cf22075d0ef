package office

import (
	"archive/zip"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"hexiao/hub/book"
	"hexiao/hub/cashout"
	"hexiao/hub/wire"
)

// An evidence pack is a ZIP that a case about cash-out can be handed out as: the merchant's rows, what the detector made of
// them and by which rules, what people did, and two pages to be read. A manifest holds the hash of each file and where the
// book stood, and the hub signs the manifest. Files are stored as they are, in a fixed order and with a fixed time, so that
// the same case gives the same bytes, and so that every byte of a pack has only one value that it can rightly have.

// ForEvidence is the purpose of the hub's signature over a pack's manifest.
const ForEvidence wire.Purpose = "hexiao evidence 1\x00"

// packForm is the form of the packs written here.
const packForm = "hexiao evidence 1"

// The files of a pack. Rules are there when the program that writes it has them, the registry when something is known of
// the shop.
const (
	packRows     = "rows.ndjson"
	packWhy      = "explanation.json"
	packRules    = "rules.json"
	packRegistry = "registry.ndjson"
	packCase     = "case.json"
	packZh       = "case.zh.html"
	packEn       = "case.en.html"
	packManifest = "manifest.json"
	packSig      = "manifest.sig"
)

// Evidence is what a pack is made of.
type Evidence struct {
	Case       uint64
	Made       time.Time
	Generation []byte        // the hub's
	Position   book.Position // of the last entry that went into it
	Head       book.Hash     // of the book's chain there

	Rows     []byte        // the merchant's redemptions and voids as lines of a stream, in order of arrival
	Why      AlertLine     // with its explanation
	Rules    cashout.Rules // that it was made with; none where this program does not have them any more
	Registry []byte        // the merchant as a line of a registry file; empty where nothing was declared
	File     any           // the case and its steps, for case.json
	Zh, En   []byte        // the pages
}

// Manifest says what is in a pack.
type Manifest struct {
	Form       string        `json:"form"`
	Case       uint64        `json:"case"`
	Merchant   string        `json:"merchant"`
	Made       time.Time     `json:"made"`
	Generation string        `json:"generation"`
	Position   book.Position `json:"position"`
	Head       string        `json:"head"`
	Key        string        `json:"signed_by"` // the hub's public key
	Files      []Packed      `json:"files"`
}

// Packed is one file of a pack.
type Packed struct {
	Name   string `json:"name"`
	Bytes  int    `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// WriteEvidence writes a pack, signed with the hub's key.
func WriteEvidence(w io.Writer, e Evidence, key ed25519.PrivateKey) error {
	files, err := e.files()
	if err != nil {
		return fmt.Errorf("evidence of case %d: %w", e.Case, err)
	}
	m := Manifest{Form: packForm, Case: e.Case, Merchant: e.Why.Merchant, Made: e.Made.UTC(), Generation: hex.EncodeToString(e.Generation), Position: e.Position,
		Head: e.Head.String(), Key: hex.EncodeToString(key.Public().(ed25519.PublicKey))}
	for _, f := range files {
		m.Files = append(m.Files, packed(f))
	}
	raw, err := pretty(m)
	if err != nil {
		return fmt.Errorf("evidence of case %d: %w", e.Case, err)
	}
	sig := hex.EncodeToString(wire.Sign(raw, key, ForEvidence)) + "\n"
	return writeZip(w, append(files, packFile{packManifest, raw}, packFile{packSig, []byte(sig)}))
}

type packFile struct {
	name string
	body []byte
}

func (e *Evidence) files() ([]packFile, error) {
	var files []packFile
	for _, f := range []struct {
		name string
		v    any
	}{{packWhy, e.Why}, {packRules, e.Rules}, {packCase, e.File}} {
		if f.name == packRules && e.Rules.Version == "" {
			continue
		}
		raw, err := pretty(f.v)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.name, err)
		}
		files = append(files, packFile{f.name, raw})
	}
	files = append([]packFile{{packRows, e.Rows}}, files...)
	if len(e.Registry) > 0 {
		files = append(files, packFile{packRegistry, e.Registry})
	}
	return append(files, packFile{packZh, e.Zh}, packFile{packEn, e.En}), nil
}

func packed(f packFile) Packed {
	sum := sha256.Sum256(f.body)
	return Packed{f.name, len(f.body), hex.EncodeToString(sum[:])}
}

// pretty is JSON that a person can read.
func pretty(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	err := enc.Encode(v)
	return b.Bytes(), err
}

// packTime is the time of every file in a pack, the first that a ZIP can hold; when it was made stands in the manifest.
var packTime = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

func writeZip(w io.Writer, files []packFile) error {
	z := zip.NewWriter(w)
	for _, f := range files {
		out, err := z.CreateHeader(&zip.FileHeader{Name: f.name, Method: zip.Store, Modified: packTime})
		if err == nil {
			_, err = out.Write(f.body)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
	}
	return z.Close()
}
