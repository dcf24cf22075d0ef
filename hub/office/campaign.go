package office

import (
	"context"
	"fmt"
	"time"

	"hexiao/hub/ledger"
	"hexiao/hub/registry"
	"hexiao/hub/voucher"
)

// File is a file that a person hands over.
type File struct {
	Name string `json:"name"` // as the person knows it, for sentences
	Data []byte `json:"data"`
}

// ApplyCampaign asks for a campaign to be put in force.
type ApplyCampaign struct {
	File
	Start string `json:"start,omitempty"` // RFC 3339: the first phase is moved there, the others with it
}

// Applied says what came of it.
type Applied struct {
	ID       voucher.CampaignID `json:"id"`
	Revision uint32             `json:"revision"`
	Changed  bool               `json:"changed"` // false: it was in force already
	Phases   []voucher.Phase    `json:"phases"`
}

func (o *Office) applyCampaign(ctx context.Context, in ApplyCampaign) (Applied, error) {
	c, err := registry.ReadCampaign(in.Name, in.Data)
	if err != nil {
		return Applied{}, err
	}
	if in.Start != "" {
		start, err := time.Parse(time.RFC3339, in.Start)
		if err != nil {
			return Applied{}, refuse("bad_request", fmt.Sprintf("--start 须为 RFC 3339 时间，例如 2023-12-11T00:00:00+08:00，而不是 %q", in.Start),
				fmt.Sprintf("--start wants an RFC 3339 time such as 2023-12-11T00:00:00+08:00, not %q", in.Start))
		}
		c = c.Moved(start.Truncate(time.Second))
	}
	c, changed, err := o.Ledger.Apply(ctx, c)
	return Applied{c.ID, c.Revision, changed, c.Phases}, err
}

// Campaign is `campaign show --json`.
type Campaign struct {
	ID       voucher.CampaignID `json:"id"`
	Name     voucher.Text       `json:"name"`
	Revision uint32             `json:"revision"`
	Phase    voucher.PhaseNo    `json:"phase"` // the one that runs; 0 between phases
	StockAt  voucher.StockAt    `json:"stock_at"`
	Pools    []ledger.Pool      `json:"pools"`
	Budget   voucher.Fen        `json:"budget_fen"`
	Redeemed voucher.Fen        `json:"redeemed_fen"`
	Phases   []voucher.Phase    `json:"phases"`
	Reserve  Reserve            `json:"reserve"`
	Open     int                `json:"open_cases"`
}

// Reserve is the money for offline losses, and what of it is spent or bound.
type Reserve struct {
	Total voucher.Fen `json:"total_fen"`
	ledger.Reserve
}

func (o *Office) showCampaign(ctx context.Context, _ None) (Campaign, error) {
	s, c, err := o.campaign(ctx)
	if err != nil {
		return Campaign{}, err
	}
	running, _ := c.PhaseAt(o.Now())
	return Campaign{c.ID, c.Name, c.Revision, running.No, c.StockAt, s.Pools, c.Budget, s.Redeemed, c.Phases, Reserve{c.Offline.Reserve, s.Reserve}, s.Open}, nil
}

// campaign gives the campaign in force, or the refusal that there is none.
func (o *Office) campaign(ctx context.Context) (ledger.Summary, *voucher.Campaign, error) {
	s, err := o.Ledger.Summary(ctx)
	if err == nil && s.Campaign == nil {
		err = refuse("no_campaign", "还没有活动；请先用 campaign apply 启用", "there is no campaign yet; apply one first with `campaign apply`")
	}
	return s, s.Campaign, err
}
