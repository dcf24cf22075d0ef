package agent

import (
	"slices"
	"time"

	"hexiao/agent/desk"
	"hexiao/agent/journal"
	"hexiao/hub/voucher"
)

// View makes the view as it is now.
func (t *Core) View(now time.Time) desk.View {
	s, stamp := t.journal.State(), t.journal.Stamp()
	v := desk.View{
		Terminal: s.Terminal, Hub: t.hub, Scanners: slices.Clone(t.scanners), Devices: slices.Clone(t.devices), Queued: s.Queued,
		Bill: t.bill, Busy: t.scanning != id{}, Last: t.last, Version: t.version, Accepted: t.accepted(), Lane: t.laneOf(),
	}
	if s.Law != nil {
		v.Merchant, v.Campaign, v.Zone = s.Law.Merchant.Name, s.Law.Campaign.Name, s.Law.Campaign.Zone
	}
	if !s.Oldest.IsZero() {
		oldest := t.in(s.Oldest)
		v.Oldest = &oldest
	}
	v.Lease.Count, v.Lease.Sum = s.Lease.Left(s.Used, stamp.At)
	if s.Lease.Serial != 0 {
		until := t.in(time.UnixMilli(s.Lease.Until))
		v.Lease.Until = &until
	}
	if v.Scanners == nil {
		v.Scanners = []desk.Scanner{}
	}
	v.Warnings = t.warnings(s, stamp, now)
	return v
}

// warnings lists what lasts and a person should know, the gravest first.
func (t *Core) warnings(s journal.State, stamp journal.Stamp, now time.Time) []desk.Warning {
	w := warnings{list: []desk.Warning{}, old: t.since, since: map[string]time.Time{}, now: now}
	w.of(s.Law == nil, desk.WarnNoCampaign)
	if s.Law != nil {
		w.of(s.Law.State == voucher.TerminalRevoked, desk.WarnRevoked)
		w.of(s.Law.State == voucher.TerminalFrozen, desk.WarnFrozen)
		w.of(s.Law.Merchant.Status != voucher.MerchantActive, desk.WarnSuspended)
	}
	w.of(s.Older, desk.WarnOlder)
	w.of(s.Unproven, desk.WarnUnproven)
	w.of(t.fault != "", t.fault)
	w.of(10*s.Size > 7*s.Limit, desk.WarnLarge)
	w.of(stamp.Behind, desk.WarnClock)
	w.of(!t.hub.Online, desk.WarnHubSilent)
	if !t.hub.Online && t.problem != (voucher.Text{}) {
		w.list[len(w.list)-1].Text = t.problem
	}
	w.of(leaseEnded(s, stamp.At), desk.WarnLeaseEnded)
	w.of(!leaseEnded(s, stamp.At) && leaseLow(s, stamp.At), desk.WarnLeaseLow)
	w.of(s.Queued > 0 && stamp.At.Sub(s.Oldest) > 24*time.Hour, desk.WarnQueueOld)
	for _, scanner := range t.scanners {
		w.away(desk.WarnScanner, scanner.Name, scanner.Connected, scanner.Problem)
	}
	for _, d := range t.devices {
		w.away(desk.WarnDevice, d.Name, d.Connected, d.Problem)
	}
	w.of(t.closes.lost() != "", t.closes.lost())
	t.since = w.since
	return w.list
}

// leaseEnded: the campaign takes vouchers offline, but this terminal was lent nothing, or its time is over.
func leaseEnded(s journal.State, at time.Time) bool {
	return s.Law != nil && s.Law.Campaign.Offline.Count > 0 && (s.Lease.Serial == 0 || at.UnixMilli() >= s.Lease.Until)
}

// leaseLow: less than a fifth is left of what one lease may have open (campaign.Offline).
func leaseLow(s journal.State, at time.Time) bool {
	if s.Law == nil || s.Law.Campaign.Offline.Count == 0 {
		return false
	}
	count, sum := s.Lease.Left(s.Used, at)
	offline := s.Law.Campaign.Offline
	return 5*count < uint64(offline.Count) || 5*sum < offline.Sum
}

// warnings gathers what holds now, and remembers since when.
type warnings struct {
	list       []desk.Warning
	old, since map[string]time.Time
	now        time.Time
}

func (w *warnings) of(holds bool, code string) {
	if holds {
		w.add(code, code, "")
	}
}

func (w *warnings) add(key, code, subject string) {
	since, held := w.old[key]
	if !held {
		since = w.now
	}
	w.since[key] = since
	w.list = append(w.list, desk.NewWarning(code, subject, since))
}

func (w *warnings) away(code, name string, connected bool, problem voucher.Text) {
	if connected {
		return
	}
	w.add(code+" "+name, code, name)
	if problem != (voucher.Text{}) {
		w.list[len(w.list)-1].Text = problem
	}
}
