package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"sync"
	"syscall"
	"time"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
)

// bench is where a technician sets up this PC's devices: it is the desk.Bench of a running agent.
type bench struct {
	*service
	fit *fittings

	mu    sync.Mutex // guards what follows, and is held while the file is changed
	now   config     // as it is written down, and in force but for what holds after a restart only
	stuck bool       // devices could not be exchanged
}

func newBench(a *service, fit *fittings) *bench { return &bench{service: a, fit: fit, now: a.config} }

// Setup implements desk.Bench.
func (b *bench) Setup(context.Context) (desk.Setup, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.look()
}

// look is Setup under the lock.
func (b *bench) look() (desk.Setup, error) {
	written, err := b.written()
	if err != nil {
		return desk.Setup{}, b.refused(http.StatusInternalServerError, err)
	}
	s := desk.Setup{DeviceSetup: written.setup(), File: b.file(), Restart: b.restart(), Fixed: b.fixed()}
	s.Found = thisPC(b.getenv).found(b.now)
	return s, nil
}

func (b *bench) file() string { return configFile(b.flags.file, b.data) }

// written is what the file says now, without defaults.
func (b *bench) written() (config, error) {
	if len(b.flags.scanners) > 0 {
		return b.now, nil
	}
	return readConfig(b.flags.file, b.data)
}

// fixed says why the devices cannot be set up from the desk.
func (b *bench) fixed() voucher.Text {
	if len(b.flags.scanners) == 0 {
		return voucher.Text{}
	}
	return voucher.Text{
		Zh: "服务启动时用 --scanner 指定了扫码枪，这里改不了；请去掉 --scanner，改写在 " + b.file() + " 里，再重启服务。",
		En: "The agent was started with --scanner, so nothing can be changed here; leave --scanner out, write the scanners into " + b.file() + " and restart the agent.",
	}
}

// SetUp implements desk.Bench. The file is on disk before a device is touched.
func (b *bench) SetUp(ctx context.Context, change func(*desk.DeviceSetup)) (desk.Setup, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if no := b.fixed(); no != (voucher.Text{}) {
		return desk.Setup{}, &desk.Error{Status: http.StatusConflict, Text: no}
	}
	old, err := b.written()
	if err != nil {
		return desk.Setup{}, b.refused(http.StatusInternalServerError, err)
	}
	d := old.setup()
	change(&d)
	next := old.with(d)
	whole, devices, err := b.prepare(next)
	if err != nil {
		return desk.Setup{}, b.refused(http.StatusBadRequest, err)
	}
	if err := b.write(old, next); err != nil {
		b.log.Error("settings file not written", "file", b.file(), "error", err)
		return desk.Setup{}, b.unwritten(err)
	}
	b.adopt(context.WithoutCancel(ctx), whole, devices) // it is on disk: whoever asked may have gone
	return b.look()
}

// prepare looks at settings as the start of the agent would, by the same code, and makes the devices without opening any.
func (b *bench) prepare(next config) (config, []fitting, error) {
	whole, err := b.flags.over(next)
	if err != nil {
		return whole, nil, err
	}
	devices, err := b.wire(whole)
	return whole, devices, err
}

// adopt puts settings in force that are on disk.
func (b *bench) adopt(ctx context.Context, whole config, devices []fitting) {
	b.now = whole
	b.log.Info("devices changed", "file", b.file(), "scanners", len(whole.Scanners))
	if err := b.fit.Exchange(ctx, devices); err != nil {
		b.log.Warn("devices not exchanged; the agent must be restarted", "error", err)
		b.stuck = true
	}
}

// restart tells whether what is written down holds only when the agent was started anew. Where codes go on to and the printer
// are made at the start.
func (b *bench) restart() bool {
	began := b.config
	return b.stuck || !reflect.DeepEqual([]any{began.PassOn, began.Printer}, []any{b.now.PassOn, b.now.Printer})
}

// write puts the file on disk. Where its text cannot be edited the devices' sections are written anew, and the old file
// stays beside it.
func (b *bench) write(old, next config) error {
	raw, err := os.ReadFile(b.file())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	text, err := edit(raw, old, next)
	if err != nil || !says(text, next) {
		if err := keepCopy(b.file(), raw, time.Now()); err != nil {
			return err
		}
		text = anew(next)
	}
	return replaceFile(b.file(), text)
}

// says tells whether a text is read as these settings. Scanners stand in any order.
func says(text []byte, want config) bool {
	got, err := parseConfig(text)
	return err == nil && reflect.DeepEqual(sorted(got), sorted(want))
}

func sorted(c config) config {
	c.Scanners = slices.Clone(c.Scanners)
	slices.SortFunc(c.Scanners, func(a, b scanner) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Path, b.Path)) })
	if len(c.Scanners) == 0 {
		c.Scanners = nil
	}
	return c
}

// anew writes settings without regard to what stood there.
func anew(c config) []byte {
	var text bytes.Buffer
	for _, k := range []keyValue{written("desk", c.Desk), written("patience", c.Patience.text())} {
		if k.value != "" {
			fmt.Fprintf(&text, "%s = %s\n", k.key, k.value)
		}
	}
	for _, t := range c.tables() {
		fmt.Fprintf(&text, "\n%s", t.text())
	}
	return text.Bytes()
}

// keepCopy leaves the file as it was beside it, as agent.toml.before-20231211-150405.
func keepCopy(file string, raw []byte, now time.Time) error {
	return replaceFile(file+".before-"+now.Format("20060102-150405"), raw)
}

// replaceFile puts a text in a file's place, whole or not at all, and returns when it is on disk. A link is followed; mode
// and, where the system lets us, owner stay.
func replaceFile(file string, text []byte) error {
	if real, err := filepath.EvalSymlinks(file); err == nil {
		file = real
	}
	mode := fs.FileMode(0o644)
	if info, err := os.Stat(file); err == nil {
		mode = info.Mode().Perm()
	}
	f, err := os.CreateTemp(filepath.Dir(file), "."+filepath.Base(file)+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(text)
	if err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close()); err != nil {
		return err
	}
	keepOwner(f.Name(), file)
	if err := os.Rename(f.Name(), file); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(file))
}

// refused makes an error of ours the desk's.
func (b *bench) refused(status int, err error) *desk.Error {
	return &desk.Error{Status: status, Text: explain(err, b.data).Text}
}

// unwritten says why the file is as it was.
func (b *bench) unwritten(err error) *desk.Error {
	file := b.file()
	switch {
	case desk.DiskFull(err):
		return &desk.Error{Status: http.StatusInsufficientStorage, Text: voucher.Text{Zh: "磁盘已满，没有保存；请清理磁盘后再试。", En: "The disk is full and nothing was saved; free some disk space and try again."}}
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return &desk.Error{Status: http.StatusInternalServerError, Text: voucher.Text{
			Zh: "服务没有权限写 " + file + "，没有保存；请用 root 修改这个文件后重启服务，或让运行服务的用户能写它所在的目录。",
			En: "The agent may not write " + file + " and nothing was saved; edit it as root and restart the agent, or let the agent's user write its folder.",
		}}
	}
	return &desk.Error{Status: http.StatusInternalServerError, Text: voucher.Text{
		Zh: file + " 写入失败，没有保存：" + err.Error(), En: file + " could not be written and nothing was saved: " + err.Error(),
	}}
}
