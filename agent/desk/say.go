package desk

import (
	"time"

	"hexiao/hub/voucher"
	"hexiao/ui"
)

// Details are the figures of an answer's sentences that the answer itself does not bear.
type Details = ui.Details

// Say gives the answer its two sentences, out of its own figures and some details.
func (a Answer) Say(d Details) Answer {
	d.Answer, d.Bears, d.Replaced, d.Void = a.Answer, a.Risk, a.Replaced, a.Voided
	d.Bill, d.Face, d.Lane = a.Bill, a.Face, a.Tier == voucher.LaneTierID
	said := ui.Sentence(a.Reason, d)
	a.Message, a.Next = said.Message, said.Next
	return a
}

// The codes of warnings.
const (
	WarnHubSilent  = ui.WarnHubSilent
	WarnScanner    = ui.WarnScanner
	WarnDevice     = ui.WarnDevice
	WarnLeaseLow   = ui.WarnLeaseLow
	WarnLeaseEnded = ui.WarnLeaseEnded
	WarnClock      = ui.WarnClock
	WarnDiskFull   = ui.WarnDiskFull
	WarnJournal    = ui.WarnJournal
	WarnFrozen     = ui.WarnFrozen
	WarnRevoked    = ui.WarnRevoked
	WarnSuspended  = ui.WarnSuspended
	WarnQueueOld   = ui.WarnQueueOld
	WarnNoCampaign = ui.WarnNoCampaign
	WarnOlder      = ui.WarnOlder
	WarnUnproven   = ui.WarnUnproven
	WarnLarge      = ui.WarnLarge
	WarnSettings   = ui.WarnSettings
	WarnShifts     = ui.WarnShifts
	WarnNoShifts   = ui.WarnNoShifts
)

// NewWarning makes a warning with its sentences; the subject names the thing it is about, such as a scanner.
func NewWarning(code, subject string, since time.Time) Warning {
	said, _ := ui.Warning(code, subject)
	return Warning{Code: code, Since: since, Text: said.Message, Next: said.Next}
}

// TierName is how people call a tier.
func TierName(t voucher.Tier) voucher.Text {
	if t.ID == voucher.LaneTierID {
		return LaneTier()
	}
	return ui.Tier(t.Trade, t.Face, t.Threshold)
}

// OtherTier names what the campaign in force has no name for.
func OtherTier() voucher.Text { return ui.OtherTier() }

// Compared are the figures of a Difference's sentences that it does not bear itself.
type Compared = ui.Compared

// Say gives a difference its two sentences.
func (d Difference) Say(c Compared) Difference {
	said := ui.Compare(c)
	d.Text, d.Next = said.Message, said.Next
	return d
}
