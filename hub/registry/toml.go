package registry

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// document is a TOML file: what it says, and in which line. The decoder gives the values and refuses what TOML refuses;
// the parser below it tells the lines, which the decoder forgets.
type document struct {
	findings
	lines map[string]int  // of a key or header, by its path, such as "phase[2].end"; nothing deeper than two names
	named map[string]bool // paths that a problem has been found with
}

// Both are far above any campaign (the seed's has 5 KB and 137 lines); a boundary of 10,000 corners fits. Lines and
// keys are bounded too because the decoder compares each key with all others of its table: 100,000 took it 17 s, 20,000
// take it 0.7 s (measured 2026-11-22 on go-toml 2.4.3).
const (
	maxCampaignFile = 1 << 20 // bytes
	maxCampaignKeys = 20_000  // keys and lines together
)

func readDocument(name string, data []byte) (*document, map[string]any, error) {
	if len(data) > maxCampaignFile {
		return nil, nil, refused(name, 0, "文件超过 1 MiB，不是活动文件", "the file is larger than 1 MiB; that is no campaign")
	}
	if bytes.Count(data, []byte("="))+bytes.Count(data, []byte("\n")) > maxCampaignKeys {
		return nil, nil, refused(name, 0, "文件的行和键过多，不是活动文件", "the file has too many lines and keys; that is no campaign")
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff")) // Windows' editor puts it in front
	var top map[string]any
	if err := toml.Unmarshal(data, &top); err != nil {
		return nil, nil, syntaxError(name, err)
	}
	d := &document{findings: findings{file: name}, lines: map[string]int{}, named: map[string]bool{}}
	d.index(data)
	return d, top, nil
}

func syntaxError(name string, err error) error {
	line := 0
	var at *toml.DecodeError
	if errors.As(err, &at) {
		line, _ = at.Position()
	}
	what := strings.TrimPrefix(err.Error(), "toml: ")
	return refused(name, line, "TOML 语法错误："+what, "not valid TOML: "+what)
}

// index notes the line of every key and header. What is asked for is two names deep, so deeper ones count as their
// second; a key of a hundred thousand names then costs no more than another.
func (d *document) index(data []byte) {
	ends := lineEnds(data)
	counts := map[string]int{}
	prefix := ""
	p := &unstable.Parser{}
	for p.Reset(data); p.NextExpression(); {
		n := p.Expression()
		path, offset := keyPath(n.Key(), "", counts)
		switch n.Kind {
		case unstable.Table:
			prefix = path
			d.note(path, offset, ends)
		case unstable.ArrayTable:
			counts[path]++
			prefix = fmt.Sprintf("%s[%d]", path, counts[path])
			d.note(path, offset, ends)
			d.note(prefix, offset, ends)
		case unstable.KeyValue:
			d.indexValue(n, prefix, counts, ends)
		}
	}
}

// indexValue notes a key and, where its value is a table or tables, the keys inside.
func (d *document) indexValue(n *unstable.Node, prefix string, counts map[string]int, ends []int) {
	path, offset := keyPath(n.Key(), prefix, counts)
	d.note(path, offset, ends)
	if strings.Contains(path, ".") {
		return
	}
	switch v := n.Value(); v.Kind {
	case unstable.InlineTable:
		d.indexInline(v, path, counts, ends)
	case unstable.Array:
		no := 0
		for it := v.Children(); it.Next(); {
			if no++; it.Node().Kind == unstable.InlineTable {
				d.indexInline(it.Node(), fmt.Sprintf("%s[%d]", path, no), counts, ends)
			}
		}
	}
}

func (d *document) indexInline(table *unstable.Node, path string, counts map[string]int, ends []int) {
	d.note(path, table.Raw.Offset, ends)
	for it := table.Children(); it.Next(); {
		if it.Node().Kind == unstable.KeyValue {
			d.indexValue(it.Node(), path, counts, ends)
		}
	}
}

// keyPath joins a key's names behind a prefix, two deep at most, and gives the offset of the first. A table that has
// stood in double brackets is its last element.
func keyPath(names unstable.Iterator, prefix string, counts map[string]int) (path string, offset uint32) {
	path = prefix
	first, deep := true, prefix != ""
	for names.Next() {
		n := names.Node()
		if first {
			offset, first = n.Raw.Offset, false
		}
		switch {
		case path == "":
			path = string(n.Data)
		case !strings.Contains(path, "."):
			if c := counts[path]; c > 0 && !deep {
				path = fmt.Sprintf("%s[%d]", path, c)
			}
			path += "." + string(n.Data)
		}
	}
	return path, offset
}

// note keeps the first line a path is seen in.
func (d *document) note(path string, offset uint32, ends []int) {
	if _, known := d.lines[path]; !known {
		d.lines[path] = sort.SearchInts(ends, int(offset)) + 1
	}
}

func lineEnds(data []byte) []int {
	var ends []int
	for i, c := range data {
		if c == '\n' {
			ends = append(ends, i)
		}
	}
	return ends
}

// line of a path; of a key that is missing, the line of the table it is missing in.
func (d *document) line(path string) int {
	for {
		for _, p := range []string{path, path + "_zh", path + "_en"} {
			if n, known := d.lines[p]; known {
				return n
			}
		}
		at := strings.LastIndexAny(path, ".[")
		if at < 0 {
			return 1
		}
		path = path[:at]
	}
}

// told tells whether a problem has been found with a path or with what it lies in, so that a missing end is not also
// called an end before its start.
func (d *document) told(path string) bool {
	for !d.named[path] {
		at := strings.LastIndexAny(path, ".[")
		if at < 0 {
			return false
		}
		path = path[:at]
	}
	return true
}

// problem says what is wrong with the key of a path.
func (d *document) problem(path, zh, en string) {
	d.named[path] = true
	d.add(d.line(path), "", zh, en)
}

// table is one table of a document while it is read.
type table struct {
	*document
	path   string
	values map[string]any
	asked  []string // every key that this table may have
}

func (t *table) at(key string) string {
	if t.path == "" {
		return key
	}
	return t.path + "." + key
}

// get notes that the key may stand here, and gives its value.
func (t *table) get(key string, must bool) (any, bool) {
	t.asked = append(t.asked, key)
	v, there := t.values[key]
	if must && !there {
		t.problem(t.at(key), "缺少 "+key, key+" is missing")
	}
	return v, there
}

// wrong says that a value is not of the form its key wants.
func (t *table) wrong(key, zh, en string) { t.problem(t.at(key), key+" "+zh, key+" "+en) }

// rest names the keys that nobody asked for, and with them those that may stand here.
func (t *table) rest() {
	slices.Sort(t.asked)
	for _, key := range slices.Sorted(maps.Keys(t.values)) {
		if !slices.Contains(t.asked, key) {
			t.problem(t.at(key), fmt.Sprintf("不认识的键 %s；此处可用：%s", quote(key), strings.Join(t.asked, "、")),
				fmt.Sprintf("unknown key %s; known here are %s", quote(key), strings.Join(t.asked, ", ")))
		}
	}
}

// inner gives the table of a key. When there is none that has been named, and ok is false.
func (t *table) inner(key string) (in *table, ok bool) {
	v, there := t.get(key, true)
	values, ok := v.(map[string]any)
	if there && !ok {
		t.wrong(key, fmt.Sprintf("须为表，写作 [%s]", key), fmt.Sprintf("is a table, written [%s]", key))
	}
	return &table{document: t.document, path: t.at(key), values: values}, ok
}

// inners gives the tables of a key written in double brackets.
func (t *table) inners(key string, must bool) []*table {
	v, there := t.get(key, must)
	list, ok := v.([]any)
	var all []*table
	for i, v := range list {
		values, isTable := v.(map[string]any)
		ok = ok && isTable
		all = append(all, &table{document: t.document, path: fmt.Sprintf("%s[%d]", t.at(key), i+1), values: values})
	}
	if there && !ok {
		t.wrong(key, fmt.Sprintf("须为表的列表，每个写作 [[%s]]", key), fmt.Sprintf("is a list of tables, each written [[%s]]", key))
		return nil
	}
	return all
}
