package cashier

import (
	"context"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"fyne.io/fyne/v2"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
)

// shot is a picture that shows a voucher's code: a file, or what lies on the clipboard where file is empty. Whether it is a picture at all, and what it
// shows, is for the desk to say.
type shot struct {
	file string
	many bool // several were given at once; none is taken
}

// drop takes files that were dropped on the window. It is called on Fyne's thread.
func (f *face) drop(files []fyne.URI) {
	if len(files) > 0 {
		f.strike(given{file: files[0].Path(), many: len(files) > 1})
	}
}

// pictureEnds are the names of files that a paste is taken for; file managers put names on the clipboard.
var pictureEnds = []string{".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp"}

// pictureIn finds the paths or addresses of picture files in what was pasted.
func pictureIn(text string) (shot, bool) {
	var found []string
	for line := range strings.Lines(text) {
		if path := pathIn(strings.Trim(strings.TrimSpace(line), `"'`)); slices.Contains(pictureEnds, strings.ToLower(filepath.Ext(path))) {
			found = append(found, path)
		}
	}
	if len(found) == 0 {
		return shot{}, false
	}
	return shot{file: found[0], many: len(found) > 1}, true
}

// pathIn is the path that a line names, or empty.
func pathIn(line string) string {
	if u, err := url.Parse(line); err == nil && u.Scheme == "file" {
		return strings.TrimPrefix(filepath.FromSlash(u.Path), drive(u.Path))
	}
	if filepath.IsAbs(line) {
		return line
	}
	return ""
}

// drive is the slash before a drive's letter: file:///C:/... is C:\...
func drive(path string) string {
	if len(path) > 2 && path[2] == ':' {
		return string(filepath.Separator)
	}
	return ""
}

// give clears the window for a picture, as for a scan.
func (s State) give(p shot) State {
	if !s.hears() {
		return s
	}
	s = s.ready().leave()
	if p.many {
		s.Trouble = &say.onePicture
	}
	return s
}

// handing is the errand of a picture.
func (s State) handing(p shot) []deed {
	if !s.hears() || p.many {
		return nil
	}
	return []deed{errand{picture: &p}}
}

// withClipboard is the desk's door with the clipboard beside it, which is no business of the desk's.
type withClipboard struct {
	Door
	clipboard func(ctx context.Context) ([]byte, error)
}

// hand gives the picture to the desk. What cannot be read is said as the desk would say it.
func (p shot) hand(ctx context.Context, d Door) error {
	raw, err := p.read(ctx, d)
	if err != nil {
		return err
	}
	return d.Picture(ctx, raw)
}

func (p shot) read(ctx context.Context, d Door) ([]byte, error) {
	if p.file != "" {
		return readPicture(p.file)
	}
	h, ok := d.(withClipboard)
	if !ok || h.clipboard == nil {
		return nil, unread(say.noPicture)
	}
	raw, err := h.clipboard(ctx)
	if err != nil || len(raw) == 0 {
		return nil, unread(say.noPicture)
	}
	return raw, nil
}

// readPicture reads a file, one byte more at most than the desk takes: it then says itself that this is too much.
func readPicture(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, unread(say.badFile)
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, unread(say.badFile)
	}
	raw, err := io.ReadAll(io.LimitReader(f, desk.MaxPicture+1))
	if err != nil {
		return nil, unread(say.badFile)
	}
	return raw, nil
}

func unread(why voucher.Text) error { return &desk.Error{Text: why} }
