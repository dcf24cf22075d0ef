package office

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"hexiao/hub/book"
	"hexiao/hub/ledger"
	"hexiao/hub/registry"
	"hexiao/hub/voucher"
)

// Restored is a hub that was put back from a backup. It is in recovery: until each of the terminals that it waits for has
// reported, or was revoked or written off, it lends nothing, and decides nothing that no earlier ack proves.
type Restored struct {
	Data       string               `json:"data"`
	Position   book.Position        `json:"position"` // of the last entry of the backup
	Head       string               `json:"head"`     // hash of the chain there
	Generation string               `json:"generation"`
	Waiting    []voucher.TerminalID `json:"waiting"`
}

// restoring stands behind the name of a folder while it is filled; it gets its own name when all of it is on disk, so
// that a restore that was cut short is never taken for a hub.
const restoring = ".restoring"

// Restore makes the hub of a backup in an empty or missing folder, and begins its new generation. Every byte of the backup
// is looked at before anything is made. Errors: a *Refusal for a person, anything else is the disk's.
func Restore(ctx context.Context, path, dir string) (Restored, error) {
	if err := emptyFolder(dir); err != nil {
		return Restored{}, err
	}
	m, err := readBackup(ctx, path, func(data []byte) error {
		if err := registry.CheckIdentity(data); err != nil {
			return badBackup(path, "其中的密钥已损坏", "the keys in it are damaged")
		}
		return nil
	}, func([]byte) error { return nil })
	if err != nil {
		return Restored{}, err
	}
	temp := filepath.Clean(dir) + restoring
	if err := os.MkdirAll(filepath.Dir(temp), 0o700); err != nil {
		return Restored{}, err
	}
	if err := os.Mkdir(temp, 0o700); errors.Is(err, fs.ErrExist) {
		return Restored{}, refuse("not_empty", fmt.Sprintf("%s 是一次中断的恢复留下的；请先删除它", temp), fmt.Sprintf("%s was left by a restore that was cut short; delete it first", temp))
	} else if err != nil {
		return Restored{}, err
	}
	r, err := fill(ctx, path, temp, m)
	if err == nil {
		err = settle(temp, dir)
	}
	if err != nil {
		return Restored{}, errors.Join(err, os.RemoveAll(temp))
	}
	r.Data, r.Position, r.Head = dir, m.Position, m.Head
	return r, nil
}

// emptyFolder refuses a folder that has anything in it.
func emptyFolder(dir string) error {
	all, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return refuse("bad_file", fmt.Sprintf("无法使用 %s：%v", dir, err), fmt.Sprintf("%s cannot be used: %v", dir, err))
	case len(all) > 0:
		return refuse("not_empty", fmt.Sprintf("目录 %s 不是空的；恢复只写入空目录，请用 --data 指定另一个，或先把它移走", dir),
			fmt.Sprintf("the folder %s is not empty, and a backup is restored into an empty one only: name another with --data, or move it away first", dir))
	}
	return nil
}

// fill writes keys and book, and has the ledger begin a new generation upon them.
func fill(ctx context.Context, path, dir string, want manifest) (Restored, error) {
	if err := writeBook(ctx, path, dir, want); err != nil {
		return Restored{}, err
	}
	var r Restored
	err := lone(ctx, dir, func(o *Office) (err error) {
		r, err = o.renew(ctx)
		return err
	})
	return r, err
}

// renew is the first act of the restored hub: a new generation, so that terminals know.
func (o *Office) renew(ctx context.Context) (Restored, error) {
	made := ledger.HubMade{Generation: make([]byte, 16), Key: o.Keys.HubPublic(), Issuing: o.Keys.IssuingPublic()}
	rand.Read(made.Generation)
	if err := o.Ledger.Restore(ctx, made); err != nil {
		return Restored{}, err
	}
	now, err := o.Ledger.Recovery(ctx)
	return Restored{Generation: hex.EncodeToString(made.Generation), Waiting: now.Waiting}, err
}

// Most entries and bytes that go into the new book with one sync.
const (
	groupEntries = 4096
	groupBytes   = 8 << 20
)

func writeBook(ctx context.Context, path, dir string, want manifest) error {
	b, err := book.Open(filepath.Join(dir, "book"), book.Options{})
	if err != nil {
		return err
	}
	var group [][]byte
	size := 0
	flush := func() error {
		_, err := b.Append(group...)
		group, size = group[:0], 0
		return err
	}
	_, err = readBackup(ctx, path, func(data []byte) error { return registry.WriteIdentity(filepath.Join(dir, "keys"), data) }, func(body []byte) error {
		group, size = append(group, body), size+len(body)
		if len(group) < groupEntries && size < groupBytes {
			return nil
		}
		return flush()
	})
	if err == nil {
		err = flush()
	}
	if last, head := b.Head(); err == nil && (last != want.Position || head.String() != want.Head) {
		err = fmt.Errorf("the new book ends at entry %d with %s, the backup at %d with %s", last, head, want.Position, want.Head)
	}
	return errors.Join(err, b.Close())
}

// settle gives the filled folder its name.
func settle(temp, dir string) error {
	if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) { // an empty one is in the way
		return err
	}
	if err := os.Rename(temp, dir); err != nil {
		return err
	}
	parent, err := os.Open(filepath.Dir(filepath.Clean(dir)))
	if err != nil {
		return err
	}
	return errors.Join(parent.Sync(), parent.Close())
}
