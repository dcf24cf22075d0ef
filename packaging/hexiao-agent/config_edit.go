package main

import (
	"bytes"
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// table is one section of the settings file as it should be: its keys in the order in which they are written.
type table struct {
	name string
	keys []keyValue
}

type keyValue struct{ key, value string } // the value as TOML writes it; "": the key is left out

// header is the section's first line; scanners are a list.
func (t table) header() string {
	if t.name == "scanner" {
		return "[[scanner]]"
	}
	return "[" + t.name + "]"
}

// text is the section written anew.
func (t table) text() string {
	lines := t.header() + "\n"
	for _, k := range t.keys {
		if k.value != "" {
			lines += k.key + " = " + k.value + "\n"
		}
	}
	return lines
}

// tables are the devices' sections.
func (c config) tables() []table {
	var all []table
	for _, s := range c.Scanners {
		all = append(all, table{"scanner", []keyValue{written("kind", s.Kind), written("path", s.Path), written("mode", s.Mode), written("name", s.Name)}})
	}
	if p := c.PassOn; p != nil {
		all = append(all, table{"pass_on", []keyValue{written("to", p.To), written("mode", p.Mode), written("end", p.End)}})
	}
	if d := c.Display; d != nil {
		all = append(all, table{"display", []keyValue{written("from", d.From), written("to", d.To), written("mode", d.Mode), written("kind", d.Kind), written("show", d.Show)}})
	}
	if p := c.Printer; p != nil {
		all = append(all, table{"printer", []keyValue{written("to", p.To), written("mode", p.Mode), written("width", p.Width), written("lang", p.Lang), written("each", p.Each)}})
	}
	return all
}

// written is a key with its value; a zero value is left out, which means the same (see config).
func written[V comparable](key string, value V) keyValue {
	if value == *new(V) {
		return keyValue{key, ""}
	}
	line, err := toml.Marshal(map[string]V{key: value})
	if err != nil {
		panic(err) // text, numbers and truth can be written
	}
	_, text, _ := strings.Cut(strings.TrimSpace(string(line)), "= ")
	return keyValue{key, text}
}

// block is one section of a file: its place, and its keys'.
type block struct {
	name string
	lead int // where the comments right above the header begin
	head int // behind the header's line
	last int // behind the line of its last key, or of the header
	keys map[string]span
}

type span struct{ from, to int } // of a key and its value

// blocks finds the sections of a TOML text.
func blocks(raw []byte) (all []*block, err error) {
	var p unstable.Parser
	p.Reset(raw)
	for p.NextExpression() {
		e := p.Expression()
		if e.Kind == unstable.KeyValue {
			if len(all) > 0 {
				at := span{int(e.Raw.Offset), int(e.Raw.Offset + e.Raw.Length)}
				here := all[len(all)-1]
				here.keys[keyOf(e)], here.last = at, lineEnd(raw, at.to)
			}
			continue
		}
		first := int(e.Child().Raw.Offset)
		b := &block{name: keyOf(e), head: lineEnd(raw, first), keys: map[string]span{}}
		b.lead, b.last = commentsAbove(raw, lineStart(raw, first)), b.head
		all = append(all, b)
	}
	return all, p.Error()
}

func keyOf(e *unstable.Node) string {
	var parts []string
	for it := e.Key(); it.Next(); {
		parts = append(parts, string(it.Node().Data))
	}
	return strings.Join(parts, ".")
}

func lineStart(raw []byte, at int) int { return bytes.LastIndexByte(raw[:at], '\n') + 1 }

func lineEnd(raw []byte, at int) int {
	if i := bytes.IndexByte(raw[at:], '\n'); i >= 0 {
		return at + i + 1
	}
	return len(raw)
}

// commentsAbove goes up over lines that are comments only.
func commentsAbove(raw []byte, at int) int {
	for at > 0 {
		above := lineStart(raw, at-1)
		if !bytes.HasPrefix(bytes.TrimLeft(raw[above:at], " \t"), []byte("#")) {
			break
		}
		at = above
	}
	return at
}

// patch is one change of a text.
type patch struct {
	span
	text string
}

var errOtherShape = errors.New("the devices are written in a shape that is not edited")

// edit changes the devices' sections of a settings file from what they are to what they should be, and leaves every other
// byte as it was: comments, order, spaces. A file that writes devices as inline tables or dotted keys is errOtherShape.
func edit(file []byte, have, want config) ([]byte, error) {
	raw := bytes.TrimPrefix(file, mark)
	found, err := blocks(raw)
	if err != nil {
		return nil, err
	}
	old := have.tables()
	paired := pairs(have, want)
	var patches []patch
	end := map[string]int{} // where another section of that name goes
	for _, b := range found {
		if !slices.ContainsFunc(old, func(t table) bool { return t.name == b.name }) {
			continue
		}
		i := slices.IndexFunc(old, func(t table) bool { return t.name == b.name })
		was := old[i]
		old = slices.Delete(old, i, i+1)
		if next := paired.take(b.name, was); next != nil {
			patches = append(patches, b.change(raw, was, *next)...)
		} else {
			patches = append(patches, patch{span{b.lead, b.last}, ""})
		}
		end[b.name] = b.last
	}
	if len(old) > 0 {
		return nil, errOtherShape
	}
	for _, t := range paired.rest() {
		at, some := end[t.name]
		if !some {
			at = len(raw)
		}
		patches = append(patches, patch{span{at, at}, "\n" + t.text()})
	}
	return slices.Concat(file[:len(file)-len(raw)], apply(raw, patches)), nil
}

// change edits the keys of one section.
func (b *block) change(raw []byte, was, next table) (all []patch) {
	added := ""
	for i, k := range next.keys {
		at, there := b.keys[k.key]
		switch {
		case k.value == was.keys[i].value:
		case k.value == "":
			all = append(all, patch{span{lineStart(raw, at.from), lineEnd(raw, at.to)}, ""})
		case there:
			all = append(all, patch{at, k.key + " = " + k.value})
		default:
			added += k.key + " = " + k.value + "\n"
		}
	}
	if added != "" {
		all = append(all, patch{span{b.last, b.last}, added})
	}
	return all
}

// apply makes the changes, from the last to the first. What is put behind a last line without an end gets one before it.
func apply(raw []byte, patches []patch) []byte {
	slices.SortStableFunc(patches, func(a, b patch) int { return cmp.Compare(a.from, b.from) })
	var out bytes.Buffer
	at := 0
	for _, p := range patches {
		out.Write(raw[at:p.from])
		if p.from == p.to && out.Len() > 0 && !bytes.HasSuffix(out.Bytes(), []byte("\n")) {
			out.WriteByte('\n')
		}
		out.WriteString(p.text)
		at = p.to
	}
	out.Write(raw[at:])
	return out.Bytes()
}

// pairing is what becomes of each section.
type pairing struct {
	next map[string][]*table // of a section's text as it was
	all  []*table
	used map[*table]bool
}

// pairs finds for each section that is there the one that it becomes. Scanners are the same when their names are, or
// else their paths: a scanner that is renamed or has moved keeps its comments.
func pairs(have, want config) pairing {
	p := pairing{next: map[string][]*table{}, used: map[*table]bool{}}
	for _, t := range want.tables() {
		p.all = append(p.all, &t)
	}
	taken := map[int]bool{}
	partner := map[int]int{}
	for _, same := range []func(a, b scanner) bool{
		func(a, b scanner) bool { return a == b },
		func(a, b scanner) bool { return or(a.Name, a.Path) == or(b.Name, b.Path) },
		func(a, b scanner) bool { return a.Path == b.Path },
	} {
		for i, a := range have.Scanners {
			for j, b := range want.Scanners {
				if _, has := partner[i]; !has && !taken[j] && same(a, b) {
					partner[i], taken[j] = j, true
				}
			}
		}
	}
	for i, t := range have.tables() {
		if i < len(have.Scanners) {
			var next *table
			if j, has := partner[i]; has {
				next = p.all[j] // scanners come first in tables
			}
			p.next[t.text()] = append(p.next[t.text()], next)
		}
	}
	return p
}

// take gives what a section becomes; nil when it goes.
func (p pairing) take(name string, was table) *table {
	var next *table
	if name == "scanner" {
		queue := p.next[was.text()]
		next, p.next[was.text()] = queue[0], queue[1:]
	} else if i := slices.IndexFunc(p.all, func(t *table) bool { return t.name == name }); i >= 0 {
		next = p.all[i]
	}
	if next != nil {
		p.used[next] = true
	}
	return next
}

// rest are the sections that are new.
func (p pairing) rest() (all []*table) {
	for _, t := range p.all {
		if !p.used[t] {
			all = append(all, t)
		}
	}
	return all
}
