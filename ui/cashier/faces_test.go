package cashier

import (
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"

	"hexiao/ui"
)

var update = flag.Bool("update", false, "write the golden pictures anew; look at them before you commit them")

// open makes a window of Fyne's test driver that shows a state.
func open(t *testing.T, s State, width, height float32) *Window {
	t.Helper()
	w := New(fyne.CurrentApp(), nil, Options{Lang: s.Lang, Keys: newKeys(), Log: slog.New(slog.DiscardHandler)})
	t.Cleanup(w.window.Close)
	w.face.later = func(time.Duration, func()) {}
	w.window.Resize(fyne.NewSize(width, height))
	w.face.show(s)
	w.face.flash.set(0)
	return w
}

// written is a line of text on the screen, and where.
type written struct {
	text string
	at   box
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
				out = append(out, written{o.Text, b})
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
	"gone":                   {{"联系不上本机的核销服务", "请稍等", "已断开 27 秒"}, {"The agent on this PC cannot be reached", "Wait a little", "away for 27 s"}},
}

func TestEveryScreenSaysWhatItMust(t *testing.T) {
	test.NewTempApp(t)
	for _, c := range scenes {
		for i, lang := range []string{"zh", "en"} {
			t.Run(c.name+" "+lang, func(t *testing.T) {
				if len(said[c.name][i]) == 0 {
					t.Fatal("nothing is asked of this screen")
				}
				shows(t, open(t, scene(lang, c.events), 1024, 768).face, said[c.name][i]...)
			})
		}
	}
}

// On every size of screen each text lies inside the window and none over another. A line's letters fill about two thirds
// of its height; the rest is air that may be shared.
func TestNothingIsCutOffOrCovered(t *testing.T) {
	test.NewTempApp(t)
	for _, size := range []fyne.Size{fyne.NewSize(1024, 768), fyne.NewSize(1366, 768), fyne.NewSize(800, 600), fyne.NewSize(1920, 1080)} {
		for _, c := range scenes {
			for _, lang := range []string{"zh", "en"} {
				t.Run(fmt.Sprintf("%s %s %.0f", c.name, lang, size.Width), func(t *testing.T) {
					all := open(t, scene(lang, c.events), size.Width, size.Height).face.texts()
					for i, a := range all {
						ink := a.at.inset(0, a.at.h/6)
						if ink.x < 0 || ink.y < 0 || ink.x+ink.w > size.Width+0.5 || ink.y+ink.h > size.Height {
							t.Errorf("%q leaves the window: %+v", a.text, ink)
						}
						if strings.HasSuffix(a.text, "…") && a.text != say.undoing.In(lang) && size.Width > 800 {
							t.Errorf("%q is cut", a.text)
						}
						for _, b := range all[i+1:] {
							if over(ink, b.at.inset(0, b.at.h/6)) {
								t.Errorf("%q lies over %q", b.text, a.text)
							}
						}
					}
				})
			}
		}
	}
}

func over(a, b box) bool {
	const hair = 0.5
	return a.x+a.w > b.x+hair && b.x+b.w > a.x+hair && a.y+a.h > b.y+hair && b.y+b.h > a.y+hair
}

// The pictures are kept at a quarter of the size, where a changed colour, sign or place shows and the smoothing of a
// letter's edge does not; what is written is tested above.
func TestScreensLookAsTheyDid(t *testing.T) {
	test.NewTempApp(t)
	for _, name := range []string{"ready", "waiting", "final", "provisional-shop", "refused", "again-payment", "undone", "offline", "unplugged", "earlier", "gone"} {
		for _, lang := range []string{"zh", "en"} {
			t.Run(name+" "+lang, func(t *testing.T) {
				got := quarter(open(t, scene(lang, eventsOf(t, name)), 1024, 768).window.Canvas().Capture())
				golden := filepath.Join("testdata", name+"-"+lang+".png")
				if *update {
					save(t, golden, got)
					return
				}
				if worst := unlike(got, load(t, golden)); worst > 24 {
					failed := filepath.Join("testdata", "failed", name+"-"+lang+".png")
					save(t, failed, got)
					t.Errorf("the screen has changed (by %d of 255 at its worst place): see %s beside %s; when it is right, run go test with -update", worst, failed, golden)
				}
			})
		}
	}
}

func eventsOf(t *testing.T, name string) []event {
	for _, c := range scenes {
		if c.name == name {
			return c.events
		}
	}
	t.Fatalf("there is no scene %s", name)
	return nil
}

// quarter makes one pixel of each four by four.
func quarter(m image.Image) *image.NRGBA {
	const n = 4
	b := m.Bounds()
	out := image.NewNRGBA(image.Rect(0, 0, b.Dx()/n, b.Dy()/n))
	for y := range b.Dy() / n {
		for x := range b.Dx() / n {
			var sum [3]int
			for i := range n * n {
				r, g, bl, _ := m.At(b.Min.X+x*n+i%n, b.Min.Y+y*n+i/n).RGBA()
				sum[0], sum[1], sum[2] = sum[0]+int(r>>8), sum[1]+int(g>>8), sum[2]+int(bl>>8)
			}
			out.SetNRGBA(x, y, color.NRGBA{coarse(sum[0] / n / n), coarse(sum[1] / n / n), coarse(sum[2] / n / n), 0xff})
		}
	}
	return out
}

// coarse keeps sixteen steps, which makes the files small.
func coarse(v int) uint8 { return uint8(v) / 16 * 17 }

// unlike is the largest mean difference of any eight by eight pixels, 0 to 255.
func unlike(a, b *image.NRGBA) int {
	if a.Bounds() != b.Bounds() {
		return 255
	}
	const n = 8
	worst := 0
	for y := 0; y+n <= a.Bounds().Dy(); y += n {
		for x := 0; x+n <= a.Bounds().Dx(); x += n {
			sum := 0
			for i := range n * n {
				p, q := a.NRGBAAt(x+i%n, y+i/n), b.NRGBAAt(x+i%n, y+i/n)
				sum += max(apart(p.R, q.R), apart(p.G, q.G), apart(p.B, q.B))
			}
			worst = max(worst, sum/n/n)
		}
	}
	return worst
}

func apart(a, b uint8) int { return max(int(a)-int(b), int(b)-int(a)) }

func save(t *testing.T, file string, m image.Image) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(f, m); err != nil {
		t.Fatal(err)
	}
}

func load(t *testing.T, file string) *image.NRGBA {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatalf("%v; a new picture is made with -update", err)
	}
	defer f.Close()
	m, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	out := image.NewNRGBA(m.Bounds())
	for y := range m.Bounds().Dy() {
		for x := range m.Bounds().Dx() {
			out.Set(x, y, m.At(x, y))
		}
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
