package office

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"hexiao/hub/audit"
	"hexiao/hub/book"
	"hexiao/hub/ledger"
)

// Audited is a whole book that was found good.
type Audited struct {
	ledger.Audited
	Position book.Position `json:"position"` // of the last entry that was looked at
	Head     string        `json:"head"`     // hash of the chain there
}

// auditBook derives everything in the book anew. A hub that runs seals what it has just written first; on a folder that no hub
// serves an unsealed end is a finding.
func (o *Office) auditBook(ctx context.Context, _ None) (Audited, error) {
	b, err := o.upToNow(ctx)
	if err != nil {
		return Audited{}, err
	}
	if err := o.Book.Verify(ctx); err != nil {
		return Audited{}, found(err)
	}
	done, err := audit.Verify(ctx, b)
	if err != nil {
		return Audited{}, found(err)
	}
	return Audited{done, b.last, b.head.String()}, nil
}

// found makes a finding of an error: it is the answer to what was asked, and no fault of the hub.
func found(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return refuse("audit", "审计未通过："+err.Error(), "the audit found: "+err.Error())
}

// Export is asked to write an audit bundle to a new file.
type Export struct {
	File string `json:"file"` // an absolute path on the hub's machine
}

// Exported is a bundle that was written. Whoever audits it compares position and hash with the hub by another way, by
// telephone for one.
type Exported struct {
	File     string        `json:"file"`
	Position book.Position `json:"position"`
	Head     string        `json:"head"`
}

func (o *Office) exportBook(ctx context.Context, in Export) (Exported, error) {
	if !filepath.IsAbs(in.File) {
		return Exported{}, refuse("bad_request", "请用 --out 给出文件", "name a file with --out")
	}
	b, err := o.upToNow(ctx)
	if err != nil {
		return Exported{}, err
	}
	file, err := os.OpenFile(in.File, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return Exported{}, refuse("bad_file", fmt.Sprintf("无法写入 %s：%v", in.File, err), fmt.Sprintf("%s cannot be written: %v", in.File, err))
	}
	last, head, err := audit.Export(ctx, b, file)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return Exported{}, errors.Join(err, os.Remove(in.File))
	}
	return Exported{in.File, last, head.String()}, nil
}

// upToNow is the book as it stands at this moment, whatever is appended meanwhile.
func (o *Office) upToNow(ctx context.Context) (*until, error) {
	if o.serving.Load() {
		if err := o.Ledger.SealNow(ctx); err != nil {
			return nil, err
		}
	}
	last, head := o.Book.Head()
	return &until{o.Book, last, head}, nil
}

// until is a book up to an entry.
type until struct {
	book *book.Book
	last book.Position
	head book.Hash
}

var errEnd = errors.New("that was the last entry asked for")

// Read implements audit.Reader.
func (u *until) Read(ctx context.Context, from book.Position, f func(book.Entry) error) error {
	err := u.book.Read(ctx, from, func(e book.Entry) error {
		if e.At > u.last {
			return errEnd
		}
		return f(e)
	})
	if errors.Is(err, errEnd) {
		return nil
	}
	return err
}
