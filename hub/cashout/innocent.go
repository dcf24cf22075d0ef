package cashout

import "hexiao/hub/voucher"

// Innocent is what a person should check first before anybody is accused for a signal.
func (s Signal) Innocent() voucher.Text { return innocent[s] }

// innocent readings; DESIGN.md names the honest shops that leave the same traces.
var innocent = [signals]voucher.Text{
	Payer: {Zh: "请先了解是否由一人统一付款：单位食堂、同事聚餐、子女代父母付款、车队统一加油，都会出现一个账户替多人付款。可请商户提供菜单、用餐名单或车队协议。",
		En: "First ask whether one person rightly paid for all: a company canteen, colleagues at one table, children paying for their parents, a fleet's fuel account. The shop can show the menu, the guest list or the fleet's contract."},
	Ring: {Zh: "同一条街、同一美食广场或同一连锁的店铺，顾客自然会重合，一家人也常去固定的几家店。请先看这些店铺之间的距离和关系。",
		En: "Shops of one street, food court or chain share their customers, and a family has its few favourite shops. First look how near and how related these shops are."},
	Phone: {Zh: "请先核实是否有村干部、社区人员或家人用自己的手机帮老人代领。可请发券平台协助联系几位持券人，了解其是否知情、是否自己用券。",
		En: "First check whether a village cadre, a community worker or a relative claimed on one phone for old people. Ask the issuing platform to reach a few holders: do they know of it, and did they use the voucher themselves?"},
	ClaimSpot: {Zh: "同一宿舍、小区、工厂或便民服务点的居民，常在同一地点领券，再到附近店铺消费；手机定位也可能只精确到基站。请先看该地点是什么场所。",
		En: "People of one dormitory, estate, factory or service counter often claim at one spot and spend nearby; a phone's position may also be that of a mast. First look what stands at that spot."},
	Catchment: {Zh: "名店、特色餐馆以及靠近车站、医院、景点的店铺，本来就有远处的顾客。请先看该店位置和平日客源，并留意领券定位是否准确。",
		En: "Well-known shops, and those near a station, hospital or sight, have customers from afar anyway. First look at the shop's place and its usual customers, and whether the positions of the claims are exact."},
	Burst: {Zh: "开抢首日、午晚高峰、旅游团到店或宴席散场，都会在短时间内连续核销。请先对照周边同类店铺同一时段的情况。",
		En: "The first day, meal times, a coach party or the end of a feast bring many uses in a short time. First compare with like shops nearby at the same hour."},
	Threshold: {Zh: "顾客凑单到门槛金额很常见，店里也可能有正好等于门槛的套餐。请先查看菜单和价目表。",
		En: "Customers often add something to reach the threshold, and a set menu may cost exactly that. First look at the menu and price list."},
	Split: {Zh: "夫妻、家人或同事各用各的券、分开结账，是正常情况；收银员也可能不清楚规则。请先核对活动细则是否允许，并向商户说明。",
		En: "Couples, families or colleagues may each use a voucher and pay apart; a cashier may also not know the rule. First check whether the rules allow it, and explain them to the shop."},
	Hours: {Zh: "登记的营业时间可能填短或已经变更，夜宵店、宴席和节日也会延长营业。请先向商户核实实际营业时间。",
		En: "The registered hours may be too short or out of date; late restaurants, feasts and holidays run longer. First ask the shop for its real hours."},
	Night: {Zh: "该店没有登记营业时间；夜宵店、便利店和加油站夜间营业属正常，宴席和节日也会延长。请先向商户核实实际营业时间。",
		En: "The shop declared no hours; late kitchens, corner shops and petrol stations sell at night, and feasts and holidays run long. First ask the shop for its real hours."},
	PlaceOf: {Zh: "登记坐标可能有误，室内定位也会偏差数百米；流动摊位、集市和展销会本来就会移动。请先核对登记地址，再询问当日在何处营业。",
		En: "The registered position may be wrong, and a fix indoors may be off by hundreds of metres; stalls, markets and fairs do move. First check the registered address, then ask where the shop was selling that day."},
	Fresh: {Zh: "很多顾客到店看到海报才现场领券，店员协助领取也属正常。请先看店内是否张贴了领券提示。",
		En: "Many customers claim at the till when they see the poster, and staff may help them. First see whether the shop shows a notice on claiming."},
	Voids: {Zh: "收银员操作不熟、付款失败或顾客退换货，都会产生撤销。请先看撤销后是否很快重新结账，并询问商户是否换了新收银员。",
		En: "An unpractised cashier, a failed payment or returned goods lead to voids. First see whether the bill was soon rung up again, and ask whether the cashier is new."},
	Offline: {Zh: "山区信号弱、停电或宽带故障，会造成较多离线核销。请先查当天当地的网络和供电情况，以及邻近终端是否也离线。",
		En: "Weak signal in the hills, a power cut or a broken line cause uses offline. First check the network and power that day, and whether terminals nearby were offline too."},
	Travel: {Zh: "家人可能一人用自己的券、另一人拿着代领的券在别处使用；终端时钟或定位也可能有误。请先核对两笔记录的时间和位置是否可靠。",
		En: "One of a family may use one voucher while another uses a second elsewhere; a terminal's clock or position may also be wrong. First check whether both records' time and place can be trusted."},
	Repeat: {Zh: "加油常按整数金额，自助餐和套餐按人头同价，相同金额反复出现并不奇怪。请先了解该店的定价方式。",
		En: "Fuel is bought in round sums, and buffets and set menus cost the same per head, so equal bills are no wonder. First learn how the shop prices."},
	Pace: {Zh: "排队结账、自助餐入场或固定班次的食堂，核销间隔会比较均匀。请先查看该时段的现场监控或排班。",
		En: "A queue, the entrance of a buffet or a canteen with fixed shifts gives even gaps. First look at the camera or the shifts of that hour."},
	Surge: {Zh: "新店开业、店庆促销、重新装修后开业，或附近有集会活动，都会使用券量突然增加。请先了解近期有无此类情况，并对照周边同类店铺。",
		En: "A new shop, a sale, an opening after repairs or an event nearby can suddenly raise the number of uses. First ask whether there was one, and compare with like shops nearby."},
	HighTier: {Zh: "大额券多，可能是宴席、家庭聚餐、整箱采购，也可能店里本来客单价就高。请先了解该店平日的单价和近期是否有宴席。",
		En: "Many large vouchers may come from feasts, family dinners or buying by the crate, or the shop sells dear things anyway. First learn its usual bills and whether there were feasts lately."},
	Together: {Zh: "多项迹象同时出现，往往只有一个原因，例如单位食堂统一结账。请先找出这一个原因，再逐项核对。",
		En: "Several marks on one redemption often have one cause, such as a canteen that pays for all. First look for that cause, then check each mark."},
}
