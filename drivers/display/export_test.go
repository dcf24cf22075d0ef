package display

import "time"

// Watcher is watcher.
type Watcher struct{ w watcher }

// NewWatcher makes one with a dark screen.
func NewWatcher() *Watcher { return &Watcher{watcher{screen: NewScreen(Auto)}} }

// Came and Silent are watcher's.
func (w *Watcher) Came(b string, now time.Time) { w.w.came([]byte(b), now) }

// Silent is watcher's, without quiet.
func (w *Watcher) Silent(now time.Time) (int64, bool) {
	fen, news, _ := w.w.silent(now)
	return fen, news
}

// Lost is watcher's.
func (w *Watcher) Lost() (int64, bool) { return w.w.lost() }
