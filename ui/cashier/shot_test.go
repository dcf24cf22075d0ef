package cashier

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/storage"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
)

func TestPicturesThatAreGiven(t *testing.T) {
	const file = "/home/till/券 1.png"
	for _, c := range []struct {
		name string
		e    event
		want []any // of the desk
		says string
	}{
		{"a picture is dropped", given{file: file}, []any{shot{file: file}}, ""},
		{"several are dropped", given{file: file, many: true}, nil, "一次只能用一张"},
		{"the clipboard's picture", given{}, []any{shot{}}, ""},
		{"a path is pasted", pasted(file), []any{shot{file: file}}, ""},
		{"a path in quotes, as Windows copies it", pasted(`"` + file + `"` + "\r\n"), []any{shot{file: file}}, ""},
		{"the address of a file is pasted", pasted("file:///home/till/%E5%88%B8%201.png"), []any{shot{file: file}}, ""},
		{"a file that a file manager copied", pasted("x-special/nautilus-clipboard\ncopy\nfile:///home/till/a.JPEG"), []any{shot{file: "/home/till/a.JPEG"}}, ""},
		{"two files that a file manager copied", pasted("copy\nfile:///home/till/a.png\nfile:///home/till/b.png"), nil, "一次只能用一张"},
		{"a path of something else", pasted("/home/till/letter.pdf"), nil, "这不是金额"},
		{"the address of a web page's picture", pasted("https://example.org/a.png"), nil, "这不是金额"},
		{"a name without a path", pasted("a.png"), nil, "这不是金额"},
	} {
		t.Run(c.name, func(t *testing.T) {
			start := folded(sees(billed(online(), 700, "pos")), hears(redeemed), turned(ListPage))
			if _, isPaste := c.e.(pasted); isPaste {
				start = folded(sees(billed(online(), 700, "pos")), hears(redeemed))
			}
			s, deeds := start.after(c.e)
			got := plain(deeds)
			if !slices.Equal(got, c.want) || s.Shown != nil || s.Page != SalePage || s.Bill() != start.Bill() {
				t.Errorf("the desk is asked %v, want %v; %v on page %v", got, c.want, s.Shown, s.Page)
			}
			if (s.Trouble != nil) != (c.says != "") || s.Trouble != nil && !strings.Contains(s.Trouble.Zh, c.says) {
				t.Errorf("it says %v, want %q", s.Trouble, c.says)
			}
		})
	}
	for name, s := range map[string]State{"before the agent is there": folded(), "while the agent is away": folded(sees(online()), lost, ticked(noon.Add(time.Minute)))} {
		for _, e := range []event{given{file: file}, pasted(file)} {
			if _, deeds := s.after(e); len(deeds) > 0 {
				t.Errorf("%s: the desk is asked %v", name, plain(deeds))
			}
		}
	}
}

func TestDropAndPasteAtTheWindow(t *testing.T) {
	n := newCounter(t)
	n.drop([]fyne.URI{storage.NewFileURI("/tmp/a.png")})
	n.drop([]fyne.URI{storage.NewFileURI("/tmp/a.png"), storage.NewFileURI("/tmp/b.png")})
	n.drop(nil)
	clipboard := fyne.CurrentApp().Clipboard()
	clipboard.SetContent("")
	n.TypedShortcut(&fyne.ShortcutPaste{Clipboard: clipboard})
	n.face.pictured = true
	n.TypedShortcut(&fyne.ShortcutPaste{Clipboard: clipboard})
	clipboard.SetContent("58")
	n.TypedShortcut(&fyne.ShortcutPaste{Clipboard: clipboard})
	want := []event{given{file: "/tmp/a.png"}, given{file: "/tmp/a.png", many: true}, pasted(""), given{}, pasted("58")}
	if !slices.Equal(n.posted, want) {
		t.Errorf("made %v of it, want %v", n.posted, want)
	}
}

// What a picture is read from, and what is said where it cannot be.
func TestAPictureIsHandedOver(t *testing.T) {
	dir := t.TempDir()
	small, large := filepath.Join(dir, "small.png"), filepath.Join(dir, "large.png")
	for file, size := range map[string]int{small: 3, large: desk.MaxPicture + 5} {
		if err := os.WriteFile(file, []byte(strings.Repeat("x", size)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	clip := func(raw string, err error) func(context.Context) ([]byte, error) {
		return func(context.Context) ([]byte, error) { return []byte(raw), err }
	}
	for _, c := range []struct {
		name      string
		p         shot
		clipboard func(context.Context) ([]byte, error)
		bytes     int // that the desk gets; 0: it is not asked
		says      string
	}{
		{"a file", shot{file: small}, nil, 3, ""},
		{"a file too large, of which the desk says so", shot{file: large}, nil, desk.MaxPicture + 1, ""},
		{"a file that is gone", shot{file: filepath.Join(dir, "none.png")}, nil, 0, "打不开"},
		{"a folder", shot{file: dir}, nil, 0, "打不开"},
		{"a device", shot{file: "/dev/zero"}, nil, 0, "打不开"},
		{"the clipboard", shot{}, clip("abc", nil), 3, ""},
		{"an empty clipboard", shot{}, clip("", nil), 0, "剪贴板里没有"},
		{"a clipboard that fails", shot{}, clip("", errors.New("no line")), 0, "剪贴板里没有"},
		{"no clipboard at all", shot{}, nil, 0, "剪贴板里没有"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := &fakeDoor{}
			e := errand{picture: &c.p}.do(t.Context(), withClipboard{d, c.clipboard})
			asked := d.heard()
			if (len(asked) > 0) != (c.bytes > 0) || len(asked) > 0 && len(asked[0].(string)) != len("picture ")+c.bytes {
				t.Errorf("the desk was asked %d times", len(asked))
			}
			s := folded(sees(online()))
			if e != nil {
				s, _ = s.after(e)
			}
			if (s.Trouble != nil) != (c.says != "") || s.Trouble != nil && (!strings.Contains(s.Trouble.Zh, c.says) || s.Trouble.En == "") {
				t.Errorf("it says %v, want %q", s.Trouble, c.says)
			}
		})
	}
	d := &fakeDoor{broken: &desk.Error{Status: 415, Text: voucher.Text{Zh: "只能收图片。", En: "Only pictures."}}}
	if e := (errand{picture: &shot{file: small}}).do(t.Context(), d); e.(untaken).what.say(e.(untaken).err).Zh != "只能收图片。" {
		t.Errorf("the desk's own sentence became %v", e)
	}
	d.broken = desk.ErrUnreachable
	if e := (errand{picture: &shot{file: small}}).do(t.Context(), d); !strings.Contains(e.(untaken).what.say(e.(untaken).err).Zh, "没有送到") {
		t.Errorf("of a desk that is gone it says %v", e)
	}
}
