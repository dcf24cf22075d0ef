package office

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"hexiao/hub/book"
	"hexiao/hub/ledger"
	"hexiao/hub/registry"
	"hexiao/hub/store"
	"hexiao/hub/wire"
)

// Settings are what a hub's folder is opened with; the zero value is good for a command.
type Settings struct {
	Log     *slog.Logger
	Names   []string // host names beside this machine's that the server's certificate is for
	Changed func(ledger.Change)
	Grouped func(requests, entries int, took time.Duration)
	Now     func() time.Time // time.Now when nil; a test may play what happened before
}

// Open opens all that a hub keeps in a folder, and makes it where it is missing. It starts nothing: the caller runs
// Ledger.Run, then calls Begin. Errors: book.ErrLocked when a hub runs on the folder, registry.ErrKeys, and what the
// book says of damage.
func Open(ctx context.Context, dir string, s Settings) (*Office, error) {
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	if s.Now == nil {
		s.Now = time.Now
	}
	o := &Office{Now: s.Now}
	// The book makes the folders, and makes sure that a power cut cannot take them away again.
	b, err := book.Open(filepath.Join(dir, "book"), book.Options{Log: s.Log})
	if err != nil {
		return nil, err
	}
	o.Book = b
	if err := o.furnish(ctx, dir, s); err != nil {
		return nil, errors.Join(err, o.Close())
	}
	return o, nil
}

func (o *Office) furnish(ctx context.Context, dir string, s Settings) (err error) {
	if o.Keys, err = registry.OpenKeys(filepath.Join(dir, "keys"), s.Names, o.Now()); err != nil {
		return err
	}
	o.Ledger, err = ledger.Open(ctx, o.Book, ledger.Options{Now: s.Now, Changed: s.Changed, Grouped: s.Grouped,
		Wrote: o.wrote, Ratchet: o.Keys.Ratchet(), Payers: o.Keys.Payers(),
		Sign: func(raw []byte) []byte { return wire.Sign(raw, o.Keys.Hub(), wire.ForLease) },
		Seal: func(raw []byte) []byte { return wire.Sign(raw, o.Keys.Hub(), ledger.ForSeal) }})
	if err != nil {
		return err
	}
	o.Views, err = store.Open(ctx, filepath.Join(dir, "views.db"), store.Options{Log: s.Log})
	return err
}

// Begin founds a new hub in an empty book, or makes sure that keys and book belong together. The ledger must run.
func (o *Office) Begin(ctx context.Context) error {
	made := ledger.HubMade{Generation: make([]byte, 16), Key: o.Keys.HubPublic(), Issuing: o.Keys.IssuingPublic()}
	rand.Read(made.Generation)
	return o.Ledger.Found(ctx, made)
}

// Close closes what Open opened. The ledger must have ended.
func (o *Office) Close() error {
	var err error
	if o.Views != nil {
		err = o.Views.Close()
	}
	return errors.Join(err, o.Book.Close())
}

// founding are the operations that may make a hub where there is none; any other on an empty folder is a slip of --data.
var founding = map[string]bool{"campaign.apply": true, "merchant.import": true}

// Alone does one operation on a folder that no hub serves, and leaves it closed.
func Alone(ctx context.Context, dir, name string, in json.RawMessage) (out json.RawMessage, err error) {
	open := alone
	if founding[name] {
		open = lone
	}
	err = open(ctx, dir, func(o *Office) (err error) {
		out, err = o.Do(ctx, name, in)
		return err
	})
	return out, err
}

// alone opens the hub that is in a folder and that nobody serves, and closes it behind do.
func alone(ctx context.Context, dir string, do func(*Office) error) error {
	if _, err := os.Stat(filepath.Join(dir, "book")); errors.Is(err, fs.ErrNotExist) {
		return refuse("no_hub", fmt.Sprintf("目录 %s 里没有核销中心的数据；请核对 --data", dir), fmt.Sprintf("there is no hub in the folder %s; look at --data", dir))
	}
	return lone(ctx, dir, do)
}

func lone(ctx context.Context, dir string, do func(*Office) error) (err error) {
	o, err := Open(ctx, dir, Settings{})
	if err != nil {
		return err
	}
	life, end := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		o.Ledger.Run(life)
	}()
	defer func() {
		end()
		<-ended
		err = errors.Join(err, o.Close())
	}()
	if err := o.Begin(ctx); err != nil {
		return err
	}
	return do(o)
}

// Ask does one operation on a folder: through the hub that serves it, else alone.
func Ask(ctx context.Context, dir, name string, in any) (json.RawMessage, error) {
	raw, err := json.Marshal(in)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	hub, err := Dial(ctx, dir)
	if errors.Is(err, ErrNoHub) {
		return Alone(ctx, dir, name, raw)
	}
	if err != nil {
		return nil, err
	}
	return hub.Do(ctx, name, raw)
}
