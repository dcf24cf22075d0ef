package cashier

import (
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"

	"hexiao/hub/voucher"
	"hexiao/ui"
)

// open makes a window of Fyne's test driver that shows a state.
func open(t *testing.T, s State, width, height float32) *Window {
	t.Helper()
	w := New(fyne.CurrentApp(), nil, Options{Lang: s.Lang, Keys: newKeys(), Log: slog.New(slog.DiscardHandler), Address: "http://127.0.0.1:7373"})
	t.Cleanup(w.window.Close)
	w.face.later = func(time.Duration, func()) {}
	w.turnTo(s, fyne.NewSize(width, height))
	return w
}

// turnTo shows another state on a screen of another size. A test with many states turns one window: every new one sets
// the theme, at which Fyne draws all that are open anew.
func (w *Window) turnTo(s State, size fyne.Size) {
	w.window.Resize(size)
	w.face.show(s)
	w.face.flash.set(0)
}

// written is a line of text on the screen, and where.
type written struct {
	text string
	at   box
	size float32
}

// texts finds every line of text on the screen.
func (f *face) texts() []written {
	var out []written
	var walk func(objects []fyne.CanvasObject, x, y float32)
	walk = func(objects []fyne.CanvasObject, x, y float32) {
		for _, o := range objects {
			p := o.Position().AddXY(x, y)
			switch o := o.(type) {
			case *canvas.Text:
				need := o.MinSize()
				b := box{p.X, p.Y, need.Width, need.Height}
				switch o.Alignment {
				case trail:
					b.x += o.Size().Width - need.Width
				case center:
					b.x += (o.Size().Width - need.Width) / 2
				}
				out = append(out, written{o.Text, b, o.TextSize})
			case *button:
				walk(o.on, p.X, p.Y)
			}
		}
	}
	walk(f.objects, 0, 0)
	return out
}

// read is all that is written on the screen, without the spaces, because sentences are broken into lines there.
func (f *face) read() string {
	var b strings.Builder
	for _, w := range f.texts() {
		b.WriteString(w.text)
		b.WriteByte('\n')
	}
	return b.String()
}

func tight(s string) string {
	return strings.NewReplacer(" ", "", "\n", "").Replace(s)
}

func shows(t *testing.T, f *face, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(tight(f.read()), tight(w)) {
			t.Errorf("the screen does not say %q; it says\n%s", w, f.read())
		}
	}
}

// What each scene must say, in Chinese and in English, whatever it looks like.
var said = map[string][2][]string{
	"connecting":             {{"正在连接", "正在自动重试"}, {"Connecting", "Trying again by itself"}},
	"amount-first":           {{"先输入金额", "¥0.00", "鲁山县尧山镇惠民生活超市", "“冬日送暖”消费券 · 第 1 期", "终端 T000017", "English"}, {"Enter the amount", "Winter Warmth", "Till T000017", "中文"}},
	"ready":                  {{"请扫消费券", "¥58", ".00", "手工输入", "在线 · 09:30 起", "已接好", "没有", "50 笔 · ¥1000"}, {"Scan the voucher", "¥58", ".00", "typed", "online · since 09:30", "connected", "none", "50 sales · ¥1,000"}},
	"ready-after-a-sale":     {{"上一单", "12:30", "核销成功", "应收 ¥48.00", "¥123.50", "来自收银系统"}, {"Last sale", "Redeemed", "To pay ¥48.00", "from the POS"}},
	"waiting":                {{"正在核销", "请稍候"}, {"Redeeming", "do not scan again"}},
	"final":                  {{"核销成功", "应收", "¥48.00", "本单金额 ¥58.00", "券减 ¥10.00", "请收款 ¥48.00", "撤销这一单", "T000017-1-42"}, {"Redeemed", "To pay", "¥48.00", "Bill ¥58.00", "Voucher ¥10.00", "Collect ¥48.00", "Void this sale"}},
	"provisional-shop":       {{"离线受理", "¥160.00", "由本店承担", "风险", "连不上 · 12:16 起", "3 笔"}, {"Accepted offline", "¥160.00", "Risk", "the shop bears it", "no line · since 12:16", "3 sales"}},
	"provisional-fund":       {{"离线受理", "¥160.00", "由活动资金承担"}, {"Accepted offline", "the fund bears it"}},
	"refused":                {{"不可核销", "应收", "¥42.00", "还差 ¥8.00", "再选 ¥8.00 的商品"}, {"Not redeemed", "¥42.00", "¥8.00 short", "add ¥8.00 of goods"}},
	"refused-used":           {{"不可核销", "已于 2023-12-11 11:30"}, {"Not redeemed", "on 2023-12-11 11:30"}},
	"again-damaged":          {{"请重扫", "没有扫完整"}, {"Scan again", "The scan is incomplete"}},
	"again-payment":          {{"请重扫", "支付宝付款码 28****1234", "没有扣款"}, {"Scan again", "Alipay payment code 28****1234", "Nothing was charged"}},
	"undo-asked":             {{"要撤销这一单吗", "确定撤销", "不撤销"}, {"Void this sale?", "Yes, void it", "No, keep it"}},
	"undone":                 {{"已撤销", "应收", "¥58.00", "券已退回"}, {"Voided", "¥58.00", "given back"}},
	"offline":                {{"连不上 · 12:16 起", "联系不上中心", "额度内会离线受理", "3 笔 · 12:18 起", "47 笔", "来自客显"}, {"no line · since 12:16", "The hub cannot be reached", "3 sales", "47 sales", "from the display"}},
	"unplugged":              {{"没有接好", "找不到扫码枪 /dev/ttyUSB0", "重新插好"}, {"not connected", "The scanner /dev/ttyUSB0 is not there", "Plug the scanner in again"}},
	"troubled":               {{"联系不上中心", "/dev/ttyUSB0", "还有 1 条提醒", "金额没有记下", "1 把没有接好"}, {"The hub cannot be reached", "/dev/ttyUSB0", "1 more", "The amount was not taken", "1 not connected"}},
	"earlier":                {{"没有通过", "共 2 条", "知道了", "留好小票"}, {"did not stand", "OK", "Keep the slip"}},
	"earlier-over-an-answer": {{"¥999990.00", "先前离线受理的一笔已确认"}, {"¥999,990.00", "is confirmed"}},
	"gone-token":             {{"口令不对", "请联系技术支持", "让开窗口"}, {"The token is missing or wrong", "Call support", "Hide window"}},
	"before":                 {{"窗口打开前的结果", "12 秒前", "应收", "¥48.00", "撤销这一单"}, {"From before this window was opened", "12 s ago", "¥48.00"}},
	"sums":                   {{"¥999000.00", "本单金额 ¥1000000.00"}, {"¥999,000.00", "Bill ¥1,000,000.00"}},
	"pasted":                 {{"这不是金额", "例如 58"}, {"not an amount", "such as 58"}},
	"voiding":                {{"正在撤销"}, {"Voiding"}},
	"menu":                   {{"当日清单", "F2", "交班", "F3", "上一单", "F4", "练习", "F9", "F10", "F11", "让开窗口", "F12", "设置", "返回收银", "Esc", "Enter 确定"}, {"Today's list", "Shift", "Last sale", "Practice", "Settings", "Hide window", "Enter confirms"}},
	"print":                  {{"核销成功", "打印小票", "F6", "撤销这一单"}, {"Redeemed", "Print the slip", "F6", "Void this sale"}},
	"print-under-way":        {{"正在打印", "撤销这一单"}, {"Printing", "Void this sale"}},
	"print-done":             {{"已打印，补打"}, {"Printed; again"}},
	"print-failed":           {{"核销成功", "/dev/usb/lp0 缺纸", "换上纸卷", "打印小票"}, {"Redeemed", "out of paper", "put in a roll", "Print the slip"}},
	"print-failed-later":     {{"先输入金额", "小票 T000017-1-59", "缺纸"}, {"Enter the amount", "Slip T000017-1-59", "out of paper"}},
	"print-provisional":      {{"离线受理", "打印小票"}, {"Accepted offline", "Print the slip"}},
	"print-void":             {{"已撤销", "打印小票"}, {"Voided", "Print the slip"}},
	"print-line":             {{"已核销", "打印小票", "返回清单", "撤销这一单"}, {"Redeemed", "Print the slip", "Back to the list", "Void this sale"}},
	"print-line-failed":      {{"缺纸", "打印小票"}, {"out of paper", "Print the slip"}},
	"list":                   {{"当日清单", "8 笔", "等中心回应", "已核销", "离线待确认", "已撤销", "已冲正", "未核销", "T000017-1-57 · 2023121100058", "¥58.00", "券减 ¥10.00", "查找", "返回收银"}, {"Today's list", "8 sales", "Waiting", "Redeemed", "Offline, unconfirmed", "Voided", "Reversed", "Not redeemed", "Find", "End of a number"}},
	"list-fetching":          {{"正在取"}, {"Fetching"}},
	"list-empty":             {{"今天还没有核销"}, {"Nothing was redeemed today yet"}},
	"list-long":              {{"40 笔", "第 2 / 6 页", "上一页", "下一页"}, {"40 sales", "page 2 of 6", "Page up", "Page down"}},
	"list-search":            {{"58", "2 笔", "T000017-1-58", "T000017-1-57"}, {"58", "2 sales"}},
	"list-nothing-found":     {{"没有找到", "777"}, {"Nothing found", "777"}},
	"list-failed":            {{"清单没有取到"}, {"could not be fetched"}},
	"line-final":             {{"清单中的一笔 · 12:09:15", "已核销", "应收", "¥48.00", "单号 2023121100058", "核销编号 T000017-1-57", "撤销这一单", "返回清单"}, {"From the list", "Redeemed", "Void this sale", "Back to the list", "Order 2023121100058"}},
	"line-provisional":       {{"离线待确认", "由本店承担", "撤销这一单"}, {"Offline, unconfirmed", "the shop bears it"}},
	"line-disputed":          {{"待处理", "已立案 12 号", "不要再找顾客", "返回清单"}, {"In dispute", "case 12 is open"}},
	"line-refused":           {{"未核销", "此券已经用过"}, {"Not redeemed", "has been used already"}},
	"line-reversed":          {{"已冲正", "¥88.00"}, {"Reversed"}},
	"line-voided":            {{"已撤销", "应收", "¥52.00"}, {"Voided", "¥52.00"}},
	"line-waiting":           {{"等中心回应", "¥99.90"}, {"Waiting"}},
	"line-void-asked":        {{"要撤销这一单吗", "不撤销", "确定撤销"}, {"Void this sale?", "No, keep it", "Yes, void it"}},
	"line-voiding":           {{"正在撤销"}, {"Voiding"}},
	"shift":                  {{"第 12 班 · 进行中", "08:30 起", "商超 满 ¥50.00 减 ¥10.00", "31", "¥310.00", "有效合计", "44", "¥690.00", "其中已确认", "其中待确认", "已撤销", "待处理", "有 3 笔还没有得到中心确认", "3 笔 · ¥60.00", "以前的班", "交班"}, {"Shift 12 · running", "Stands in all", "of it confirmed", "not yet confirmed", "In dispute", "3 sales are not confirmed", "Close the shift", "Earlier shifts"}},
	"shift-agrees":           {{"本机与中心的数字一致"}, {"Till and hub agree"}},
	"shift-differs":          {{"15 笔 · ¥470.00", "有 2 笔与中心不一致", "13 笔等待上报", "请留好这几笔的小票"}, {"15 sales", "2 differ from the hub's records", "Keep their slips"}},
	"shift-empty":            {{"第 1 班", "这一班还没有核销"}, {"Shift 1", "Nothing was redeemed in this shift yet"}},
	"shift-many-tiers":       {{"加油站 满 ¥1300.00 减 ¥130.00", "9999", "¥1000000.00", "¥12000000.00", "119988"}, {"petrol station, ¥130.00 off from ¥1300.00", "¥12,000,000.00"}},
	"shift-close-asked":      {{"要交班吗", "不交班", "确定交班"}, {"Close the shift?", "No, go on", "Yes, close it"}},
	"shift-closing":          {{"正在交班"}, {"Closing"}},
	"shift-closed":           {{"第 12 班 · 已交班", "04:30 – 12:30", "有 3 笔"}, {"Shift 12 · closed"}},
	"shift-close-failed":     {{"不知道有没有交班"}, {"not known whether the shift was closed"}},
	"shifts-past":            {{"以前的班", "第 11 班", "第 5 班", "第 1 / 2 页", "¥690.00"}, {"Earlier shifts", "Shift 11", "page 1 of 2"}},
	"shifts-none":            {{"还没有交过班"}, {"No shift has been closed yet"}},
	"shift-later":            {{"第 11 班 · 已交班", "交班以后有变化", "其中待确认 0 笔"}, {"Shift 11 · closed", "changed since the close", "Now: "}},
	"shift-of-before":        {{"第 10 班 · 已交班"}, {"Shift 10 · closed"}},

	"practice-ask":                {{"不会真的核销", "10 分钟", "开始练习", "不练习"}, {"nothing is really redeemed", "Begin practice", "No, back to the sale"}},
	"practice-not-allowed":        {{"不能练习", "没有允许"}, {"No practice here", "not allowed"}},
	"practice-end-ask":            {{"正在练习", "结束练习", "继续练习"}, {"Practising", "End practice", "Go on practising"}},
	"practice-ready":              {{"好券", "金额不够", "断网", "用过的券", "过期的券", "没扫完整", "结束练习"}, {"Good", "Bill too low", "Offline", "Used", "Expired", "Bad scan", "End practice"}},
	"practice-ready-after-a-sale": {{"练习 · 核销成功"}, {"Practice · Redeemed"}},
	"practice-waiting":            {{"正在核销"}, {"Redeeming"}},
	"practice-list":               {{"当日清单"}, {"Today's list"}},
	"practice-settings":           {{"允许练习"}, {"Practice allowed"}},
	"practice-shift":              {{"第 12 班"}, {"Shift 12"}},
	"practice-offline":            {{"好券"}, {"Good"}},

	"pin":                  {{"技术员 PIN", "6 到 12 位", "确定"}, {"Technician's PIN", "6 to 12 digits", "OK"}},
	"pin-typed":            {{"●●●●●●●●"}, {"●●●●●●●●"}},
	"pin-short":            {{"至少 6 位"}, {"at least 6 digits"}},
	"pin-wrong":            {{"还可以试 4 次"}, {"4 tries are left"}},
	"pin-none":             {{"还没有设 PIN", "hexiao-agent pin"}, {"No PIN is set", "hexiao-agent pin"}},
	"settings":             {{"语言", "音量", "70 %", "试听", "成功", "离线", "不可", "重扫", "语音播报", "文字大小", "100 %", "全屏", "允许练习", "更改 PIN", "T000017", "0.1.0", "127.0.0.1:7373", "/dev/ttyUSB0 已接好"}, {"Language", "Volume", "Try the sounds", "Speech", "Text size", "Full screen", "Practice allowed", "Change the PIN", "Desk"}},
	"settings-offline":     {{"连不上", "没有接好", "3 笔"}, {"no line", "not connected"}},
	"settings-pin-new":     {{"新 PIN"}, {"New PIN"}},
	"settings-pin-twice":   {{"再输一遍"}, {"Once more"}},
	"settings-pin-differs": {{"两次输入的不一样"}, {"not the same"}},
	"settings-pin-changed": {{"PIN 已经改好"}, {"The PIN is changed"}},
	"settings-failed":      {{"设置没有改成"}, {"was not changed"}},

	"guide-checking":        {{"1 检查电脑", "5 验收", "最多 15 秒"}, {"1 Check this PC", "5 Acceptance", "up to 15 s"}},
	"guide-check":           {{"不合格 1 · 注意 1 · 正常 4", "慢 3 小时 12 分", "自动设置时间", "微软拼音", "第 1 / 2 页", "重新检查", "下一步"}, {"Fails 1 · Look 1 · Fine 4", "3 h 12 min behind", "set time automatically", "Check again", "Next"}},
	"guide-check-more":      {{"第 2 / 2 页", "没有等待上报的记录"}, {"page 2 of 2", "No record waits"}},
	"guide-check-failed":    {{"没有检查成", "重新检查"}, {"could not be checked", "Check again"}},
	"guide-looking":         {{"正在查找设备"}, {"Looking for devices"}},
	"guide-fit":             {{"已设置", "未设置", "Honeywell 1950g", "小票打印机 · POS-58", "不再使用", "开始使用", "/etc/hexiao/agent.toml"}, {"Set up", "Not set up", "Slip printer · POS-58", "Touch to use it"}},
	"guide-fit-more":        {{"被占用", "pos.exe (4711)", "没有插好", "收银台二", "客显监听", "配置文件"}, {"In use", "held by pos.exe (4711)", "Not there", "listened to", "in the file"}},
	"guide-fit-none":        {{"没有找到扫码枪或打印机"}, {"No scanner and no printer was found"}},
	"guide-fit-fixed":       {{"去掉 --scanner"}, {"leave --scanner out"}},
	"guide-fit-kept":        {{"已保存", "重启"}, {"Saved", "restarted"}},
	"guide-fit-saving":      {{"正在保存"}, {"Saving"}},
	"guide-fit-refused":     {{"去掉 --scanner"}, {"leave --scanner out"}},
	"guide-fit-in-the-file": {{"要在 /etc/hexiao/agent.toml 里改"}, {"changed in /etc/hexiao/agent.toml"}},
	"guide-try":             {{"扫任何码都行", "什么都不会核销", "还没有读到", "/dev/ttyUSB0"}, {"Scan anything", "nothing is redeemed", "Not yet"}},
	"guide-try-heard":       {{"已读到", "付款码 · 28****1234", "18 字节", "商品条码", "没有扫完整", "键盘英文"}, {"It reads", "Payment code · 28****1234", "18 bytes", "Goods barcode", "Damaged", "English keyboard"}},
	"guide-try-billed":      {{"真的核销", "¥58.00", "清除金额", "消费券 · HX1A****DC"}, {"really be redeemed", "Clear the amount", "Voucher · HX1A****DC"}},
	"guide-lane":            {{"开始通道测试", "零元"}, {"Begin the lane test", "worth nothing"}},
	"guide-lane-code":       {{"正在向中心要测试码"}, {"Getting a test code"}},
	"guide-lane-scan":       {{"请扫这个码", "测试码已到", "换一个 USB 口", "停止测试"}, {"Scan this code", "test code is here", "another USB port", "End the test"}},
	"guide-lane-other":      {{"支付宝付款码"}, {"Alipay payment code"}},
	"guide-lane-record":     {{"等待中心签收记录", "用时"}, {"signature for the record", "ms"}},
	"guide-lane-passed":     {{"通过", "撤销成功", "再测一次", "下一步"}, {"Passed", "Voided", "Test again", "Next"}},
	"guide-lane-failed":     {{"没有通过", "中心没有回应", "重新开始通道测试"}, {"Not passed", "The hub did not answer", "begin the lane test anew"}},
	"guide-lane-practising": {{"请先结束练习"}, {"end practice first"}},
	"guide-accept-untested": {{"请先做通道测试", "技术员姓名"}, {"do the lane test first", "Technician's name"}},
	"guide-accept":          {{"可以验收", "王小明", "备注", "签字验收", "拼音"}, {"may be accepted", "王小明", "Sign and accept"}},
	"guide-accept-failing":  {{"不合格的检查：clock", "● 带着问题验收", "前"}, {"Checks that fail: clock", "● Accept in spite of it"}},
	"guide-accept-nameless": {{"请先输入技术员姓名"}, {"Type the technician's name first"}},
	"guide-accept-signing":  {{"正在再检查一遍并签字"}, {"signing"}},
	"guide-accepted":        {{"已验收 · 王小明", "T000017-1-61", "等待中心收到"}, {"Accepted · 王小明", "Waiting for the hub"}},
	"guide-accepted-acked":  {{"已验收", "中心已收到"}, {"The hub has it"}},

	"gone": {{"联系不上本机的核销服务", "请稍等", "已断开 27 秒"}, {"The agent on this PC cannot be reached", "Wait a little", "away for 27 s"}},
}

func TestEveryScreenSaysWhatItMust(t *testing.T) {
	test.NewTempApp(t)
	window := open(t, State{Lang: "zh"}, small.Width, small.Height)
	for _, c := range scenes {
		for i, lang := range []string{"zh", "en"} {
			t.Run(c.name+" "+lang, func(t *testing.T) {
				s := scene(lang, c.events)
				want := slices.Concat(said[c.name][i], sentences(s))
				if len(want) == 0 {
					t.Fatal("nothing is asked of this screen")
				}
				window.turnTo(s, small)
				shows(t, window.face, want...)
			})
		}
	}
}

// sentences are what the desk says in a state and what must therefore stand on the screen, whatever it looks like: why,
// and what to do next.
func sentences(s State) []string {
	var out []string
	add := func(all ...voucher.Text) {
		for _, t := range all {
			out = append(out, t.In(s.Lang))
		}
	}
	if s.Away() || !s.Heard {
		return nil
	}
	if s.View.Practice {
		add(say.practiceBanner)
	}
	switch {
	case s.Shown != nil:
		add(s.Shown.title(), s.Shown.Message, s.Shown.Next)
	case s.Page == SalePage && len(s.View.Warnings) == 1:
		add(s.View.Warnings[0].Text, s.View.Warnings[0].Next)
	}
	if s.Trouble != nil {
		add(*s.Trouble)
	}
	return out
}

func TestTheTitlesOfTheAnswersAreTheHousesOwn(t *testing.T) {
	for _, c := range []struct{ name, zh, en string }{
		{"final", "核销成功", "Redeemed"}, {"provisional-shop", "离线受理", "Accepted offline"}, {"refused", "不可核销", "Not redeemed"}, {"again-damaged", "请重扫", "Scan again"},
	} {
		a := scene("zh", eventsOf(t, c.name)).Shown
		if got := a.title(); got.Zh != c.zh || got.En != c.en || got != ui.Title(a.Answer.Answer) {
			t.Errorf("%s: the title is %q", c.name, got)
		}
	}
}
