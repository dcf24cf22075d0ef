package journal_test

import (
	"os"
	"path/filepath"
	"testing"

	"hexiao/agent/journal"
)

func TestFolderIsMadeWithWhatIsMissingAboveIt(t *testing.T) {
	top := t.TempDir()
	dir := filepath.Join(top, "shop", "till")
	for range 2 { // the second time it is there
		must(t, journal.MakeFolder(dir, 0o700))
	}
	for _, at := range []string{dir, filepath.Dir(dir)} {
		if info, err := os.Stat(at); err != nil || !info.IsDir() || info.Mode().Perm() != 0o700 {
			t.Errorf("%s: %v, %v", at, info, err)
		}
	}
	file := filepath.Join(top, "file")
	must(t, os.WriteFile(file, nil, 0o600))
	if err := journal.MakeFolder(filepath.Join(file, "till"), 0o700); err == nil {
		t.Error("a folder was made inside a file")
	}
}
