package stage

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"path/filepath"
	"slices"
	"time"

	"hexiao/hub/office"
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

// StartHub starts a hub on a port that is free.
func (s *Stage) StartHub() (*Hub, error) {
	h, err := s.NewHub()
	if err != nil {
		return nil, err
	}
	return h, h.Again()
}

// NewHub finds a port for a hub and starts nothing; Again does.
func (s *Stage) NewHub() (*Hub, error) {
	address, err := vacant()
	return &Hub{s: s, Address: address}, err
}

// Again starts the hub after it was ended, on the port it had.
func (h *Hub) Again() error {
	if err := h.Launch(); err != nil {
		return err
	}
	return h.Await()
}

// Launch is Again for who does not wait until the hub is ready; Await does.
func (h *Hub) Launch() (err error) {
	h.Program, err = h.s.Launch("hub", "hexiao-hub", "serve", "--data", h.Data(), "--listen", h.Address)
	return err
}

// The ports among which a hub's is sought: below those that a system gives to whoever dials (32768 on Linux, 49152 on
// others). A port of those may be taken, while the hub is down, by any connection on this machine.
const lowest, ports = 20_000, 12_000

// vacant finds a port on loopback that nobody has.
func vacant() (address string, err error) {
	for range 100 {
		address = fmt.Sprintf("127.0.0.1:%d", lowest+rand.N(ports))
		var ln net.Listener
		if ln, err = net.Listen("tcp", address); err == nil {
			return address, ln.Close()
		}
	}
	return "", fmt.Errorf("find a port: %w", err)
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

// Standings asks the ledger about many vouchers, through the socket that `voucher show` uses too.
func (h *Hub) Standings(ctx context.Context, ids []string) (map[string]Standing, error) {
	hub, err := office.Dial(ctx, h.Data())
	if err != nil {
		return nil, err
	}
	all := map[string]Standing{}
	for _, id := range ids {
		raw, err := json.Marshal(office.Named{ID: id})
		if err == nil {
			raw, err = hub.Do(ctx, "voucher.show", raw)
		}
		var v Standing
		if err == nil {
			err = json.Unmarshal(raw, &v)
		}
		if err != nil {
			return nil, fmt.Errorf("voucher %s: %w", id, err)
		}
		all[id] = v
	}
	return all, nil
}

// Case is a row of `case list`.
type Case struct {
	Number uint64 `json:"number"`
	Kind   string `json:"kind"`
	Record string `json:"record"` // that it was opened for
	Winner string `json:"winner"`
	Reason string `json:"reason"`
}

// Cases lists the cases about records and terminals. Those about cash-out are left out: nobody on a stage sells as shops
// do, and the detector says so.
func (h *Hub) Cases(ctx context.Context) ([]Case, error) {
	out, err := h.Do(ctx, "case", "list", "--json")
	if err != nil {
		return nil, err
	}
	all, err := rows[Case](out)
	return slices.DeleteFunc(all, func(c Case) bool { return c.Kind == string(voucher.Cashout) }), err
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
