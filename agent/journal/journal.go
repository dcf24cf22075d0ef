package journal

import (
	"encoding/hex"
	"errors"
	"log/slog"
	"sync"
	"time"

	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// Errors for a caller that must choose.
var (
	// ErrLocked: another process has this folder open. From Open, after 2 s.
	ErrLocked = errors.New("another agent is running on this folder; stop it, or use another folder (本目录已有另一个程序在运行：请先停止它，或换一个目录)")
	// ErrFull: the disk, a quota or Options.MaxSize is full. Nothing was written and nothing kept before is lost; the same
	// call works again when there is room.
	ErrFull = errors.New("the disk is full; free some space (磁盘已满：请清理磁盘空间)")
	// ErrOther: the journal, or a law, lease or ack, is of another terminal.
	ErrOther = errors.New("of another terminal (属于另一台终端)")
	// ErrDamaged: the file is not as it was written. Nothing in it was changed.
	ErrDamaged = errors.New("the journal is damaged; nothing was changed: keep the file and call support (日志文件损坏，未作任何改动：请保留该文件并联系技术支持)")
	// ErrBroken: a write failed, and disk and memory could not be brought together again. Each later write tries again
	// first; if it goes on, the agent must be started anew.
	ErrBroken = errors.New("the journal cannot be written; restart the agent, and check the disk (日志无法写入：请重启本程序并检查磁盘)")
	// ErrUnproven: files were damaged, and the hub has not shown yet that nothing is missing in what was made of them.
	ErrUnproven = errors.New("the journal was damaged and made again; the hub must be heard first (日志曾损坏并已重建：须先联系中心核对)")
	errNewer    = errors.New("was written by a newer version; update this program (由更新的版本写成：请升级本程序)")
	// ErrClosed: the journal was closed.
	ErrClosed = errors.New("the journal is closed")
	// ErrNoSale: the number is of no sale, or of one to which this cannot be done any more.
	ErrNoSale = errors.New("no such sale, or it is past that")
	// ErrSpent: the voucher is held by another sale of this till.
	ErrSpent = errors.New("the voucher is held by another sale of this till")
)

// Journal is one till's durable record. All methods are safe for concurrent use. Those that write block for the disk's
// sync, and hold the others up for as long.
type Journal struct {
	log     *slog.Logger
	now     func() reading
	unlock  func() error
	pending chan struct{}

	mu        sync.Mutex // guards everything below
	disk      disk
	fold      *fold
	clock     clock
	heard     met           // by the hub that speaks now; the disk's is in fold
	facing    []byte        // the generation of the hub that speaks now
	spentAt   int64         // the hub's time when it said that nothing was used since
	passed    bool          // the hub was seen to have what this disk has not
	told      time.Duration // on the monotonic clock: when the hub's time was last written down
	closed    bool
	onSettled func([]Sale)
	onLaw     func()
	renewing  bool            // another epoch is ordered: nothing new in this one
	owed      map[uint64]bool // sales that are still to be reversed
	lanes     lanes
	keep      *voucher.RedemptionID // sales behind it go over into a new epoch whatever their age; nil: nobody said so
}

// Close closes the file and frees the folder. Writes that are under way are finished first.
func (j *Journal) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return nil
	}
	j.closed = true
	return errors.Join(j.disk.close(), j.unlock())
}

// OnSettled sets who is told of the sales on which the hub has spoken; of none when it has spoken of other records. The call comes from Settle, after the commit and
// outside the lock.
func (j *Journal) OnSettled(f func([]Sale)) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.onSettled = f
}

// OnLaw sets who is told that another law or lease is in force, or that there is news of a lane voucher. The call comes from
// AdoptLaw, AdoptLease, FaceLanes and AdoptLane, after the commit and outside the lock.
func (j *Journal) OnLaw(f func()) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.onLaw = f
}

// Pending is signalled when there is something new to send. It has room for one signal, and one reader.
func (j *Journal) Pending() <-chan struct{} { return j.pending }

func (j *Journal) signal() {
	select {
	case j.pending <- struct{}{}:
	default:
	}
}

// Stamp is the time now, as the till can vouch for it.
func (j *Journal) Stamp() Stamp {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.clock.stamp(j.now())
}

// hearEvery is how often a hub's time is written down by itself; every other write carries it along.
const hearEvery = 30 * time.Second

// Hear says that a hub's time, verified, has come just now. It is kept with the next write, and by itself at most once
// per 30 s; a disk that refuses that is only logged, because the next write will say so.
func (j *Journal) Hear(hub time.Time) {
	j.mu.Lock()
	defer j.mu.Unlock()
	r := j.now()
	first := !j.clock.anchored
	j.clock.hear(hub, r)
	if j.closed || !first && r.mono-j.told < hearEvery {
		return
	}
	j.told = r.mono
	if err := j.write(nil, j.clock.stamp(r)); err != nil {
		j.log.Warn("hub time not kept", "err", err)
	}
}

// Note writes down how far the hub's time has come since it was heard in this life of the program, at most once per 30 s:
// a PC whose clock is set back, and whose program is started anew, then knows that this time has been. What only the PC's
// clock says is not written down, because it may be wrong. To be called every few seconds; a disk that refuses it is only
// logged.
func (j *Journal) Note() {
	j.mu.Lock()
	defer j.mu.Unlock()
	r := j.now()
	at, certain := j.clock.vouched(r)
	if j.closed || !certain || r.mono-j.told < hearEvery {
		return
	}
	j.told = r.mono
	if err := j.write(nil, Stamp{At: at, Sure: true}); err != nil {
		j.log.Warn("time not kept", "err", err)
	}
}

// State is the journal at a glance.
type State struct {
	Terminal voucher.TerminalID
	Epoch    uint32
	Base     uint64   // number of the newest record that was let go because it is old, 0 for none
	Last     uint64   // number of the newest record, 0 for none
	Head     [32]byte // its hash

	Size, Limit int64 // bytes of the disk in use, and how many may be

	Law   *wire.LawBody // nil before it was heard; not to be changed
	From  []byte        // the generation of the hub that the law came from
	Lease voucher.Lease // zero before there was one
	Used  voucher.Use   // all that was taken from leases in this epoch
	Given uint32        // leases up to this serial were given back: of such a one, Lease has its name and covers nothing

	Queued    uint64    // records the hub has not answered
	Oldest    time.Time // when the oldest of them was made; zero for none
	Settled   uint64    // all records up to this one are answered
	Acked     uint64    // number of the newest record the hub has said it holds
	AckedHead []byte    // its hash as the hub said it

	Spent      Spent        // the set of vouchers used anywhere
	Older      bool         // the hub has records of this epoch that this disk has not: nothing is accepted without it any more
	Unproven   bool         // files were damaged: nothing may be sold until Meet has shown that nothing is missing
	Lost       bool         // records may be missing that no hub has heard of: nothing may be sold in this epoch any more
	Generation []byte       // of the hub that spoke last, empty before any; on disk
	Ratchet    wire.Ratchet // the newest that is on disk; not to be changed
}

// State gives the state now.
func (j *Journal) State() State {
	j.mu.Lock()
	defer j.mu.Unlock()
	f := j.fold
	s := State{
		Terminal: f.owner.Terminal, Epoch: f.owner.Epoch, Base: f.base.Number, Last: f.tip.Number, Head: f.tip.Hash,
		Law: f.law, From: f.lawFrom, Lease: f.lease, Used: f.used,
		Queued: f.queued, Settled: f.first - 1, Acked: f.acked.Last, AckedHead: f.acked.Head,
		Given: f.given, Spent: j.spentState(), Older: j.older(), Unproven: f.doubt != nil, Generation: f.hub.Generation, Ratchet: f.hub.Ratchet,
	}
	s.Size, s.Limit = j.disk.fill()
	s.Lost = f.doubt != nil && f.doubt.Lost
	if f.queued > 0 {
		s.Oldest = time.UnixMilli(f.entry(f.first).at)
	}
	return s
}

// LogValue shows where the journal stands, and no redemption.
func (s State) LogValue() slog.Value {
	return slog.GroupValue(slog.Uint64("last", s.Last), slog.String("head", hex.EncodeToString(s.Head[:4])),
		slog.Uint64("queued", s.Queued), slog.Uint64("acked", s.Acked))
}
