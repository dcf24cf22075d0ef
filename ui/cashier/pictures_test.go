package cashier

import (
	"cmp"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

var update = flag.Bool("update", false, "write the golden pictures anew (make pictures); look at them before you commit them")

// picture is one golden file.
type picture struct {
	scene, lang   string
	events        []event
	width, height float32
}

func (p picture) file() string {
	name := p.scene + "-" + p.lang
	if p.width != small.Width || p.height != small.Height {
		name += fmt.Sprintf("-%.0fx%.0f", p.width, p.height)
	}
	return filepath.Join("testdata", name+".png")
}

// guidePictured are the guide's screens that have a picture: one of each kind, since the others differ in sentences only.
var guidePictured = []string{"guide-check", "guide-fit", "guide-fit-more", "guide-try-heard", "guide-try-billed", "guide-lane-scan", "guide-lane-passed", "guide-lane-failed",
	"guide-accept-failing", "guide-accepted-acked"}

// pictures are every scene in both languages on the small screen, and a few on larger ones.
func pictures(t *testing.T) []picture {
	var out []picture
	for _, lang := range []string{"zh", "en"} {
		for _, c := range scenes {
			if strings.HasPrefix(c.name, "guide-") && !slices.Contains(guidePictured, c.name) {
				continue
			}
			out = append(out, picture{c.name, lang, c.events, small.Width, small.Height})
		}
		for _, name := range []string{"ready", "final", "settings"} {
			out = append(out, picture{name, lang, eventsOf(t, name), 1024, 768})
		}
	}
	for _, name := range []string{"provisional-shop", "shift"} {
		out = append(out, picture{name, "zh", eventsOf(t, name), 3840, 2160})
	}
	return out
}

func TestScreensLookAsTheyDid(t *testing.T) {
	test.NewTempApp(t)
	changed, all := 0, map[string]bool{}
	w := open(t, State{Lang: "zh"}, small.Width, small.Height)
	for _, p := range pictures(t) {
		all[p.file()] = true
		w.turnTo(scene(p.lang, p.events), fyne.NewSize(p.width, p.height))
		got := few(w.window.Canvas().Capture())
		switch {
		case *update:
			if replaced(t, p.file(), got) {
				changed++
			}
		default:
			alike(t, p, got)
		}
	}
	stale(t, all)
	if *update {
		fmt.Printf("pictures: %d drawn, %d changed\n", len(all), changed)
	}
}

func alike(t *testing.T, p picture, got *image.Paletted) {
	t.Helper()
	golden, err := load(p.file())
	if err != nil {
		t.Errorf("%v; a new picture is made with make pictures", err)
		return
	}
	if worst := unlike(got, golden); worst > 24 {
		failed := filepath.Join("testdata", "failed", filepath.Base(p.file()))
		save(t, failed, got)
		t.Errorf("the screen has changed (by %d of 255 at its worst place): see %s beside %s; when it is right, make pictures", worst, failed, p.file())
	}
}

// stale finds pictures of scenes that are no more.
func stale(t *testing.T, all map[string]bool) {
	there, err := filepath.Glob("testdata/*.png")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range there {
		switch {
		case all[file]:
		case *update:
			if err := os.Remove(file); err != nil {
				t.Error(err)
			}
		default:
			t.Errorf("%s is no scene's picture; make pictures removes it", file)
		}
	}
}

// replaced writes a picture and tells whether it looks other than the one before.
func replaced(t *testing.T, file string, m *image.Paletted) bool {
	if before, err := load(file); err == nil && unlike(before, m) == 0 {
		return false
	}
	save(t, file, m)
	return true
}

// few paints a picture with 16 colours, which makes its file a fifth as large. The screens have few grounds; only the
// smoothed edges of letters are coarser.
func few(m image.Image) *image.Paletted {
	count := map[color.NRGBA]int{}
	for c, n := range runs(m) {
		count[c] += n
	}
	colours := slices.SortedFunc(maps.Keys(count), func(a, b color.NRGBA) int {
		return cmp.Or(count[b]-count[a], int(a.R)-int(b.R), int(a.G)-int(b.G), int(a.B)-int(b.B))
	})
	palette, index := chosen(colours, count), map[color.NRGBA]uint8{}
	for _, c := range colours {
		index[c] = uint8(palette.Index(c))
	}
	out := image.NewPaletted(m.Bounds(), palette)
	at := 0
	for c, n := range runs(m) {
		i := index[c]
		for range n {
			out.Pix[at] = i
			at++
		}
	}
	return out
}

// runs goes through a picture by the pixels beside each other that are alike: most of a screen is flat.
func runs(m image.Image) iter.Seq2[color.NRGBA, int] {
	pix := m.(*image.NRGBA).Pix
	return func(yield func(color.NRGBA, int) bool) {
		for i := 0; i < len(pix); {
			n := 4
			for i+n < len(pix) && pix[i+n] == pix[i] && pix[i+n+1] == pix[i+1] && pix[i+n+2] == pix[i+2] {
				n += 4
			}
			if !yield(color.NRGBA{pix[i], pix[i+1], pix[i+2], 0xff}, n/4) {
				return
			}
			i += n
		}
	}
}

// chosen takes one colour after the other that is most missed: it is frequent and far from those taken.
func chosen(colours []color.NRGBA, count map[color.NRGBA]int) color.Palette {
	var out color.Palette
	far := make([]int, len(colours)) // from the nearest one taken
	for i := range far {
		far[i] = 1
	}
	for len(out) < min(16, len(colours)) {
		best := 0
		for i, c := range colours {
			if count[c]*far[i] > count[colours[best]]*far[best] {
				best = i
			}
		}
		taken := colours[best]
		out = append(out, taken)
		for i, c := range colours {
			r, g, b := int(c.R)-int(taken.R), int(c.G)-int(taken.G), int(c.B)-int(taken.B)
			if d := r*r + g*g + b*b; len(out) == 1 || d < far[i] {
				far[i] = d
			}
		}
	}
	return out
}

// unlike is the largest mean difference of any eight by eight pixels, 0 to 255.
func unlike(a, b *image.Paletted) int {
	if a.Bounds() != b.Bounds() {
		return 255
	}
	apart := distances(a.Palette, b.Palette)
	const n = 8
	worst, w := 0, a.Stride
	for y := 0; y+n <= a.Bounds().Dy(); y += n {
		for x := 0; x+n <= a.Bounds().Dx(); x += n {
			sum := 0
			for i := range n * n {
				at := (y+i/n)*w + x + i%n
				sum += apart[a.Pix[at]][b.Pix[at]]
			}
			worst = max(worst, sum/n/n)
		}
	}
	return worst
}

func distances(p, q color.Palette) [256][256]int {
	var out [256][256]int
	for i, a := range p {
		for j, b := range q {
			m, n := color.NRGBAModel.Convert(a).(color.NRGBA), color.NRGBAModel.Convert(b).(color.NRGBA)
			for _, d := range []int{int(m.R) - int(n.R), int(m.G) - int(n.G), int(m.B) - int(n.B)} {
				out[i][j] = max(out[i][j], d, -d)
			}
		}
	}
	return out
}

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

func load(file string) (*image.Paletted, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	m, err := png.Decode(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	p, ok := m.(*image.Paletted)
	if !ok {
		return nil, fmt.Errorf("%s is not painted as the others are", file)
	}
	return p, nil
}

// The pictures together must not swell the repository.
func TestPicturesAreSmall(t *testing.T) {
	files, err := filepath.Glob("testdata/*.png")
	if err != nil || len(files) == 0 {
		t.Fatal(err, len(files))
	}
	sum := int64(0)
	for _, file := range files {
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		sum += info.Size()
	}
	if sum > 7<<20 {
		t.Errorf("%d pictures are %d bytes, more than 7 MiB: leave some out", len(files), sum)
	}
}
