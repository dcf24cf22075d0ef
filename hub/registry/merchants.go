package registry

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"

	"hexiao/hub/voucher"
)

// Limits of a list of merchants. A county has some hundreds of shops; a list beyond these is some other file.
const (
	MaxListBytes = 10 << 20
	MaxListRows  = 100_000
)

// columns of a list of merchants, DESIGN section 7.
var columns = []string{"code", "name", "trade", "township", "uscc", "lat", "lon", "open", "close", "status"}

// ReadMerchants reads a list of merchants as a spreadsheet writes it, told by its content: CSV (UTF-8 with or without a
// byte order mark, or GB18030) or the first sheet of an XLSX workbook. name is what the file is called in problems. The
// first row that is not empty names the columns, in any order; rows without any text are passed over. The list is taken
// whole or not at all: every problem is listed with its line (row) and column in a *FileError.
//
// Merchants are given in the order of the list; an applied one is on record and cannot redeem yet. An XLSX of more than
// 16 MiB unpacked goes through the system's folder for temporary files.
func ReadMerchants(name string, data []byte) ([]voucher.Merchant, error) {
	if len(data) > MaxListBytes {
		return nil, refused(name, 0, "文件超过 10 MiB，不是商户名单", "the file is larger than 10 MiB; that is no list of merchants")
	}
	l := &list{findings: findings{file: name}, lineOf: map[voucher.MerchantID]int{}}
	read := l.readCSV
	switch {
	case bytes.HasPrefix(data, []byte("PK\x03\x04")):
		read = l.readXLSX
	case bytes.HasPrefix(data, []byte("\xd0\xcf\x11\xe0")):
		return nil, refused(name, 0, "旧版 .xls 或加密的工作簿；请另存为不加密的 .xlsx 或 CSV", "an old .xls or a workbook with a password; save it as .xlsx or CSV without one")
	}
	if err := read(data); err != nil {
		return nil, err
	}
	return l.whole()
}

// list is a list of merchants while it is read.
type list struct {
	findings
	place     map[string]int // where each column stands; nil before the header
	width     int
	merchants []voucher.Merchant
	lineOf    map[voucher.MerchantID]int
}

// whole is the list, if nothing in it is wrong.
func (l *list) whole() ([]voucher.Merchant, error) {
	if len(l.merchants) == 0 && len(l.found) == 0 {
		l.add(0, "", "名单中没有商户", "there is no merchant in the list")
	}
	if err := l.err(); err != nil {
		return nil, err
	}
	return l.merchants, nil
}

// take reads one row. It tells whether more rows are wanted.
func (l *list) take(line int, cells []string) (more bool) {
	blank := true
	for i, c := range cells {
		cells[i] = strings.TrimFunc(c, unicode.IsSpace)
		blank = blank && cells[i] == ""
	}
	switch {
	case blank:
	case l.place == nil:
		return l.header(line, cells)
	case len(l.merchants) == MaxListRows:
		l.add(line, "", fmt.Sprintf("名单超过 %d 行", MaxListRows), fmt.Sprintf("the list has more than %d rows", MaxListRows))
		return false
	default:
		l.row(line, cells)
	}
	return true
}

// header finds out where each column stands. A list with a wrong header is not read on.
func (l *list) header(line int, cells []string) (more bool) {
	l.place, l.width = map[string]int{}, len(cells)
	for i, c := range cells {
		name := strings.ToLower(c)
		_, twice := l.place[name]
		switch {
		case c == "":
		case !known(name):
			l.add(line, letter(i), fmt.Sprintf("不认识的列 %s；可用的列：%s", quote(c), strings.Join(columns, "、")),
				fmt.Sprintf("unknown column %s; the columns are %s", quote(c), strings.Join(columns, ", ")))
		case twice:
			l.add(line, letter(i), "重复的列 "+name, "the column "+name+" stands here a second time")
		default:
			l.place[name] = i
		}
	}
	for _, name := range columns {
		if _, there := l.place[name]; !there {
			l.add(line, "", "首行缺少列 "+name, "the first row has no column "+name)
		}
	}
	return len(l.found) == 0
}

func known(name string) bool {
	for _, c := range columns {
		if c == name {
			return true
		}
	}
	return false
}

// letter is what a spreadsheet calls a column: A, B, ... Z, AA.
func letter(i int) string {
	if i >= 26 {
		return letter(i/26-1) + letter(i%26)
	}
	return string(rune('A' + i))
}

// row is one row of a list.
type row struct {
	*list
	line  int
	cells []string
}

func (r row) cell(column string) string {
	if at := r.place[column]; at < len(r.cells) {
		return r.cells[at]
	}
	return ""
}

// bad says what is wrong with a cell.
func (r row) bad(column, zh, en string) {
	r.add(r.line, fmt.Sprintf("%s (%s)", letter(r.place[column]), column), zh, en)
}

func (l *list) row(line int, cells []string) {
	r := row{l, line, cells}
	for i := range cells {
		if cells[i] != "" && (i >= l.width || !l.named(i)) {
			r.add(line, letter(i), "此列没有列名", "there is no name above this column")
		}
	}
	m := r.merchant()
	if first, twice := l.lineOf[m.Code]; twice {
		r.bad("code", fmt.Sprintf("编号 %s 与第 %d 行重复", m.Code, first), fmt.Sprintf("%s stands in line %d already", m.Code, first))
	}
	if m.Code != "" {
		l.lineOf[m.Code] = line
	}
	l.merchants = append(l.merchants, m)
}

// named tells whether a column has a name above it.
func (l *list) named(i int) bool {
	for _, at := range l.place {
		if at == i {
			return true
		}
	}
	return false
}
