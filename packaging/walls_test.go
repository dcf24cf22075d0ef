// Package packaging holds the tests that need several rooms or several programs at once: the walls between the rooms, the
// installers, and hub and tills together. The programs and what ships with them lie in the folders below. Nothing calls it.
package packaging

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "hexiao/"

// topLevel is all that may stand at the top beside hidden files and build/.
var topLevel = []string{"agent", "hub", "ui", "drivers", "packaging", "go.mod", "go.sum", "Makefile", "README.md"}

// noRooms are names of rooms that fill with what nobody wanted to place.
var noRooms = []string{"util", "utils", "common", "base", "helper", "helpers", "manager", "managers", "service", "services", "model", "models"}

var anything = []string{"..."}

// A room says what its packages may import. Patterns are "hub/wire" for one package, "hub/..." for it and all below,
// "..." for anything.
type room struct {
	at     string
	ours   []string // packages of this module
	never  []string // taken out of ours again
	theirs []string // third parties; where nothing is said in addresses either, the import has no place
	why    string
}

// rooms is read from the top: the first row whose pattern fits a package is its rule.
var rooms = []room{
	{at: "hub/voucher", why: "the law uses the standard library only, so that till, ledger and every replay judge alike"},
	{at: "hub/wire", ours: []string{"hub/voucher"}, theirs: []string{"github.com/fxamacker/cbor", "github.com/RoaringBitmap/roaring"},
		why: "wire is what both sides must agree on: the law and its encoding, no more"},
	{at: "hub/book", theirs: []string{"golang.org/x/sys"},
		why: "the book keeps bytes and does not know what they mean"},
	{at: "hub/audit", ours: []string{"hub/book", "hub/ledger", "hub/voucher", "hub/wire"}, theirs: []string{"golang.org/x/sync"},
		why: "an audit knows the entries and nothing of what the hub thinks of them"},
	{at: "hub/cashout", ours: []string{"hub/voucher"}, why: "cashout is pure, so that history can be replayed through it"},
	{at: "hub/settlement", ours: []string{"hub/voucher"}, why: "settlement is pure: what is owed follows from the entries alone"},
	{at: "hub/ledger/leasemodel", why: "the model is the rule alone: with the ledger's code in it, it would repeat the ledger's mistakes"},
	{at: "hub/...", ours: []string{"hub/..."}, theirs: anything,
		why: "the hub knows nothing of agent, ui or drivers"},

	{at: "agent", ours: []string{"agent/...", "hub/voucher", "hub/wire"}, never: []string{"agent/uplink"}, theirs: anything,
		why: "Terminal and uplink never meet, each knows the journal only; of the hub an agent knows voucher and wire; drivers are wired in packaging"},
	{at: "agent/uplink", ours: []string{"agent/...", "hub/voucher", "hub/wire"}, never: []string{"agent", "agent/desk"}, theirs: anything,
		why: "Terminal and uplink never meet, each knows the journal only; of the hub an agent knows voucher and wire"},
	{at: "agent/desk", ours: []string{"ui", "ui/tone", "hub/voucher"}, theirs: anything,
		why: "the desk is a door with a small interface behind it, so that the window links neither journal nor uplink"},
	{at: "agent/practice", ours: []string{"agent/desk", "hub/voucher"},
		why: "practice reaches neither journal nor uplink, so that nothing it does can touch stock"},
	{at: "agent/...", ours: []string{"agent/...", "hub/voucher", "hub/wire"}, theirs: anything,
		why: "of the hub an agent knows voucher and wire"},

	{at: "drivers/...", ours: []string{"drivers/..."}, theirs: anything,
		why: "drivers know how to read, not what it means"},

	{at: "ui", ours: []string{"hub/voucher"}, why: "the words know the law's words and nothing else"},
	{at: "ui/tone", ours: []string{"hub/voucher"}, why: "the sounds know the answers and nothing else"},
	{at: "ui/cashier/...", ours: []string{"ui", "ui/tone", "ui/cashier/...", "agent/desk", "hub/voucher", "drivers/wedge"}, theirs: anything,
		why: "the window talks to the agent's desk and to nothing else"},
	{at: "ui/console/...", ours: []string{"ui", "ui/console/...", "hub/cashout", "hub/ledger", "hub/registry", "hub/voucher"}, theirs: anything,
		why: "the console reads ledger and registry, shows what cashout found, and decides nothing"},

	{at: "packaging/streams/...", ours: []string{"packaging/streams"},
		why: "the adversary does not know the detector: whoever knows where one looks tests only what one thought of"},
	{at: "packaging/...", ours: anything, theirs: anything, why: "mains wire whatever there is"},
}

// An address is where a third party, or a part of the standard library that counts as one, may be imported.
type address struct {
	of    string
	at    []string
	tests bool // tests anywhere may import it too
	why   string
}

// addresses is read from the top, too. A third party that is not here has to be given an address first.
var addresses = []address{
	{of: "go.etcd.io/bbolt", at: []string{"agent/journal", "packaging/powercut"}, why: "bbolt is how the journal keeps, and nobody else's business; power cuts are tried on it without its syncs, too"},
	{of: "github.com/gorilla/websocket", at: []string{"agent/uplink", "agent/desk", "hub/gate"}, why: "a websocket is at home where a line ends: uplink, gate, and the desk's event stream"},
	{of: "database/sql", at: []string{"hub/store", "packaging/powercut"}, why: "SQL lives in store; power cuts are tried on it without its syncs, too"},
	{of: "modernc.org/sqlite", at: []string{"hub/store", "packaging/powercut"}, why: "SQL lives in store; power cuts are tried on it without its syncs, too"},
	{of: "github.com/pressly/goose", at: []string{"hub/store"}, why: "SQL lives in store"},
	{of: "go.bug.st/serial", at: []string{"drivers/serialport"}, why: "serial lines are read in serialport"},
	{of: "github.com/makiuchi-d/gozxing", at: []string{"drivers/qrimage"}, why: "pictures are read and made in qrimage"},
	{of: "github.com/blackjack/webcam", at: []string{"drivers/camera"}, why: "cameras are read in camera"},
	{of: "fyne.io/fyne/v2/app", at: []string{"packaging/hexiao-till"}, why: "fyne/app needs a C compiler and a display, which the window's tests do without"},
	{of: "fyne.io/fyne/v2", at: []string{"ui/cashier/...", "packaging/hexiao-till"}, why: "Fyne draws the cashier's window and nothing else"},
	{of: "github.com/jezek/xgb", at: []string{"packaging/hexiao-till"}, why: "the X server is asked for what Fyne cannot do with the window, by its main"},
	{of: "github.com/spf13/cobra", at: []string{"packaging/..."}, why: "commands are read by mains"},
	{of: "github.com/spf13/pflag", at: []string{"packaging/..."}, why: "commands are read by mains"},
	{of: "github.com/prometheus/client_golang", at: []string{"hub/gate", "packaging/hexiao-hub"}, why: "metrics leave through the gate"},
	{of: "github.com/pelletier/go-toml", at: []string{"hub/registry", "packaging/..."}, why: "config belongs to main, and campaigns are read by registry; rooms take plain values"},
	{of: "github.com/xuri/excelize", at: []string{"hub/registry", "packaging/..."}, why: "spreadsheets are read at the edge, by registry"},
	{of: "github.com/fxamacker/cbor", at: []string{"hub/...", "agent/..."}, why: "CBOR is how records are written down; people and drivers never see it"},
	{of: "github.com/RoaringBitmap/roaring", at: []string{"hub/wire"}, why: "sets of used vouchers are built and read where both sides agree on them"},
	{of: "github.com/creack/pty", at: []string{"packaging/stage"}, tests: true, why: "pseudo-terminals stand in for scanners, in tests and on the stage of the played day"},
	{of: "github.com/santhosh-tekuri/jsonschema", tests: true, why: "schemas are for tests: the desk refuses in words of its own"},
	{of: "github.com/hanwen/go-fuse", at: []string{"packaging/powercut"}, why: "disks are mounted to try power cuts, nowhere else"},
	{of: "github.com/valyala/fastjson", at: []string{"hub/office"}, why: "recorded streams are read in office: hundreds of thousands of lines a second, which encoding/json does not do"},
	{of: "pgregory.net/rapid", tests: true, why: "rapid is for tests"},
	{of: "golang.org/x", at: anything, why: "the Go project's own"},
}

func TestWallsStand(t *testing.T) {
	for _, broken := range brokenWalls(t, os.DirFS("..")) {
		t.Error(broken)
	}
}

func TestWallsNameAWrongImport(t *testing.T) {
	for _, c := range plants {
		t.Run(c.name, func(t *testing.T) {
			root := t.TempDir()
			plant(t, root, c.file, c.source)
			found := brokenWalls(t, os.DirFS(root))
			switch {
			case c.named == "" && len(found) > 0:
				t.Errorf("nothing is wrong here, but the test says: %s", found)
			case c.named != "" && (len(found) != 1 || !strings.HasPrefix(found[0], c.file+":") || !strings.Contains(found[0], c.named)):
				t.Errorf("want one broken wall, at %s and because %q; got %q", c.file, c.named, found)
			}
		})
	}
}

// plants are trees with one file more; named is a piece of the reason, empty where the wall stands.
var plants = []struct{ name, file, source, named string }{
	{"the law asks the time", "hub/voucher/b.go", `package voucher; import "time"; var now = time.Now`, "time.Now"},
	{"the law asks the time under another name", "hub/voucher/b.go", `package voucher; import clock "time"; var age = clock.Since`, "time.Since"},
	{"the law reads a file", "hub/voucher/b.go", `package voucher; import _ "os"`, "os"},
	{"the law opens a line", "hub/voucher/b.go", `package voucher; import _ "net/http"`, "net/http"},
	{"the law logs", "hub/voucher/b.go", `package voucher; import "log/slog"; var log = slog.Info`, "slog.Info"},
	{"the law masks a code", "hub/voucher/b.go", `package voucher; import "log/slog"; var _ slog.LogValuer; var mask = slog.StringValue("HX1***")`, ""},
	{"the law keeps a date", "hub/voucher/b.go", `package voucher; import "time"; var day = time.Unix(0, 0)`, ""},
	{"a test of the law reads a golden file", "hub/voucher/b_test.go", `package voucher; import _ "os"; import _ "pgregory.net/rapid"`, ""},
	{"the law uses a third party", "hub/voucher/b.go", `package voucher; import _ "golang.org/x/text/width"`, "standard library only"},
	{"wire knows the book", "hub/wire/b.go", `package wire; import _ "hexiao/hub/book"`, "agree on"},
	{"the book knows the law", "hub/book/b.go", `package book; import _ "hexiao/hub/voucher"`, "does not know what they mean"},
	{"settlement asks the store", "hub/settlement/b.go", `package settlement; import _ "hexiao/hub/store"`, "pure"},
	{"the gate knows the agent", "hub/gate/b.go", `package gate; import _ "hexiao/agent"`, "knows nothing of agent"},
	{"a test of the gate knows the uplink", "hub/gate/b_test.go", `package gate_test; import _ "hexiao/agent/uplink"`, "knows nothing of agent"},
	{"the ledger speaks to people", "hub/ledger/b.go", `package ledger; import _ "hexiao/ui"`, "knows nothing of agent, ui"},
	{"the terminal meets the uplink", "agent/b.go", `package agent; import _ "hexiao/agent/uplink"`, "never meet"},
	{"the uplink meets the terminal", "agent/uplink/b.go", `package uplink; import _ "hexiao/agent"`, "never meet"},
	{"the agent knows the ledger", "agent/b.go", `package agent; import _ "hexiao/hub/ledger"`, "voucher and wire"},
	{"the agent knows a driver", "agent/b.go", `package agent; import _ "hexiao/drivers/serialport"`, "wired in packaging"},
	{"the desk opens the journal", "agent/desk/b.go", `package desk; import _ "hexiao/agent/journal"`, "door"},
	{"practice opens the journal", "agent/practice/b.go", `package practice; import _ "hexiao/agent/journal"`, "can touch stock"},
	{"practice reaches the line", "agent/practice/b.go", `package practice; import _ "hexiao/agent/uplink"`, "can touch stock"},
	{"practice reaches them through the terminal", "agent/practice/b.go", `package practice; import _ "hexiao/agent"`, "can touch stock"},
	{"a driver knows a voucher", "drivers/wedge/b.go", `package wedge; import _ "hexiao/hub/voucher"`, "not what it means"},
	{"the words know a window", "ui/b.go", `package ui; import _ "hexiao/ui/cashier"`, "words"},
	{"the window knows the journal", "ui/cashier/b.go", `package cashier; import _ "hexiao/agent/journal"`, "desk and to nothing else"},
	{"the window opens a display", "ui/cashier/b.go", `package cashier; import _ "fyne.io/fyne/v2/app"`, "C compiler"},
	{"the window draws", "ui/cashier/b.go", `package cashier; import _ "fyne.io/fyne/v2/canvas"`, ""},
	{"the console asks the till", "ui/console/b.go", `package console; import _ "hexiao/agent/desk"`, "ledger and registry"},
	{"bbolt outside the journal", "agent/b.go", `package agent; import bolt "go.etcd.io/bbolt"`, "how the journal keeps"},
	{"a websocket in the terminal", "agent/b.go", `package agent; import _ "github.com/gorilla/websocket"`, "where a line ends"},
	{"SQL outside the store", "hub/ledger/b.go", `package ledger; import _ "database/sql"`, "SQL lives in store"},
	{"cobra in a room", "agent/b.go", `package agent; import _ "github.com/spf13/cobra"`, "read by mains"},
	{"rapid outside tests", "agent/b.go", `package agent; import _ "pgregory.net/rapid"`, "for tests"},
	{"the desk judges by schemas", "agent/desk/b.go", `package desk; import _ "github.com/santhosh-tekuri/jsonschema/v6"`, "for tests"},
	{"a pseudo-terminal in a driver's test", "drivers/serialport/b_test.go", `package serialport_test; import _ "github.com/creack/pty"`, ""},
	{"a third party nobody has placed", "agent/b.go", `package agent; import _ "github.com/pkg/errors"`, "has no address"},
	{"a main with a database of its own", "packaging/hexiao-hub/b.go", `package main; import _ "modernc.org/sqlite"`, "SQL lives in store"},
	{"a main wires rooms", "packaging/hexiao-agent/b.go", `package main; import (_ "hexiao/agent/uplink"; _ "hexiao/drivers/serialport"; _ "github.com/spf13/cobra")`, ""},
	{"a test of everything", "packaging/b_test.go", `package packaging; import (_ "go.etcd.io/bbolt"; _ "hexiao/hub/gate"; _ "hexiao/agent/uplink")`, ""},
	{"a room named for nothing", "hub/util/b.go", `package util`, "util"},
	{"a package named for nothing", "hub/times/b.go", `package common`, "common"},
	{"the hub mounts a disk", "hub/book/b_test.go", `package book_test; import _ "github.com/hanwen/go-fuse/v2/fuse"`, "power cuts"},
	{"a file at the top", "setup.sh", "", "only these may stand"},
	{"a room outside the plan", "main.go", `package main`, "only these may stand"},
	{"hidden and built files", "build/bin/x.go", `package nonsense; import _ "hexiao/nowhere"`, ""},
}

func plant(t *testing.T, root, file, source string) {
	t.Helper()
	if err := os.MkdirAll(path.Join(root, path.Dir(file)), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path.Join(root, file), []byte(source), 0o644); err != nil {
		t.Fatal(err)
	}
}

// brokenWalls reads the tree itself, not through a go command: the test cache does not see what a subprocess reads.
func brokenWalls(t *testing.T, tree fs.FS) []string {
	t.Helper()
	found := strangers(t, tree)
	err := fs.WalkDir(tree, ".", func(file string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && outside(file):
			return fs.SkipDir
		case entry.IsDir() || path.Ext(file) != ".go":
			return nil
		}
		broken, err := inFile(tree, file)
		found = append(found, broken...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// strangers names what stands at the top and may not.
func strangers(t *testing.T, tree fs.FS) (found []string) {
	t.Helper()
	entries, err := fs.ReadDir(tree, ".")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if name := entry.Name(); !outside(name) && !slices.Contains(topLevel, name) {
			found = append(found, name+": only these may stand at the top: "+strings.Join(topLevel, ", "))
		}
	}
	return found
}

// outside tells folders and files that are not part of the house: hidden ones, what was built, and test data.
func outside(file string) bool {
	name := path.Base(file)
	return file == "build" || name == "testdata" || file != "." && strings.HasPrefix(name, ".")
}

func inFile(tree fs.FS, file string) ([]string, error) {
	source, err := fs.ReadFile(tree, file)
	if err != nil {
		return nil, err
	}
	at, test := path.Dir(file), strings.HasSuffix(file, "_test.go")
	pure := at == "hub/voucher" && !test
	mode := parser.ImportsOnly
	if pure {
		mode = parser.SkipObjectResolution
	}
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, file, source, mode)
	if err != nil {
		return nil, err
	}

	var found []string
	say := func(node ast.Node, what string) {
		found = append(found, fmt.Sprintf("%s: %s", set.Position(node.Pos()), what))
	}
	for _, name := range []string{path.Base(at), strings.TrimSuffix(parsed.Name.Name, "_test")} {
		if slices.Contains(noRooms, name) {
			say(parsed.Name, fmt.Sprintf("a room named %s fills with what nobody wanted to place", name))
			break
		}
	}
	for _, spec := range parsed.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, err
		}
		if why := refused(at, imported, test); why != "" {
			say(spec, fmt.Sprintf("%s may not import %s: %s", at, imported, why))
		}
	}
	if pure {
		impure(parsed, say)
	}
	return found, nil
}

// refused returns the reason why a package at this place may not import that one, or "".
func refused(at, imported string, test bool) string {
	if test && at == "packaging" {
		return ""
	}
	i := slices.IndexFunc(rooms, func(r room) bool { return fits(r.at, at) })
	if i < 0 {
		return "the plan has no such room"
	}
	rule := rooms[i]
	if ours, ok := strings.CutPrefix(imported, module); ok {
		if ours == at || among(rule.ours, ours) && !among(rule.never, ours) { // itself: from its own outer tests
			return ""
		}
		return rule.why
	}
	known := slices.IndexFunc(addresses, func(a address) bool { return within(a.of, imported) })
	if known >= 0 {
		a := addresses[known]
		if test && a.tests {
			return ""
		}
		if !among(a.at, at) {
			return a.why
		}
	}
	switch first, _, _ := strings.Cut(imported, "/"); {
	case !strings.Contains(first, "."): // the standard library
		return ""
	case !slices.Equal(rule.theirs, anything) && !slices.ContainsFunc(rule.theirs, func(of string) bool { return within(of, imported) }):
		return rule.why
	case known < 0:
		return "this third party has no address; give it one in packaging/walls_test.go, with a reason"
	}
	return ""
}

// noLaw are the parts of the standard library that the law stays away from.
var noLaw = []string{"os", "net", "database", "syscall", "io/ioutil", "embed", "plugin"}

// mayLog is all that the law may use of log/slog: what a LogValue method needs.
var mayLog = []string{"LogValuer", "Value", "StringValue", "Int64Value", "GroupValue", "String", "Int64"}

// impure names what in a file of hub/voucher asks the time, opens something or logs.
func impure(parsed *ast.File, say func(ast.Node, string)) {
	names := map[string]string{} // of the imports, as the file calls them
	for _, spec := range parsed.Imports {
		imported, _ := strconv.Unquote(spec.Path.Value)
		names[path.Base(imported)] = imported
		if spec.Name != nil {
			names[spec.Name.Name] = imported
		}
		if imported == "log" || slices.ContainsFunc(noLaw, func(of string) bool { return within(of, imported) }) {
			say(spec, "hub/voucher may not import "+imported+": the law opens nothing and logs nothing")
		}
	}
	ast.Inspect(parsed, func(node ast.Node) bool {
		selector, ok := node.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		from, ok := selector.X.(*ast.Ident)
		if !ok {
			return true
		}
		switch used := selector.Sel.Name; names[from.Name] {
		case "time":
			if slices.Contains([]string{"Now", "Since", "Until", "After", "AfterFunc", "Tick", "NewTicker", "NewTimer", "Sleep"}, used) {
				say(selector, "hub/voucher may not call time."+used+": the law is given the instant")
			}
		case "log/slog":
			if !slices.Contains(mayLog, used) {
				say(selector, "hub/voucher may not use slog."+used+": the law does not log, it only masks")
			}
		}
		return true
	})
}

func among(patterns []string, at string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return fits(p, at) })
}

func fits(pattern, at string) bool {
	stem, below := strings.CutSuffix(pattern, "...")
	stem = strings.TrimSuffix(stem, "/")
	return at == stem || below && (stem == "" || strings.HasPrefix(at, stem+"/"))
}

func within(of, imported string) bool { return imported == of || strings.HasPrefix(imported, of+"/") }
