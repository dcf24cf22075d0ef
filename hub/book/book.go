// Package book keeps the only truth of the hub: an append-only list of entries, each bound to all before it by a
// hash chain, in preallocated segment files. A group of entries is one write and one sync, and after a crash it is
// there whole or not at all.
//
// It holds bytes and must not know what they mean. hub/ledger appends; everything that folds the entries (ledger,
// store, cashout, settlement, audit, backup) reads. DESIGN.md beside this file has the file format, the rule of
// recovery and what is given up.
package book

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
)

// Position is the number of an entry: 1 for the first, 0 for the place before it.
type Position uint64

// Hash is the hash of the chain after an entry; all zeros before the first.
type Hash [32]byte

// String returns the hash in hexadecimal.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// Entry is one stored entry as it is read back.
type Entry struct {
	At   Position
	Body []byte // valid until the function it was handed to returns; not to be written to
	Hash Hash   // of the chain after this entry, see Hash.Next
}

// MaxBody is the most bytes one entry may have: far above any record of the hub (a redemption has 174 bytes), and
// small enough to be read in one piece.
const MaxBody = 1 << 20

// MaxGroup is the most bytes one group may have on disk, with 32 to 39 bytes for each entry beside its body. It bounds
// the memory of an append; whoever has more cuts it in two.
const MaxGroup = 64 << 20

var (
	// ErrBroken comes from Append when its group may or may not be on disk, and from every Append after that one. The
	// process must stop: the next Open finds out, and what is folded from the book again is right.
	ErrBroken = errors.New("the book could not be written: see the cause (a full disk?), mend it and start again; nothing acknowledged is lost (账本写入失败：请排除原因（磁盘已满？）后重新启动，已确认的记录不会丢失)")

	// ErrLocked comes from Open and Verify when another process, or another Book of this one, has the folder open.
	ErrLocked = errors.New("another process has this folder open: stop it first, or ask it through its socket (另一个进程正在使用此目录：请先停止它，或通过它的套接字操作)")

	// ErrTooLarge comes from Append for a body above MaxBody or a group above MaxGroup. Nothing was written and the
	// book goes on.
	ErrTooLarge = errors.New("too large for the book (超出账本允许的大小)")

	// ErrAhead comes from Read when the caller has seen entries that the book does not have. The caller got them from
	// this book or from a later state of it, so the book has lost acknowledged entries (an old backup, a lost file, a
	// damaged last group): a person must look before anything is decided upon it.
	ErrAhead = errors.New("asked to read after an entry that the book does not have: it is older than its reader; restore the newest backup with `hexiao-hub restore`, or send the folder to support (账本比读取者旧：请用 `hexiao-hub restore` 恢复最新备份，或将整个目录发给技术支持)")
)

var errClosed = fmt.Errorf("book: %w", os.ErrClosed)

// Options of a book; the zero value serves.
type Options struct {
	// SegmentBytes is the length of a full-grown segment file; 0 means 64 MiB. The first segments are smaller (1 MiB,
	// then twice the one before), so that a small hub is cheap. At least 16 KiB; taken up to a multiple of 4 KiB.
	SegmentBytes int64
	// Log hears what was cut and what could not be prepared; nil means silence.
	Log *slog.Logger

	// A rehearsal runs many hubs from a seed, each in one goroutine and without a real disk. Nobody else sets these.

	// Disk is where the files lie instead of in the folder, which is then neither made nor locked; nil: the folder.
	Disk Disk
	// Random is where the salts of segments come from; nil: crypto/rand.
	Random io.Reader
	// Inline prepares segments within Append and not beside it.
	Inline bool
}

const (
	smallestSegment = 16 << 10
	defaultSegment  = 64 << 20
)

func (o Options) withDefaults() (Options, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.SegmentBytes == 0 {
		o.SegmentBytes = defaultSegment
	}
	if o.SegmentBytes < smallestSegment {
		return o, fmt.Errorf("segments of %d bytes: at least %d are needed", o.SegmentBytes, smallestSegment)
	}
	o.SegmentBytes = pages(o.SegmentBytes)
	if o.Random == nil {
		o.Random = rand.Reader
	}
	return o, nil
}

// Book is an open book. Append is for one caller at a time (others wait); everything else may run beside it.
type Book struct {
	disk         Disk
	log          *slog.Logger
	segmentBytes int64
	random       io.Reader
	inline       bool
	cut          int64
	unlock       func() error

	writing   sync.Mutex // guards what the appender owns, down to the blank line; taken before mu, never after it
	tail      File       // the live segment
	buf       []byte     // the group being built
	chain     chain      // at the durable head, or ahead of it once broken is set
	broken    error      // the first failure, nil while all is well
	marked    Position   // what the live segment's mark vouches for
	spare     *spare     // the next segment, prepared or being prepared; nil when not begun
	prepareAt int64      // offset in the live segment from which on the next one is prepared

	closing   atomic.Bool // tells a preparation to give up
	preparing sync.WaitGroup

	mu     sync.Mutex // guards what readers see
	sealed []segment  // only ever appended to
	live   segment    // its last and hash are the head of the book
	closed bool
}

// Open opens the book in dir, and creates both when missing. It holds the folder's lock until Close.
//
// What a crash left of a group that was never acknowledged is cut off, reported to Options.Log and by Cut. Anything
// else that is wrong is a *Damage, which names file, offset and position, and changes nothing on disk. Open reads the
// last segment whole, of the others only their heads: Read and Verify check the rest.
func Open(dir string, o Options) (*Book, error) {
	if o.Disk != nil {
		b, err := open(o.Disk, o)
		if err != nil {
			return nil, fmt.Errorf("open book: %w", err)
		}
		return b, nil
	}
	if err := makeFolder(dir); err != nil {
		return nil, fmt.Errorf("open book: %w", err)
	}
	unlock, err := lock(filepath.Join(dir, "lock"))
	if err != nil {
		return nil, fmt.Errorf("open book %s: %w", dir, err)
	}
	b, err := open(folder(dir), o)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open book: %w", err), unlock())
	}
	b.unlock = unlock
	return b, nil
}

func open(d Disk, o Options) (*Book, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	b := &Book{disk: d, log: o.Log, segmentBytes: o.SegmentBytes, random: o.Random, inline: o.Inline, unlock: func() error { return nil }}
	b.chain.init()
	if err := b.recover(); err != nil {
		return nil, err
	}
	b.aimPreparation()
	return b, nil
}

// Head returns the last durable entry's position and the hash of the chain after it; 0 and zeros when there is none.
// It does not block on the disk.
func (b *Book) Head() (Position, Hash) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.live.last, b.live.hash
}

// Cut returns how many bytes Open took away, from the first to the last one that was left of an unfinished group; 0
// after a clean end. It cannot be told from a cut whether the group was acknowledged and damaged since (see DESIGN.md):
// when it is not 0, compare Head with what others have seen of the book: the views' position, the heads that terminals
// hold.
func (b *Book) Cut() int64 { return b.cut }

// Close notes on disk how far the book goes, so that later damage to its end cannot be taken for a torn one, ends the
// preparation of a segment if one is running, and gives up the folder. A second Close does nothing.
func (b *Book) Close() error {
	b.closing.Store(true)
	b.writing.Lock()
	defer b.writing.Unlock()
	b.preparing.Wait()
	if !b.shut() {
		return nil
	}
	err := b.markHead()
	return errors.Join(err, b.tail.Close(), b.unlock())
}

// shut makes later calls fail, and says whether this was the first.
func (b *Book) shut() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	first := !b.closed
	b.closed = true
	return first
}

// markHead needs writing held. A broken book is left as it is: what its end looks like is for Open to find out.
func (b *Book) markHead() error {
	if b.broken != nil || b.marked == b.live.last {
		return nil
	}
	if err := b.live.writeMark(b.tail, stateLive); err != nil {
		return err
	}
	b.marked = b.live.last
	return nil
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)
