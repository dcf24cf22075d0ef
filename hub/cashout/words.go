package cashout

import "hexiao/hub/voucher"

// Words names the signal for people who have to judge a merchant.
func (s Signal) Words() voucher.Text {
	if s < signals {
		return signalWords[s]
	}
	return voucher.Text{}
}

// MarkWords says what a redemption shows that bears the mark, so that "14 of 20 redemptions" may stand before it. A mark
// that is not of the signal has none.
func (s Signal) MarkWords(mark string) voucher.Text {
	if s < signals {
		return markWords[s][mark]
	}
	return voucher.Text{}
}

// SignalNamed finds a signal by its name in rules and alerts.
func SignalNamed(name string) (Signal, bool) {
	for s := range signals {
		if catalogue[s].name == name {
			return s, true
		}
	}
	return 0, false
}

var signalWords = [signals]voucher.Text{
	Payer:     {Zh: "同一付款账户替多人付款", En: "One account pays for several people"},
	Ring:      {Zh: "同一付款账户在多家店替人付款", En: "One account pays for people at several shops"},
	Phone:     {Zh: "同一手机替多人领券", En: "One phone claims for several people"},
	ClaimSpot: {Zh: "多名持券人在同一地点领券", En: "Many holders claimed at one spot"},
	Catchment: {Zh: "持券人来自少有顾客到此消费的地方", En: "Holders come from where few customers come from"},
	Burst:     {Zh: "短时间内连续核销", En: "Redemptions close one after another"},
	Threshold: {Zh: "账单金额紧贴门槛", En: "Bills just at the threshold"},
	Split:     {Zh: "疑似一笔账单拆成几笔", En: "One bill that looks rung up as several"},
	Hours:     {Zh: "营业时间以外核销", En: "Redemptions outside opening hours"},
	Night:     {Zh: "在本行业少有营业的时段核销", En: "Redemptions when few in the trade are open"},
	PlaceOf:   {Zh: "终端不在店内", En: "The terminal is away from the shop"},
	Fresh:     {Zh: "领券后随即核销", En: "Used soon after claiming"},
	Voids:     {Zh: "核销后撤销", En: "Redemptions that were voided"},
	Offline:   {Zh: "离线核销", En: "Redemptions without a line"},
	Travel:    {Zh: "同一人短时间内在两地用券", En: "One person at two places in a short time"},
	Repeat:    {Zh: "相同的账单金额反复出现", En: "The same bill again and again"},
	Pace:      {Zh: "核销间隔过于均匀", En: "Redemptions as regular as a clock"},
	HighTier:  {Zh: "面额最高的券偏多", En: "Many vouchers of the highest value"},
	Surge:     {Zh: "核销量突然增加", En: "A sudden rise in redemptions"},
	Together:  {Zh: "多项迹象集中在同一笔", En: "Several marks on one redemption"},
}

var markWords = [signals]map[string]voucher.Text{
	Payer: {
		"first":  {Zh: "付款账户此前未在本店替他人付款", En: "paid by an account that had paid for nobody else here"},
		"table":  {Zh: "付款账户在两小时内替同来的人付款", En: "paid together with others within two hours, as for a table or an outing"},
		"second": {Zh: "付款账户此前另一次在本店替别人付过款", En: "paid by an account that had paid here for somebody else on another occasion"},
		"third":  {Zh: "付款账户此前已有一至两次在本店再替别人付款", En: "paid by an account that had come back once or twice to pay for others here"},
		"more":   {Zh: "付款账户此前已有三次以上在本店再替别人付款", En: "paid by an account that had come back three times or more to pay for others here"},
	},
	Ring: {
		"own":     {Zh: "付款账户只在一家店替人付款", En: "paid by an account that pays for others at one shop only"},
		"few":     {Zh: "付款账户在几家店替人付款，主要一家之外有两人", En: "paid by an account that pays at several shops, for two people beside its main one"},
		"several": {Zh: "付款账户在几家店替人付款，主要一家之外有三人", En: "paid by an account that pays at several shops, for three people beside its main one"},
		"many":    {Zh: "付款账户在几家店替人付款，主要一家之外有四人以上", En: "paid by an account that pays at several shops, for four people or more beside its main one"},
	},
	Phone: {
		"own":     {Zh: "领券手机只替一两人领过券", En: "claimed on a phone that claimed for one or two people"},
		"family":  {Zh: "领券手机替三至四人领过券，与家庭共用相符", En: "claimed on a phone that claimed for three or four people, as families do"},
		"outing":  {Zh: "领券手机替多人领券，这些人在两小时内一同到店", En: "claimed on a phone that claimed for several people who came together within two hours"},
		"helper":  {Zh: "领券手机替五人以上领券，所领的券没有反复在本店使用", En: "claimed on a phone that claimed for five or more people who do not come here again and again"},
		"several": {Zh: "领券手机替多人领券，所领的券多次分别在本店使用", En: "claimed on a phone that claimed for several people whose vouchers came here on several occasions"},
		"crowd":   {Zh: "领券手机接连替多人领券，多数相隔不到一分钟，且多次在本店使用", En: "claimed on a phone that claimed for many within a minute of each other, and came here on several occasions"},
	},
	ClaimSpot: {
		"alone": {Zh: "领券地点少有本店其他持券人", En: "claimed where few other holders of this shop did"},
		"some":  {Zh: "同一地点（约百米内）已有三至五名本店持券人领券", En: "claimed where three to five holders of this shop had, within some hundred metres"},
		"many":  {Zh: "同一地点（约百米内）已有六至十一名本店持券人领券", En: "claimed where six to eleven holders of this shop had, within some hundred metres"},
		"crowd": {Zh: "同一地点（约百米内）已有十二名以上本店持券人领券", En: "claimed where twelve or more holders of this shop had, within some hundred metres"},
	},
	Catchment: {
		"near":    {Zh: "领券地点是本乡镇店铺的主要客源地", En: "claimed where this township's customers mostly come from"},
		"usual":   {Zh: "领券地点是本乡镇店铺的一般客源地", En: "claimed where this township's customers often come from"},
		"far":     {Zh: "领券地点少有人到本乡镇店铺消费", En: "claimed where few customers of this township come from"},
		"farther": {Zh: "领券地点几乎无人到本乡镇店铺消费", En: "claimed where hardly any customer of this township comes from"},
		"beyond":  {Zh: "领券地点距本店一百公里以上", En: "claimed more than a hundred kilometres away"},
	},
	Burst: {
		"apart":  {Zh: "与前一笔间隔正常", En: "at a usual distance in time from the one before"},
		"second": {Zh: "紧接前一笔，是连续核销的第二笔", En: "close after the one before: the second of a series"},
		"third":  {Zh: "处于连续核销的第三、四笔", En: "the third or fourth of a series"},
		"fifth":  {Zh: "处于连续核销的第五至九笔", En: "the fifth to ninth of a series"},
		"tenth":  {Zh: "处于连续核销的第十笔或以后", En: "the tenth of a series, or later"},
	},
	Threshold: {
		"free":     {Zh: "账单高出门槛一成以上", En: "with a bill more than a tenth above the threshold"},
		"above":    {Zh: "账单高出门槛不到一成", En: "with a bill less than a tenth above the threshold"},
		"close":    {Zh: "账单高出门槛 1% 至 3%", En: "with a bill 1 to 3 % above the threshold"},
		"touching": {Zh: "账单高出门槛不到 1%", En: "with a bill less than 1 % above the threshold"},
		"exact":    {Zh: "账单正好等于门槛", En: "with a bill exactly at the threshold"},
	},
	Split: {
		"apart":  {Zh: "与前一笔账单没有关联", En: "not connected with the bill before"},
		"pair":   {Zh: "与另一人的前一笔相隔不到两分钟", En: "less than two minutes after another person's"},
		"bare":   {Zh: "与前一笔相隔不到两分钟，两笔都紧贴门槛", En: "less than two minutes after another one, both just at the threshold"},
		"payer":  {Zh: "与前一笔相隔不到两分钟，由同一账户付款", En: "less than two minutes after another one, paid by the same account"},
		"series": {Zh: "三笔以上接连如此，或既紧贴门槛又由同一账户付款", En: "in a series of such bills, or both at the threshold and paid by one account"},
	},
	Hours: {
		"open":   {Zh: "在登记的营业时间内", En: "within the declared hours"},
		"edge":   {Zh: "在登记时间以外一小时之内，或本行业当时普遍营业", En: "up to an hour outside the declared hours, or when the trade is usually open"},
		"after":  {Zh: "在登记时间以外一至两小时，本行业当时少有营业", En: "one to two hours outside the declared hours, when few in the trade are open"},
		"closed": {Zh: "在登记时间以外两至三小时，本行业当时少有营业", En: "two to three hours outside the declared hours, when few in the trade are open"},
		"night":  {Zh: "在登记时间以外三小时以上，本行业当时少有营业", En: "more than three hours outside the declared hours, when few in the trade are open"},
	},
	Night: {
		"usual": {Zh: "在本行业常见的时段", En: "at an hour usual in the trade"},
		"edge":  {Zh: "在本行业较少见的时段（占比 0.8% 至 2%）", En: "at an hour less usual in the trade (0.8 to 2 % of it)"},
		"rare":  {Zh: "在本行业少见的时段（占比 0.3% 至 0.8%）", En: "at an hour rare in the trade (0.3 to 0.8 % of it)"},
		"rarer": {Zh: "在本行业很少见的时段（占比 0.12% 至 0.3%）", En: "at an hour very rare in the trade (0.12 to 0.3 % of it)"},
		"never": {Zh: "在本行业几乎无人营业的时段", En: "at an hour when hardly anybody in the trade works"},
	},
	PlaceOf: {
		"home":   {Zh: "终端在店内或附近", En: "with the terminal at the shop"},
		"rough":  {Zh: "终端定位偏离本店数百米，可能是定位误差", En: "with a fix some hundreds of metres off, which may be a rough one"},
		"roams":  {Zh: "终端在多个地点之一，与流动摊位相符", En: "with the terminal at one of many places, as a stall on wheels is"},
		"away":   {Zh: "终端距本店九百米以上", En: "with the terminal more than 900 metres from the shop"},
		"second": {Zh: "终端多次在距本店九百米以上的同一地点", En: "with the terminal again at the same place more than 900 metres from the shop"},
	},
	Fresh: {
		"later":   {Zh: "领券半小时以后才使用", En: "used more than half an hour after claiming"},
		"soon":    {Zh: "领券后五至三十分钟内使用", En: "used five to thirty minutes after claiming"},
		"at_once": {Zh: "领券后五分钟内使用", En: "used within five minutes of claiming"},
	},
	Voids: {
		"stands":    {Zh: "未撤销", En: "that stand"},
		"quick":     {Zh: "核销后半小时内撤销", En: "voided within half an hour"},
		"late":      {Zh: "核销半小时以后才撤销", En: "voided more than half an hour later"},
		"elsewhere": {Zh: "所用的券曾在别家店核销后又撤销", En: "of a voucher that had been redeemed and voided at another shop"},
	},
	Offline: {
		"online": {Zh: "联网核销", En: "with a line"},
		"outage": {Zh: "终端当时没有网络", En: "taken while the terminal had no line"},
		"alone":  {Zh: "终端当时没有网络，而本店另一台终端联网正常", En: "taken while the terminal had no line but another one of the shop had"},
	},
	Travel: {
		"possible":   {Zh: "持券人来得及从上一家店赶到", En: "by a holder who could have come from the shop before"},
		"fast":       {Zh: "持券人从上一家店赶来须每小时六十公里以上", En: "by a holder who would have come at more than 60 km/h from the shop before"},
		"impossible": {Zh: "持券人从上一家店赶来须每小时一百二十公里以上", En: "by a holder who would have come at more than 120 km/h from the shop before"},
	},
	Repeat: {
		"new":   {Zh: "账单金额近期未出现过", En: "with a bill not seen here lately"},
		"again": {Zh: "账单金额近期出现过一次", En: "with a bill seen here once lately"},
		"often": {Zh: "账单金额近期出现过两次以上", En: "with a bill seen here twice or more lately"},
	},
	Pace: {
		"uneven": {Zh: "间隔有长有短", En: "at uneven distances"},
		"even":   {Zh: "与前一次的间隔几乎相同", En: "after almost the same time as the one before"},
	},
	HighTier: {
		"low":    {Zh: "面额较低", En: "of a low value"},
		"middle": {Zh: "面额居中", En: "of a middle value"},
		"high":   {Zh: "面额最高（50 元以上）", En: "of the highest value, 50 yuan or more"},
	},
	Surge: {
		"usual": {Zh: "当日核销量正常", En: "on a day with a usual number"},
		"more":  {Zh: "当日核销量达到平日的两倍半以上", En: "on a day with more than two and a half times the usual number"},
		"much":  {Zh: "当日核销量达到平日的四倍以上", En: "on a day with more than four times the usual number"},
	},
	Together: {
		"few":   {Zh: "账单不在门槛上，或没有其他迹象", En: "with a bill away from the threshold, or nothing else odd"},
		"one":   {Zh: "账单紧贴门槛，另有一项迹象", En: "with a bill at the threshold and one more mark"},
		"two":   {Zh: "账单紧贴门槛，另有两项迹象", En: "with a bill at the threshold and two more marks"},
		"three": {Zh: "账单紧贴门槛，另有三项以上迹象", En: "with a bill at the threshold and three or more marks"},
	},
}
