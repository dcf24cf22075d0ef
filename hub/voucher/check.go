package voucher

import (
	"fmt"
	"slices"
	"time"
)

// Problem is one thing wrong with a campaign: where (as the file's keys are called, such as "phase[2].end"), and what.
type Problem struct {
	Path string
	Text Text
}

// Limits that keep every sum of a campaign far inside int64, and every number inside its field of a code.
const (
	maxBudget Fen    = 100_000_000_000_00 // 100 billion yuan
	maxStock  uint32 = 100_000_000
	maxTiers         = 255
	maxPhases        = 255
)

// checks gathers problems.
type checks struct{ found []Problem }

func (k *checks) want(ok bool, path, zh, en string) bool {
	if !ok {
		k.found = append(k.found, Problem{path, Text{zh, en}})
	}
	return ok
}

// Check names everything that is wrong with a campaign; an empty answer means that it may be applied.
func (c *Campaign) Check() []Problem {
	var k checks
	c.checkHead(&k)
	c.checkOffline(&k)
	c.checkPhases(&k)
	c.checkTiers(&k)
	c.checkPayments(&k)
	c.checkRules(&k)
	if len(k.found) == 0 {
		c.checkBudget(&k)
	}
	return k.found
}

func (c *Campaign) checkHead(k *checks) {
	k.want(c.ID != "", "id", "缺少活动编号", "the campaign needs an id")
	k.want(c.Number != 0, "number", "活动序号必须大于 0", "the number must be more than 0")
	k.want(c.Name.Zh != "" && c.Name.En != "", "name", "活动名称须有中文和英文", "the name is needed in Chinese and English")
	k.want(len(c.Area.Code) == 6 && digits(c.Area.Code), "area.code", "区划代码须为六位数字（GB/T 2260）", "the area code is six digits (GB/T 2260)")
	k.want(len(c.Area.Boundary) == 0 || len(c.Area.Boundary) >= 3, "area.boundary", "边界至少要有三个点", "a boundary has at least three corners")
	k.want(c.Zone != "", "zone", "缺少时区", "the campaign needs a time zone, such as \"Asia/Shanghai\"")
	k.want(c.Budget > 0 && c.Budget <= maxBudget, "budget_yuan", "预算必须大于 0", "the budget must be more than 0")
	k.want(c.StockAt == AtClaim || c.StockAt == AtRedemption, "stock_at", "stock_at 须为 claim 或 redemption", "stock_at is \"claim\" or \"redemption\"")
	k.want(c.Person == PerTradeAndPhase || c.Person == PerTierAndPhase || c.Person == Unlimited, "person_scope",
		"person_scope 须为 trade_and_phase、tier_and_phase 或 unlimited", "person_scope is \"trade_and_phase\", \"tier_and_phase\" or \"unlimited\"")
}

func (c *Campaign) checkOffline(k *checks) {
	o := c.Offline
	k.want(o.Bears == MerchantBears || o.Bears == FundBears, "offline.bears", "offline.bears 须为 merchant 或 fund", "offline.bears is \"merchant\" or \"fund\"")
	k.want(o.Reserve >= 0 && o.Reserve <= c.Budget, "offline.reserve_yuan", "备付金不能为负，也不能超过预算", "the reserve is neither negative nor above the budget")
	k.want(o.Bears != MerchantBears || o.Reserve == 0, "offline.reserve_yuan", "由商户承担时备付金必须为 0", "where the merchant bears the loss the reserve must be 0")
	k.want(o.Sum >= 0 && o.Sum <= maxBudget, "offline.lease_sum_yuan", "租约金额不能为负", "a lease's sum is not negative")
	k.want(o.Face >= 0, "offline.face_yuan", "离线单券面额上限不能为负", "the largest face value taken offline is not negative")
	k.want(o.Age > 0 && o.Age <= 30*24*time.Hour, "offline.lease_age", "租约时长须在 30 天以内且大于 0", "a lease lasts more than 0 and at most 30 days")
	k.want(o.Grace >= 0 && o.Grace <= 366*24*time.Hour, "offline.grace", "补传期限不能为负，也不能超过 366 天", "the grace is neither negative nor longer than 366 days")
	k.want(o.Patience >= 100*time.Millisecond && o.Patience <= 30*time.Second, "offline.patience", "等待时间须在 0.1 秒到 30 秒之间", "the patience is between 0.1 s and 30 s")
}

func (c *Campaign) checkPhases(k *checks) {
	k.want(len(c.Phases) > 0, "phase", "至少要有一期", "at least one phase is needed")
	k.want(len(c.Phases) <= maxPhases, "phase", "期数过多", "too many phases")
	var sum Fen
	for i, p := range c.Phases {
		at := fmt.Sprintf("phase[%d].", i+1)
		k.want(int(p.No) == i+1, at+"no", fmt.Sprintf("期号应为 %d", i+1), fmt.Sprintf("phases are numbered in order; this one is %d", i+1))
		k.want(!p.Start.IsZero(), at+"start", "缺少开始时间", "the phase needs a start")
		k.want(p.End.After(p.Start), at+"end", "结束时间必须晚于开始时间", "the end must be after the start")
		if i > 0 {
			k.want(!p.Start.Before(c.Phases[i-1].End), at+"start",
				fmt.Sprintf("第 %d 期与第 %d 期时间重叠", i+1, i), fmt.Sprintf("phase %d overlaps phase %d", i+1, i))
		}
		if k.want(p.Budget >= 0 && p.Budget <= maxBudget, at+"budget_yuan", "金额不能为负", "the sum is negative or too large") {
			sum += p.Budget
		}
	}
	k.want(sum <= c.Budget, "budget_yuan", fmt.Sprintf("各期资金合计 %s 元，超过预算 %s 元", sum, c.Budget),
		fmt.Sprintf("the phases' sums come to %s yuan, more than the budget of %s yuan", sum, c.Budget))
}

func (c *Campaign) checkTiers(k *checks) {
	k.want(len(c.Tiers) > 0, "tier", "至少要有一个券种", "at least one tier is needed")
	k.want(len(c.Tiers) <= maxTiers, "tier", "券种过多", "too many tiers")
	ids, numbers := map[TierID]bool{}, map[TierNo]bool{}
	for i, t := range c.Tiers {
		at := fmt.Sprintf("tier[%d].", i+1)
		k.want(t.No != 0 && !numbers[t.No], at+"no", "券种序号须大于 0 且不重复", "a tier's number is more than 0 and its own")
		k.want(t.ID != "" && !ids[t.ID], at+"id", "券种编号须填写且不重复", "a tier needs an id of its own")
		k.want(t.ID != LaneTierID, at+"id", "券种编号 lane-test 留给通道测试", "the id lane-test is kept for the lane test")
		ids[t.ID], numbers[t.No] = true, true
		k.want(t.Trade.Known(), at+"trade", "行业须为 supermarket、dining 或 fuel", "the trade is supermarket, dining or fuel")
		k.want(t.Face > 0 && t.Face <= MaxBill, at+"face_yuan", "面额必须大于 0", "the face value must be more than 0")
		k.want(t.Threshold >= t.Face && t.Threshold <= MaxBill, at+"threshold_yuan", "门槛不能低于面额", "the threshold is not below the face value")
		k.want(len(t.Stock) == len(c.Phases), at+"stock", fmt.Sprintf("须为 %d 期各填一个数量", len(c.Phases)),
			fmt.Sprintf("one count for each of the %d phases is needed", len(c.Phases)))
		for _, n := range t.Stock {
			k.want(n <= maxStock, at+"stock", "数量过大", "the count is too large")
		}
	}
}

func (c *Campaign) checkPayments(k *checks) {
	for i, p := range c.Payments {
		at := fmt.Sprintf("payment_code[%d].", i+1)
		k.want(p.Name != "" && p.Title.Zh != "" && p.Title.En != "", at+"name", "付款码须有名称和中英文说明", "a payment code needs a name, and a title in both languages")
		k.want(digits(p.From) && digits(p.To) && len(p.From) == len(p.To) && p.From <= p.To, at+"from",
			"前缀须为等长数字，且 from 不大于 to", "prefixes are digits of one length, from not above to")
		k.want(p.Shortest >= 8 && p.Shortest <= p.Longest && p.Longest <= 64, at+"shortest", "位数须在 8 到 64 之间", "lengths lie between 8 and 64 digits")
	}
}

func (c *Campaign) checkRules(k *checks) {
	for i, r := range c.Rules {
		at := fmt.Sprintf("case_rule[%d].", i+1)
		k.want(slices.Contains(CaseKinds(), r.Kind), at+"kind", "kind 须为 conflict、gap、fork、late、clock 或 breach", "the kind is conflict, gap, fork, late, clock or breach")
		k.want(r.Propose.Fits(r.Kind), at+"propose", "propose 须为 pay 或 refuse（gap、fork 为 resume 或 revoke）", "the proposal is pay or refuse (resume or revoke for gap and fork)")
		k.want(r.Tell.Zh != "" && r.Tell.En != "", at+"tell", "须写明告知商户的中英文内容", "say in both languages what the merchant is told")
		k.want(r.Bears == "" || r.Bears == MerchantBears || r.Bears == FundBears, at+"bears", "bears 须为 merchant 或 fund", "bears is \"merchant\" or \"fund\"")
	}
}

// checkBudget weighs stock against money: what a phase can give out never exceeds the phase's sum.
func (c *Campaign) checkBudget(k *checks) {
	for i, p := range c.Phases {
		var worth Fen
		for _, t := range c.Tiers {
			worth += t.Face * Fen(t.Stock[i])
		}
		k.want(worth <= p.Budget, fmt.Sprintf("phase[%d].budget_yuan", i+1),
			fmt.Sprintf("第 %d 期的券共值 %s 元，超过该期资金 %s 元", i+1, worth, p.Budget),
			fmt.Sprintf("the vouchers of phase %d are worth %s yuan, more than its %s yuan", i+1, worth, p.Budget))
	}
}
