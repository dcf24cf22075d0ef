package packaging

import (
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"
)

// shipped is all that each package brings, with its mode; a file more or less is a mistake in its nfpm.yaml.
var shipped = map[string]map[string]fs.FileMode{
	"hexiao-hub": {
		"etc/hexiao-hub/hub.toml":                   0o644,
		"usr/bin/hexiao-hub":                        0o755,
		"usr/lib/systemd/system/hexiao-hub.service": 0o644,
		"usr/share/doc/hexiao-hub/copyright":        0o644,
		"usr/share/doc/hexiao-hub/third-party.gz":   0o644,
		"usr/share/hexiao-hub/lushan.toml":          0o644,
		"usr/share/hexiao-hub/merchants-sample.csv": 0o644,
	},
	"hexiao-agent": {
		"etc/hexiao-agent/agent.toml":                  0o644,
		"usr/bin/hexiao-agent":                         0o755,
		"usr/lib/systemd/system/hexiao-agent.service":  0o644,
		"usr/lib/udev/rules.d/70-hexiao-scanner.rules": 0o644,
		"usr/share/doc/hexiao-agent/copyright":         0o644,
		"usr/share/doc/hexiao-agent/third-party.gz":    0o644,
	},
	"hexiao-till": {
		"etc/xdg/autostart/hexiao-till.desktop":                 0o644,
		"usr/bin/hexiao-till":                                   0o755,
		"usr/share/applications/hexiao-till.desktop":            0o644,
		"usr/share/doc/hexiao-till/copyright":                   0o644,
		"usr/share/doc/hexiao-till/fonts-OFL.txt":               0o644,
		"usr/share/doc/hexiao-till/third-party.gz":              0o644,
		"usr/share/icons/hicolor/scalable/apps/hexiao-till.svg": 0o644,
	},
}

func TestPackagesBringWhatTheyListAndPurgeLeavesNothing(t *testing.T) {
	root := newRoot(t)
	before := files(t, root)
	root.must("--install", deb(t, "hexiao-hub"), deb(t, "hexiao-agent"), deb(t, "hexiao-till"))
	for name, want := range shipped {
		for file, mode := range want {
			if info, err := os.Lstat(filepath.Join(root.dir, file)); err != nil {
				t.Errorf("%s: %v", name, err)
			} else if info.Mode() != mode {
				t.Errorf("%s: %s has mode %v, want %v", name, file, info.Mode(), mode)
			}
		}
		listed := strings.Fields(run(t, exec.Command("dpkg-query", "--admindir="+root.dir+"/var/lib/dpkg", "-L", name)))
		for _, file := range listed {
			file = strings.TrimPrefix(file, "/")
			if info, err := os.Lstat(filepath.Join(root.dir, file)); err == nil && !info.IsDir() && want[file] == 0 {
				t.Errorf("%s brings %s, which nobody expects", name, file)
			}
		}
	}
	for _, name := range []string{"hexiao-hub", "hexiao-agent"} {
		wanted := filepath.Join(root.dir, "etc/systemd/system/multi-user.target.wants", name+".service")
		if _, err := os.Lstat(wanted); err != nil {
			t.Errorf("%s does not start with the PC: %v", name, err)
		}
	}

	root.must("--purge", "hexiao-hub", "hexiao-agent", "hexiao-till")
	for _, file := range files(t, root) {
		if !slices.Contains(before, file) && !strings.HasPrefix(file, "var/lib/dpkg/") && !strings.HasPrefix(file, "var/log/") {
			t.Errorf("purging leaves %s", file)
		}
	}
}

func TestRemovingKeepsSettingsAndData(t *testing.T) {
	root := newRoot(t)
	root.must("--install", deb(t, "hexiao-hub"), deb(t, "hexiao-agent"))
	root.write("var/lib/hexiao-hub/book/1", "entries")
	root.write("var/lib/hexiao-agent/desk.token", "secret")
	root.must("--remove", "hexiao-hub", "hexiao-agent")
	for _, file := range []string{"var/lib/hexiao-hub/book/1", "var/lib/hexiao-agent/desk.token", "etc/hexiao-hub/hub.toml", "etc/hexiao-agent/agent.toml"} {
		if _, err := os.Stat(filepath.Join(root.dir, file)); err != nil {
			t.Errorf("removing took %s: %v", file, err)
		}
	}
}

func TestTheHubIsNotPurgedWithItsBookUnlessForced(t *testing.T) {
	root := newRoot(t)
	root.must("--install", deb(t, "hexiao-hub"))
	root.write("var/lib/hexiao-hub/book/1", "entries")
	root.refuses("备份", "copy the whole folder", "--purge", "hexiao-hub")
	root.has("var/lib/hexiao-hub/book/1", true)
	root.env = append(root.env, "HEXIAO_FORCE=1")
	root.must("--purge", "hexiao-hub")
	root.has("var/lib/hexiao-hub", false)
}

// What the agent says about its queue is played by a script here; TestPackagesInAWholeSystem asks a real one.
func TestTheAgentGoesOnlyWhenItsQueueIsSent(t *testing.T) {
	root := newRoot(t)
	root.must("--install", deb(t, "hexiao-agent"))
	root.must("--remove", "hexiao-agent") // never used: nothing to lose
	root.must("--install", deb(t, "hexiao-agent"))

	root.write(journalFile, "a journal")
	root.agentSays(`{"queued":0,"online":true}`)
	root.must("--remove", "hexiao-agent")

	root.must("--install", deb(t, "hexiao-agent"))
	root.agentSays(`{"terminal":"T1", "queued": 3}`)
	root.refuses("还有 3 笔", "has not had: 3", "--remove", "hexiao-agent")
	root.agentSays(`error`)
	root.refuses("还有 ? 笔", "has not had: ?", "--purge", "hexiao-agent")

	root.agentSays(`{"queued":3}`)
	root.env = append(root.env, "HEXIAO_FORCE=1")
	root.must("--remove", "hexiao-agent")
	root.env = root.env[:len(root.env)-1]
	root.has(journalFile, true)
	root.refuses("还有 3 笔", "has not had: 3", "--purge", "hexiao-agent")
	root.has(journalFile, true)

	root.must("--install", deb(t, "hexiao-agent")) // back again: the real one sends them
	root.agentSays(`{"queued":0}`)
	root.must("--purge", "hexiao-agent")
	root.has("var/lib/hexiao-agent", false)
}

func TestAnUpgradeOverAQueueSaysSoAndGoesOn(t *testing.T) {
	root := newRoot(t)
	root.must("--install", deb(t, "hexiao-agent"))
	says := func(want bool) {
		t.Helper()
		out, err := root.dpkg("--install", deb(t, "hexiao-agent"))
		if err != nil || want != strings.Contains(out, "还有 3 笔") || want != strings.Contains(out, "has not had: 3") {
			t.Fatalf("it should speak: %v; %v\n%s", want, err, out)
		}
	}
	root.agentSays(`{"queued":3}`)
	says(false) // there is no journal
	root.write("var/lib/hexiao-agent/journal.log", "the second journal")
	root.agentSays(`{"queued":3}`)
	says(true)
	root.agentSays(`{"queued":0}`)
	says(false)
	root.has("var/lib/hexiao-agent/journal.log", true)
	root.agentSays(`{"queued":3}`)
	root.refuses("还有 3 笔", "has not had: 3", "--remove", "hexiao-agent") // the second journal alone is a queue, too
}

const journalFile = "var/lib/hexiao-agent/journal.db"

func TestUnitsAreWellFormedAndUnprivileged(t *testing.T) {
	for _, name := range []string{"hexiao-hub", "hexiao-agent"} {
		unit := entries(t, filepath.Join(name, name+".service"))
		for key, want := range map[string]string{
			"[Service] User": name, "[Service] StateDirectory": name, "[Service] Restart": "on-failure",
			"[Service] NoNewPrivileges": "yes", "[Service] ProtectSystem": "strict", "[Service] CapabilityBoundingSet": "",
			"[Install] WantedBy": "multi-user.target",
		} {
			if got, ok := unit[key]; !ok || got != want {
				t.Errorf("%s: %s: want %q, got %q", name, key, want, got)
			}
		}
		program, _, _ := strings.Cut(unit["[Service] ExecStart"], " ")
		if shipped[name][strings.TrimPrefix(program, "/")] != 0o755 {
			t.Errorf("%s starts %q, which the package does not bring", name, program)
		}
	}
}

// Without their comment signs the lines of a settings file must be good TOML; as shipped it sets nothing.
func TestSettingsFilesCanBeUncommented(t *testing.T) {
	for file, keys := range map[string][]string{
		"hexiao-hub/hub.toml":     {"listen", "names", "connections", "per_address", "shadow_rules", "log_level"},
		"hexiao-agent/agent.toml": {"desk", "scanner", "pass_on", "display", "printer"},
	} {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var shipped, uncommented map[string]any
		if err := toml.Unmarshal(source, &shipped); err != nil || len(shipped) > 0 {
			t.Errorf("%s sets %v as shipped, %v", file, shipped, err)
		}
		settings := regexp.MustCompile(`(?m)^# (\[|\w+ = )`).ReplaceAll(source, []byte("$1"))
		if err := toml.Unmarshal(settings, &uncommented); err != nil {
			t.Errorf("%s: %v", file, err)
		}
		if got := slices.Sorted(maps.Keys(uncommented)); !slices.Equal(got, slices.Sorted(slices.Values(keys))) {
			t.Errorf("%s shows the settings %q, want %q", file, got, keys)
		}
	}
}

func TestDesktopEntryNamesWhatIsShipped(t *testing.T) {
	entry := entries(t, "hexiao-till/hexiao-till.desktop")
	for _, key := range []string{"Type", "Name", "Name[zh_CN]", "Comment", "Comment[zh_CN]", "Exec", "Icon"} {
		if entry["[Desktop Entry] "+key] == "" {
			t.Errorf("no %s", key)
		}
	}
	program, _, _ := strings.Cut(entry["[Desktop Entry] Exec"], " ")
	if shipped["hexiao-till"]["usr/bin/"+program] == 0 {
		t.Errorf("Exec names %q", program)
	}
	if icon := entry["[Desktop Entry] Icon"]; shipped["hexiao-till"]["usr/share/icons/hicolor/scalable/apps/"+icon+".svg"] == 0 {
		t.Errorf("Icon names %q", icon)
	}
}

// udev says nothing about a rule that it cannot read, other than in its log.
func TestScannerRulesAreWellFormed(t *testing.T) {
	source, err := os.ReadFile("hexiao-agent/70-hexiao-scanner.rules")
	if err != nil {
		t.Fatal(err)
	}
	pair := regexp.MustCompile(`^(ACTION|SUBSYSTEMS?|KERNEL|ATTRS?\{\w+\}|ENV\{[A-Z_]+\}|PROGRAM|RESULT|GROUP|MODE|TAG|GOTO|LABEL)(==|!=|=|\+=)"([^"]*)"$`)
	var jumps, labels, marks []string
	for i, line := range strings.Split(string(source), "\n") {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		for _, part := range strings.Split(line, ", ") {
			m := pair.FindStringSubmatch(part)
			switch {
			case m == nil:
				t.Errorf("line %d: %s", i+1, part)
			case m[1] == "GOTO":
				jumps = append(jumps, m[3])
			case m[1] == "LABEL":
				labels = append(labels, m[3])
			case m[2] == "=" || m[2] == "+=":
				marks = append(marks, m[1]+"="+m[3])
			}
		}
	}
	if !slices.Equal(jumps, labels) {
		t.Errorf("jumps to %q, labels are %q", jumps, labels)
	}
	for _, subsystem := range []string{"tty", "input", "hidraw"} {
		if !regexp.MustCompile(`(?m)^SUBSYSTEM=="` + subsystem + `".* GROUP="[a-z-]+", MODE="0660"`).Match(source) {
			t.Errorf("no rule gives anybody the %s devices", subsystem)
		}
	}
	for _, want := range []string{"ENV{ID_MM_DEVICE_IGNORE}=1", "ENV{ID_MM_PORT_IGNORE}=1", "GROUP=dialout", "GROUP=hexiao-agent", "TAG=uaccess"} {
		if !slices.Contains(marks, want) {
			t.Errorf("no rule sets %s", want)
		}
	}
}

func TestTheTillDependsOnWhatItIsLinkedWith(t *testing.T) {
	program, err := elf.Open(built("bin/hexiao-till"))
	if err != nil {
		t.Fatalf("%v; run make build first", err)
	}
	defer program.Close()
	depends := run(t, exec.Command("dpkg-deb", "--field", deb(t, "hexiao-till"), "Depends"))
	packageOf := map[string]string{"libGL.so.1": "libgl1", "libX11.so.6": "libx11-6", "libc.so.6": "libc6 (>= 2.34)", "libm.so.6": "libc6 (>= 2.34)"}
	libraries, err := program.ImportedLibraries()
	if err != nil || len(libraries) == 0 {
		t.Fatal(libraries, err)
	}
	for _, library := range libraries {
		if name := packageOf[library]; name == "" || !strings.Contains(depends, name) {
			t.Errorf("linked with %s, but the package depends on %s", library, depends)
		}
	}
	symbols, err := program.ImportedSymbols()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range symbols {
		var minor int
		if _, err := fmt.Sscanf(s.Version, "GLIBC_2.%d", &minor); err == nil && minor > 34 {
			t.Errorf("%s wants %s, but the package is content with libc6 2.34", s.Name, s.Version)
		}
	}
}

func TestHubAndAgentAreOneFileEach(t *testing.T) {
	for _, name := range []string{"hexiao-hub", "hexiao-agent"} {
		program, err := elf.Open(built("bin/" + name))
		if err != nil {
			t.Fatalf("%v; run make build first", err)
		}
		defer program.Close()
		if libraries, err := program.ImportedLibraries(); err != nil || len(libraries) > 0 {
			t.Errorf("%s is linked with %v, %v", name, libraries, err)
		}
	}
}

// A root is a folder that dpkg takes for a PC. The packages' scripts run on this PC with DPKG_ROOT set, so that neither
// a user nor a service of this PC is touched; it takes no rights.
type root struct {
	t   *testing.T
	dir string
	env []string
}

func newRoot(t *testing.T) *root {
	t.Helper()
	r := &root{t: t, dir: t.TempDir()}
	for _, dir := range []string{"var/lib/dpkg/info", "var/lib/dpkg/updates", "var/log"} {
		if err := os.MkdirAll(filepath.Join(r.dir, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{"var/lib/dpkg/status", "var/lib/dpkg/available"} {
		r.write(file, "")
	}
	return r
}

func (r *root) dpkg(args ...string) (string, error) {
	r.t.Helper()
	options := []string{"--root=" + r.dir, "--log=/dev/null", "--force-not-root", "--force-script-chrootless", "--force-depends", "--force-bad-path"}
	c := exec.Command("dpkg", append(options, args...)...)
	c.Env = append(append(os.Environ(), "LC_ALL=C.UTF-8", "HEXIAO_FORCE="), r.env...)
	out, err := c.CombinedOutput()
	return string(out), err
}

func (r *root) must(args ...string) {
	r.t.Helper()
	if out, err := r.dpkg(args...); err != nil {
		r.t.Fatalf("dpkg %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

func (r *root) refuses(zh, en string, args ...string) {
	r.t.Helper()
	out, err := r.dpkg(args...)
	if err == nil || !strings.Contains(out, zh) || !strings.Contains(out, en) || !strings.Contains(out, "HEXIAO_FORCE=1") {
		r.t.Fatalf("dpkg %s: want a refusal with %q and %q, got %v\n%s", strings.Join(args, " "), zh, en, err, out)
	}
}

func (r *root) has(file string, want bool) {
	r.t.Helper()
	if _, err := os.Stat(filepath.Join(r.dir, file)); errors.Is(err, fs.ErrNotExist) == want {
		r.t.Fatalf("%s: there %t, want %t", file, !want, want)
	}
}

func (r *root) write(file, text string) {
	r.t.Helper()
	file = filepath.Join(r.dir, file)
	if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o644)); err != nil {
		r.t.Fatal(err)
	}
}

// agentSays puts a script in the agent's place.
func (r *root) agentSays(answer string) {
	r.t.Helper()
	r.write("usr/bin/hexiao-agent", fmt.Sprintf("#!/bin/sh\n[ \"$1 $2 $4\" = 'status --data --json' ] && echo '%s'\n", answer))
}

func files(t *testing.T, r *root) (found []string) {
	t.Helper()
	err := filepath.WalkDir(r.dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			path, err = filepath.Rel(r.dir, path)
			found = append(found, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// entries reads a file of sections, keys and values: a unit, a desktop entry, a default file. A key stands as
// "[Section] Key"; a line that is none of these fails the test.
func entries(t *testing.T, file string) map[string]string {
	t.Helper()
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	found, section := map[string]string{}, ""
	for i, line := range strings.Split(string(source), "\n") {
		key, value, pair := strings.Cut(line, "=")
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '[' && strings.HasSuffix(line, "]"):
			section = line
		case pair && regexp.MustCompile(`^[A-Za-z_]+(\[\w+\])?$`).MatchString(key):
			found[section+" "+key] = value
		default:
			t.Errorf("%s, line %d: %s", file, i+1, line)
		}
	}
	return found
}

func built(path string) string { return filepath.Join("..", "build", path) }

// deb is the one package file of that name which make packages has left.
func deb(t *testing.T, name string) string {
	t.Helper()
	found, err := filepath.Glob(built("packages/" + name + "_*.deb"))
	if err != nil || len(found) != 1 {
		t.Fatalf("want one %s package in build/packages, got %v, %v; run make packages first", name, found, err)
	}
	if _, err := os.Stat(found[0]); err != nil { // so that the test cache knows what this test looked at
		t.Fatal(err)
	}
	return found[0]
}

func run(t *testing.T, c *exec.Cmd) string {
	t.Helper()
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(c.Args, " "), err, out)
	}
	return string(out)
}
