package stage

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"time"

	"hexiao/hub/voucher"
)

// Hub is a hub on the stage. It keeps its address over restarts.
type Hub struct {
	s       *Stage
	Address string // host and port
	*Program
}

// Data is the hub's folder.
func (h *Hub) Data() string { return filepath.Join(h.s.Folder, "hub") }

// StartHub starts a hub on a port of its own choice.
func (s *Stage) StartHub() (*Hub, error) {
	h := &Hub{s: s, Address: "127.0.0.1:0"}
	return h, h.Again()
}

// Again starts the hub after it was ended, on the port it had.
func (h *Hub) Again() error {
	p, err := h.s.Start("hub", "hexiao-hub", "serve", "--data", h.Data(), "--listen", h.Address)
	if err != nil {
		return err
	}
	h.Program = p
	h.Address = p.Ready["listening"][len("https://"):]
	return nil
}

// Do runs a command of operation on the hub's folder.
func (h *Hub) Do(ctx context.Context, args ...string) ([]byte, error) {
	return h.s.Do(ctx, "hexiao-hub", append(args, "--data", h.Data())...)
}

// Begin applies a campaign so that its first phase has just begun, and imports merchants.
func (h *Hub) Begin(ctx context.Context, campaign, merchants string) error {
	start := time.Now().Add(-time.Hour).Format(time.RFC3339)
	if _, err := h.Do(ctx, "campaign", "apply", campaign, "--start", start); err != nil {
		return err
	}
	_, err := h.Do(ctx, "merchant", "import", merchants)
	return err
}

// Voucher is one issued voucher as `voucher issue` writes it.
type Voucher struct {
	ID        string         `json:"id"`
	Code      string         `json:"code"`
	Tier      voucher.TierID `json:"tier"`
	Face      voucher.Fen    `json:"face_fen"`
	Threshold voucher.Fen    `json:"threshold_fen"`
}

// Issue issues vouchers, and draws their pictures when a folder for them is named.
func (h *Hub) Issue(ctx context.Context, tier voucher.TierID, count int, pictures string) ([]Voucher, error) {
	args := []string{"voucher", "issue", "--tier", string(tier), "--count", fmt.Sprint(count), "--json"}
	if pictures != "" {
		args = append(args, "--qr", pictures)
	}
	out, err := h.Do(ctx, args...)
	if err != nil {
		return nil, err
	}
	return rows[Voucher](out)
}

// Standing is a voucher as the ledger has it.
type Standing struct {
	ID         string `json:"id"`
	State      string `json:"state"`
	Redemption string `json:"redemption"`
}

// Standing asks the ledger about one voucher.
func (h *Hub) Standing(ctx context.Context, id string) (Standing, error) {
	var v Standing
	out, err := h.Do(ctx, "voucher", "show", id, "--json")
	if err == nil {
		err = json.Unmarshal(out, &v)
	}
	return v, err
}

// Campaign is what `campaign show` tells of stock and money.
type Campaign struct {
	Redeemed voucher.Fen `json:"redeemed_fen"`
	Pools    []struct {
		Phase       int            `json:"phase"`
		Tier        voucher.TierID `json:"tier"`
		Stock       int64          `json:"stock"`
		Free        int64          `json:"free"`
		Outstanding int64          `json:"outstanding"`
		Leased      int64          `json:"leased"`
		Redeemed    int64          `json:"redeemed"`
		Disputed    int64          `json:"disputed"`
		WrittenOff  int64          `json:"written_off"`
	} `json:"pools"`
}

// Campaign asks for the stock and the money.
func (h *Hub) Campaign(ctx context.Context) (Campaign, error) {
	var c Campaign
	out, err := h.Do(ctx, "campaign", "show", "--json")
	if err == nil {
		err = json.Unmarshal(out, &c)
	}
	return c, err
}

// rows reads one JSON object a line.
func rows[R any](out []byte) ([]R, error) {
	var all []R
	lines := json.NewDecoder(bytes.NewReader(out))
	for lines.More() {
		var r R
		if err := lines.Decode(&r); err != nil {
			return nil, fmt.Errorf("read %.80q: %w", out, err)
		}
		all = append(all, r)
	}
	return all, nil
}
