package cashier

import (
	"strings"

	"fyne.io/fyne/v2"

	"hexiao/hub/voucher"
	"hexiao/ui"
)

// longestPaste bounds what is looked at: a voucher's code has about 200 characters.
const longestPaste = 4096

// TypedShortcut implements fyne.Shortcutable: Ctrl+V and Shift+Insert. All others mean nothing here, and neither does a
// click with the middle button.
func (f *face) TypedShortcut(s fyne.Shortcut) {
	p, ok := s.(*fyne.ShortcutPaste)
	if !ok || p.Clipboard == nil {
		return
	}
	text := p.Clipboard.Content() // empty where there is a picture
	if strings.TrimSpace(text) == "" && f.pictured {
		f.strike(given{})
		return
	}
	f.strike(pasted(text[:min(len(text), longestPaste)]))
}

// codeIn finds a voucher's code in what was pasted. Other codes are not looked for: a long number might as well be an
// amount, or somebody's telephone.
func codeIn(text string) (string, bool) {
	code := strings.TrimSpace(narrowAll(text))
	if len(code) < 16 || !strings.EqualFold(code[:2], "HX") || strings.ContainsAny(code, " \t\r\n") {
		return "", false
	}
	return code, true
}

// hears tells whether a scan can go to the desk.
func (s State) hears() bool { return s.Heard && !s.Away() }

// paste takes a whole amount in yuan, a voucher's code as a scan, or the path of a picture. Anything else is said to be neither; nothing of it is
// taken. In the pages' fields nothing can be pasted: a PIN that lies in the clipboard is no secret.
func (s State) paste(text string) State {
	if !s.hears() {
		return s
	}
	if s.writing() {
		return s.writeAll(text)
	}
	if _, ok := codeIn(text); ok {
		return s.forSale()
	}
	if p, ok := pictureIn(text); ok {
		return s.give(p)
	}
	if s.Shown == nil && (s.Page == ListPage || s.Page == PINPage || s.Page == GuidePage) {
		return s
	}
	s = s.ready().leave()
	amount := strings.TrimPrefix(strings.TrimSpace(narrowAll(text)), "¥")
	if _, err := voucher.ParseYuan(amount); err != nil {
		t := ui.Amount(err)
		s.Trouble = &t
		return s
	}
	whole, part, pointed := strings.Cut(amount, ".")
	whole = strings.TrimLeft(whole, "0")
	if whole == "" {
		whole = "0"
	}
	if pointed {
		whole += "." + part
	}
	s.Entry = Entry{Text: whole, Own: true}
	return s
}

func narrowAll(text string) string { return strings.Map(voucher.Narrow, text) }
