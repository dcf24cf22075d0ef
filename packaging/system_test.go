package packaging

import (
	"context"
	_ "embed"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

//go:embed system_test.sh
var systemScript string

// The packages are installed in this PC's own system with a sheet laid over it (a mount namespace and an overlay in
// memory), so that users, permissions and libraries are real, hub and agent run as they do on a PC, and nothing is left.
func TestPackagesInAWholeSystem(t *testing.T) {
	if out, err := exec.Command("unshare", "--mount", "sh", "-c", "mount -t tmpfs none /mnt").CombinedOutput(); err != nil {
		t.Skipf("SKIPPED: to lay a sheet over this system takes root and the right to mount (%s): users, dependencies and "+
			"permissions of the packages are NOT tested here", strings.TrimSpace(string(out)))
	}
	var debs string
	for name := range shipped {
		file, err := filepath.Abs(deb(t, name))
		if err != nil {
			t.Fatal(err)
		}
		debs = filepath.Dir(file)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, "unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-eu", "-c", systemScript, "sh", t.TempDir(), debs)
	c.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", "TMPDIR=" + os.TempDir()}
	out, err := c.CombinedOutput()
	if t.Log(string(out)); err != nil || !strings.HasSuffix(string(out), "all done\n") {
		t.Errorf("the script ended early: %v", err)
	}
	for _, line := range strings.Split(string(out), "\n") {
		if strings.HasPrefix(line, "FAIL") {
			t.Error(line)
		}
	}
}
