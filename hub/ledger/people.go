package ledger

import (
	"bytes"
	"fmt"
	"slices"

	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// What people ask for. Each function decides one request on the draft; a *Refusal is the answer no.

func (d *draft) found(h HubMade) error {
	switch {
	case d.hub == nil:
		d.add(Entry{Hub: &h})
	case !bytes.Equal(d.hub.Key, h.Key):
		return refuse("other_hub", "数据目录中的密钥与账簿不符：这不是同一个中心", "the keys in this folder are not those of its book: this is not the same hub")
	}
	return nil
}

func (d *draft) applyNew(c voucher.Campaign) (voucher.Campaign, bool, error) {
	if problems := c.Check(); len(problems) > 0 {
		p := problems[0]
		return c, false, refuse("bad_campaign", p.Path+"："+p.Text.Zh, p.Path+": "+p.Text.En)
	}
	if d.campaign != nil {
		if sameLaw(c, *d.campaign) {
			return *d.campaign, false, nil
		}
		if no := d.unfit(&c); no != nil {
			return c, false, no
		}
		c.Revision = d.campaign.Revision
	}
	c.Revision++
	d.add(Entry{Campaign: &CampaignApplied{c}})
	d.change.All = true
	return c, true, nil
}

// unfit tells why a campaign cannot take the place of the one in force.
func (d *draft) unfit(c *voucher.Campaign) error {
	old := d.campaign
	if c.ID != old.ID || c.Number != old.Number {
		return refuse("other_campaign", fmt.Sprintf("本中心已有活动 %s；一个数据目录只办一个活动", old.ID),
			fmt.Sprintf("campaign %s is in force here; one data folder holds one campaign", old.ID))
	}
	if spent := d.committed(); (c.Offline.Bears == voucher.FundBears || old.Offline.Bears == voucher.FundBears) && c.Offline.Reserve < spent {
		return refuse("reserve_in_use", fmt.Sprintf("备付金不能减到 %s 元：%s 元已支付、待裁定或租给终端", c.Offline.Reserve, spent),
			fmt.Sprintf("the loss reserve cannot shrink to %s yuan: %s are paid, waiting for a decision or lent to terminals", c.Offline.Reserve, spent))
	}
	for at, u := range d.pools {
		now := int64(c.Stock(at.phase, at.tier))
		if u.stock > now && d.recovering {
			return refuse("recovering", fmt.Sprintf("中心刚从备份恢复，还有 %d 台终端未汇报；汇报齐之前不能减少库存", d.waiting),
				fmt.Sprintf("the hub was restored and %d terminals have not reported; until then no stock can shrink", d.waiting))
		}
		if u.stock-now > u.free {
			return refuse("stock_in_use", fmt.Sprintf("第 %d 期券种 %d 的库存不能减到 %d：已有 %d 张发出或使用", at.phase, at.tier, now, u.stock-u.free),
				fmt.Sprintf("the stock of phase %d tier %d cannot shrink to %d: %d are out or used", at.phase, at.tier, now, u.stock-u.free))
		}
		if u.issued == 0 {
			continue
		}
		a, _ := old.Tier(at.tier)
		b, _ := c.Tier(at.tier)
		if c.StockAt != old.StockAt || a.ID != b.ID || a.Trade != b.Trade || a.Face != b.Face || a.Threshold != b.Threshold {
			return refuse("tier_in_use", fmt.Sprintf("券种 %s 已有券发出，面额、门槛、行业和库存方式不能再改", a.ID),
				fmt.Sprintf("vouchers of tier %s are out: its face value, threshold, trade and way of stock stay as they are", a.ID))
		}
	}
	return nil
}

// sameLaw tells whether two campaigns say the same, whatever their revision.
func sameLaw(a, b voucher.Campaign) bool {
	a.Revision, b.Revision = 0, 0
	x, errX := wire.Marshal(a)
	y, errY := wire.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

func (d *draft) setMerchants(all []voucher.Merchant) (added, changed int, err error) {
	for _, m := range all {
		old := d.merchants[m.Code]
		if d.bars(m.Code) != nil {
			m.Status = voucher.MerchantSuspended // a list does not end what a case has begun
		}
		switch {
		case old == nil:
			added++
		case sameMerchant(old.Merchant, m):
			continue
		default:
			changed++
		}
		d.add(Entry{Merchant: &MerchantSet{Merchant: m}})
		d.change.Merchants = append(d.change.Merchants, m.Code)
	}
	return added, changed, nil
}

func sameMerchant(a, b voucher.Merchant) bool {
	samePlace := a.Place == b.Place || a.Place != nil && b.Place != nil && *a.Place == *b.Place
	a.Place, b.Place = nil, nil
	return samePlace && a == b
}

func (d *draft) setMerchantStatus(code voucher.MerchantID, status voucher.MerchantStatus, reason string) error {
	old := d.merchants[code]
	if old == nil {
		return noMerchant(code)
	}
	if old.Status == status {
		return nil
	}
	if err := d.barred(code); err != nil {
		return err
	}
	m := old.Merchant
	m.Status = status
	d.add(Entry{Merchant: &MerchantSet{m, reason}})
	d.change.Merchants = append(d.change.Merchants, code)
	return nil
}

func noMerchant(code voucher.MerchantID) error {
	return refuse("unknown_merchant", fmt.Sprintf("没有商户 %s；请先用 merchant import 导入名单", code),
		fmt.Sprintf("there is no merchant %s; import the list first with `merchant import`", code))
}

func (d *draft) makeToken(k TokenMade) error {
	if d.merchants[k.Merchant] == nil {
		return noMerchant(k.Merchant)
	}
	d.add(Entry{Token: &k})
	return nil
}

// Enrolment is what a new terminal brings: the hash of its token's secret and the public half of its device key.
type Enrolment struct {
	Hash    [32]byte
	Key     []byte
	Version string
}

// enrol uses a token up. The same device asking again with the same token gets the same terminal: its answer was lost.
func (d *draft) enrol(n Enrolment) (TerminalEnrolled, error) {
	k := d.tokens[n.Hash]
	switch {
	case k == nil:
		return TerminalEnrolled{}, refuse("token_unknown", "本中心没有发过这个入网码", "this hub did not give out this token")
	case k.usedBy != "":
		if t := d.terminals[k.usedBy]; bytes.Equal(t.Key, n.Key) {
			return t.TerminalEnrolled, nil
		}
		return TerminalEnrolled{}, refuse("token_used", fmt.Sprintf("这个入网码已被终端 %s 使用；每个入网码只能用一次", k.usedBy),
			fmt.Sprintf("this token was used by terminal %s; a token works once", k.usedBy))
	case d.time.UnixMilli() >= k.Expires:
		return TerminalEnrolled{}, refuse("token_expired", "这个入网码已过期；请重新生成", "this token has expired; make a new one")
	case d.merchants[k.Merchant].Status != voucher.MerchantActive:
		return TerminalEnrolled{}, refuse("merchant_suspended", fmt.Sprintf("商户 %s 目前不在参与名单中", k.Merchant),
			fmt.Sprintf("merchant %s is not on the list for now", k.Merchant))
	}
	t := TerminalEnrolled{ID: d.nextTerminal(), Merchant: k.Merchant, Key: n.Key, Token: n.Hash[:], Place: k.Place, Version: n.Version}
	d.add(Entry{Terminal: &t})
	return t, nil
}

func (d *draft) setTerminalNamed(id voucher.TerminalID, to voucher.TerminalState, reason string) error {
	t := d.terminals[id]
	switch {
	case t == nil:
		return refuse("unknown_terminal", fmt.Sprintf("没有终端 %s", id), fmt.Sprintf("there is no terminal %s", id))
	case t.state == voucher.TerminalRevoked && to != voucher.TerminalRevoked:
		return refuse("terminal_revoked", fmt.Sprintf("终端 %s 已注销，不能恢复；请重新入网", id),
			fmt.Sprintf("terminal %s was revoked for good; enrol it anew", id))
	case t.state != to:
		d.setTerminal(t, to, reason)
	}
	return nil
}

func (d *draft) setTerminal(t *terminal, to voucher.TerminalState, reason string) {
	d.add(Entry{State: &TerminalSet{t.ID, to, reason}})
	d.change.Terminals = append(d.change.Terminals, t.ID)
}

// MaxIssue is how many vouchers one request may issue, all of them or none; a county's whole campaign is below it.
const MaxIssue = 100_000

// perEntry is how many vouchers one entry holds, so that it stays well below the book's limit of 1 MiB.
const perEntry = 5000

func (d *draft) issue(v VouchersIssued) error {
	if d.campaign == nil {
		return refuse("no_campaign", "还没有活动；请先用 campaign apply 启用", "there is no campaign yet; apply one first with `campaign apply`")
	}
	at := pool{v.Phase, v.Tier}
	tier, known := d.campaign.Tier(v.Tier)
	_, dated := d.campaign.Phase(v.Phase)
	n := int64(len(v.Vouchers))
	switch {
	case d.recovering:
		return refuse("recovering", fmt.Sprintf("中心刚从备份恢复，还有 %d 台终端未汇报；汇报齐之前不发券", d.waiting),
			fmt.Sprintf("the hub was restored and %d terminals have not reported yet; nothing is issued before they have", d.waiting))
	case !known || !dated:
		return refuse("unknown_voucher", "活动没有这一期或这个券种", "the campaign has no such phase or tier")
	case n == 0 || n > MaxIssue:
		return refuse("bad_request", fmt.Sprintf("一次须发 1 到 %d 张", MaxIssue), fmt.Sprintf("1 to %d vouchers are issued at a time", MaxIssue))
	case d.campaign.StockAt == voucher.AtClaim && d.units(at).free < n:
		return refuse("out_of_stock", fmt.Sprintf("第 %d 期券种 %s 只剩 %d 张", v.Phase, tier.ID, d.units(at).free),
			fmt.Sprintf("phase %d has only %d vouchers of tier %s left", v.Phase, d.units(at).free, tier.ID))
	case len(v.Person) > 0 && d.campaign.Person != voucher.Unlimited && (n > 1 || d.has(v.Person, at)):
		return refuse("person_limit", "此人本期在该行业已领过券", "this person already has a voucher of this trade in this phase")
	}
	var seen wire.Numbers
	for _, i := range v.Vouchers {
		if d.numbers.Has(i.Serial) || seen.Has(i.Serial) || d.lanes[i.Serial] != nil {
			return refuse("serial_in_use", "券号的后 32 位重复；请重试", "the low 32 bits of a serial number are in use; try again")
		}
		seen.Add(wire.NumberOf(i.Serial))
	}
	for part := range slices.Chunk(v.Vouchers, perEntry) {
		d.add(Entry{Issued: &VouchersIssued{v.Phase, v.Tier, part, v.Person, v.Device, v.At}})
	}
	return nil
}

func (d *draft) has(hash []byte, at pool) bool {
	_, has := d.persons[d.person(hash, at)]
	return has
}

// sortedPools lists the pools by phase and tier.
func (s *state) sortedPools() []pool {
	all := make([]pool, 0, len(s.pools))
	for p := range s.pools {
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b pool) int {
		return (int(a.phase)-int(b.phase))<<8 + int(a.tier) - int(b.tier)
	})
	return all
}
