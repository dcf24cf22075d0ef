package rehearsal

import (
	"container/heap"
	"time"
)

// queue holds what is yet to happen, by time and, where that is the same, in the order in which it was put there.
type queue struct {
	now   time.Duration // since the beginning of the play
	order uint64
	heap  eventHeap
}

type event struct {
	at    time.Duration
	order uint64
	do    func()
}

// at lets something happen at an instant; one that has passed means now.
func (q *queue) at(when time.Duration, do func()) {
	q.order++
	heap.Push(&q.heap, event{max(when, q.now), q.order, do})
}

// after lets something happen after a while.
func (q *queue) after(d time.Duration, do func()) { q.at(q.now+d, do) }

// step lets the next thing happen; false when there is nothing before the end.
func (q *queue) step(end time.Duration) bool {
	if len(q.heap) == 0 || q.heap[0].at > end {
		return false
	}
	e := heap.Pop(&q.heap).(event)
	q.now = e.at
	e.do()
	return true
}

type eventHeap []event

func (h eventHeap) Len() int { return len(h) }
func (h eventHeap) Less(i, j int) bool {
	return h[i].at < h[j].at || h[i].at == h[j].at && h[i].order < h[j].order
}
func (h eventHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *eventHeap) Push(e any)   { *h = append(*h, e.(event)) }
func (h *eventHeap) Pop() any {
	old := *h
	e := old[len(old)-1]
	old[len(old)-1] = event{}
	*h = old[:len(old)-1]
	return e
}
