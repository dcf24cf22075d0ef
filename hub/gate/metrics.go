package gate

import (
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"hexiao/hub/ledger"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// Readings are figures of other rooms for /metrics; each is called when somebody reads it, and must not block. A nil one
// is left out.
type Readings struct {
	ViewsBehind func() float64 // entries of the book that the views have not folded yet
}

// metrics is what machines may read. Labels come from small fixed sets, never from a terminal, merchant or voucher. The
// registry is the gate's own, so that two gates in one process do not meet.
type metrics struct {
	registry    *prometheus.Registry
	records     *prometheus.CounterVec
	frames      prometheus.Histogram
	receive     prometheus.Histogram
	groups      prometheus.Histogram
	commit      prometheus.Histogram
	entries     prometheus.Counter
	leases      prometheus.Counter
	enrolments  *prometheus.CounterVec
	ends        *prometheus.CounterVec
	turned      *prometheus.CounterVec
	connections prometheus.Gauge
	push        prometheus.Histogram
	pushed      prometheus.Counter

	tiers atomic.Pointer[tierNames]
}

// tierNames are the tiers of the newest campaign that was sent out.
type tierNames struct {
	revision uint32
	ids      map[voucher.TierNo]voucher.TierID
}

func newMetrics(g *Gate) *metrics {
	m := &metrics{
		registry:    prometheus.NewRegistry(),
		records:     counters("hexiao_records_total", "Records received for the first time, by kind of record, result, reason and tier.", "kind", "result", "reason", "tier"),
		frames:      histogram("hexiao_frame_records", "Records in one frame.", prometheus.ExponentialBucketsRange(1, wire.MaxRecords, 6)),
		receive:     histogram("hexiao_receive_seconds", "From a frame of records to its outcome on disk.", times),
		groups:      histogram("hexiao_group_requests", "Requests that the ledger decided together.", prometheus.ExponentialBuckets(1, 4, 7)),
		commit:      histogram("hexiao_commit_seconds", "From the first decision of a group to its entries on disk.", times),
		entries:     counter("hexiao_entries_total", "Entries written to the book."),
		leases:      counter("hexiao_leases_total", "Leases granted."),
		enrolments:  counters("hexiao_enrolments_total", "Enrolments, by what became of them.", "result"),
		ends:        counters("hexiao_session_ends_total", "Sessions that ended, by why.", "why"),
		turned:      counters("hexiao_connections_refused_total", "Connections closed at once, by which limit was reached.", "limit"),
		connections: prometheus.NewGauge(prometheus.GaugeOpts{Name: "hexiao_connections", Help: "Connections that are open."}),
		push:        histogram("hexiao_law_push_seconds", "From a change on disk to its last law on the way to a terminal that is connected.", times),
		pushed:      counter("hexiao_laws_pushed_total", "Laws looked up for terminals because something changed."),
	}
	m.registry.MustRegister(m.records, m.frames, m.receive, m.groups, m.commit, m.entries, m.leases, m.enrolments, m.ends, m.turned,
		m.connections, m.push, m.pushed, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.gauge("hexiao_terminals_connected", "Terminals that are connected and known.", func() float64 { return float64(g.count()) })
	if behind := g.o.Readings.ViewsBehind; behind != nil {
		m.gauge("hexiao_views_behind_entries", "Entries of the book that the views have not folded yet.", behind)
	}
	return m
}

// times are the buckets of everything that waits for the disk: 100 us to 13 s.
var times = prometheus.ExponentialBuckets(0.0001, 2, 18)

func counter(name, help string) prometheus.Counter {
	return prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
}

func counters(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
}

func histogram(name, help string, buckets []float64) prometheus.Histogram {
	return prometheus.NewHistogram(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets})
}

func (m *metrics) gauge(name, help string, read func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, read))
}

// Grouped is for ledger.Options.Grouped.
func (g *Gate) Grouped(requests, entries int, took time.Duration) {
	if entries == 0 {
		return // questions only: no disk
	}
	g.metrics.groups.Observe(float64(requests))
	g.metrics.commit.Observe(took.Seconds())
	g.metrics.entries.Add(float64(entries))
}

func (g *Gate) count() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.byTerminal)
}

// know learns the tiers' names from a law on its way out.
func (m *metrics) know(c *voucher.Campaign) {
	if old := m.tiers.Load(); old != nil && old.revision >= c.Revision {
		return
	}
	n := &tierNames{c.Revision, map[voucher.TierNo]voucher.TierID{}}
	for _, t := range c.Tiers {
		n.ids[t.No] = t.ID
	}
	m.tiers.Store(n)
}

// tier is a label for a record's tier; a number that the campaign does not have is somebody's invention.
func (m *metrics) tier(sale *voucher.Redemption) string {
	n := m.tiers.Load()
	if sale == nil || n == nil {
		return "none"
	}
	if id, known := n.ids[sale.Voucher.Tier]; known {
		return string(id)
	}
	return "unknown"
}

// received counts the records of a frame that the book did not have yet: after held, the newest one known before.
func (m *metrics) received(b ledger.Batch, ack wire.AckBody, held uint64, took time.Duration) {
	m.frames.Observe(float64(len(b.Records)))
	m.receive.Observe(took.Seconds())
	for i, o := range ack.Outcomes {
		if r := b.Records[i]; r.ID.Number > held {
			m.records.WithLabelValues(kindName(r.Kind), resultName(o.Result), o.Reason.String(), m.tier(r.Sale)).Inc()
		}
	}
}

func (m *metrics) ended(why ending) { m.ends.WithLabelValues(string(why)).Inc() }

func (m *metrics) carried(terminals int, took time.Duration) {
	m.push.Observe(took.Seconds())
	m.pushed.Add(float64(terminals))
}

func kindName(k voucher.Kind) string {
	names := [...]string{voucher.Ask: "ask", voucher.Accept: "accept", voucher.Confirm: "confirm", voucher.Reverse: "reverse", voucher.Void: "void", voucher.Surrender: "surrender", voucher.Handed: "handover"}
	return named(names[:], int(k))
}

func resultName(r voucher.Result) string {
	names := [...]string{voucher.Redeemed: "redeemed", voucher.Rejected: "rejected", voucher.Disputed: "disputed", voucher.Undone: "undone", voucher.Noted: "noted"}
	return named(names[:], int(r))
}

func named(names []string, i int) string {
	if i < len(names) && names[i] != "" {
		return names[i]
	}
	return "other"
}
