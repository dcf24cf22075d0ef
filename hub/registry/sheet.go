package registry

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// readCSV's lines are those of the file, as an editor shows them: a quoted cell may have several.
func (l *list) readCSV(data []byte) error {
	text, err := l.decode(data)
	if err != nil {
		return err
	}
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord, r.ReuseRecord = -1, true
	for {
		cells, err := r.Read()
		var at *csv.ParseError
		switch {
		case err == io.EOF:
			return nil
		case errors.As(err, &at):
			l.add(at.Line, "", "引号不成对，从第 "+fmt.Sprint(at.StartLine)+" 行开始", fmt.Sprintf("the quotation marks do not match, in the row that begins in line %d", at.StartLine))
			return nil
		case err != nil:
			return fmt.Errorf("read %s: %w", l.file, err)
		}
		if line, _ := r.FieldPos(0); !l.take(line, cells) {
			return nil
		}
	}
}

// decode makes UTF-8 of a file. Chinese spreadsheets write GB18030 or its subset GBK unless told otherwise.
func (l *list) decode(data []byte) (string, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if bytes.IndexByte(data, 0) >= 0 {
		return "", refused(l.file, 0, "不是 CSV 文本；请另存为“CSV UTF-8”或 .xlsx", "this is no CSV; save it as \"CSV UTF-8\" or .xlsx")
	}
	if utf8.Valid(data) {
		return string(data), nil
	}
	text, err := simplifiedchinese.GB18030.NewDecoder().Bytes(data)
	if err != nil || bytes.ContainsRune(text, utf8.RuneError) {
		return "", refused(l.file, 0, "编码既不是 UTF-8 也不是 GB18030；请另存为“CSV UTF-8”", "the text is neither UTF-8 nor GB18030; save it as \"CSV UTF-8\"")
	}
	return string(text), nil
}

// Limits of a workbook, unpacked. 100,000 merchants make about 60 MB; a packed file of 10 MiB can hold a thousand times
// its size. What is larger than maxSheetMemory goes through temporary files.
const (
	maxUnpacked    = 128 << 20
	maxSheetMemory = 16 << 20
	maxParts       = 1000
	maxSheetWidth  = 256 // cells in a row; a list has ten
)

func (l *list) badWorkbook() error {
	return refused(l.file, 0, "工作簿已损坏或过大；请在表格软件中打开后重新另存为 .xlsx", "the workbook is damaged or too large; open it in a spreadsheet program and save it again as .xlsx")
}

// readXLSX's lines are the sheet's rows.
func (l *list) readXLSX(data []byte) (err error) {
	if !soundWorkbook(data) {
		return l.badWorkbook()
	}
	limits := excelize.Options{UnzipSizeLimit: maxUnpacked, UnzipXMLSizeLimit: maxSheetMemory}
	book, err := excelize.OpenReader(bytes.NewReader(data), limits)
	if err != nil {
		return l.badWorkbook()
	}
	defer closing(&err, book) // takes the temporary files away
	sheets := book.GetSheetList()
	if len(sheets) == 0 {
		return l.badWorkbook()
	}
	shown, err := book.Rows(sheets[0])
	if err != nil {
		return l.badWorkbook()
	}
	defer closing(&err, shown)
	exact, err := book.Rows(sheets[0])
	if err != nil {
		return l.badWorkbook()
	}
	defer closing(&err, exact)
	return l.readRows(shown, exact)
}

// readRows reads each row twice: as the sheet shows it, because a code "0007" and an hour "7:00" are numbers underneath,
// and as it is stored, because a latitude may be shown with fewer decimals than it has.
func (l *list) readRows(shown, exact *excelize.Rows) error {
	for line := 1; shown.Next() && exact.Next(); line++ {
		cells, err := shown.Columns()
		stored, err2 := exact.Columns(excelize.Options{RawCellValue: true})
		if err != nil || err2 != nil || len(cells) > maxSheetWidth {
			return l.badWorkbook()
		}
		for _, column := range []string{"lat", "lon"} {
			if at, there := l.place[column]; there && at < min(len(cells), len(stored)) {
				cells[at] = stored[at]
			}
		}
		if !l.take(line, cells) {
			return nil
		}
	}
	if shown.Error() != nil {
		return l.badWorkbook()
	}
	return nil
}

// closing closes at the end of a function, and is its error when there is no other.
func closing(err *error, c io.Closer) {
	if failed := c.Close(); *err == nil {
		*err = failed
	}
}

// soundWorkbook looks at a workbook before excelize does: that what it unpacks to is bounded (sizes that lie about
// themselves are noticed by the unpacking), and that its sheets are well-formed. excelize takes the first thing it
// cannot read for the end of a sheet, and the rows behind it would be missing without a word.
func soundWorkbook(data []byte) bool {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil || len(z.File) > maxParts {
		return false
	}
	var unpacked uint64
	for _, part := range z.File {
		if part.UncompressedSize64 > maxUnpacked {
			return false
		}
		unpacked += part.UncompressedSize64
	}
	if unpacked > maxUnpacked {
		return false
	}
	for _, part := range z.File {
		name := strings.ToLower(strings.ReplaceAll(part.Name, `\`, "/"))
		if strings.HasPrefix(name, "xl/worksheets/") && strings.HasSuffix(name, ".xml") || name == "xl/sharedstrings.xml" {
			if !wellFormed(part) {
				return false
			}
		}
	}
	return true
}

func wellFormed(part *zip.File) bool {
	r, err := part.Open()
	if err != nil {
		return false
	}
	defer r.Close()
	for d := xml.NewDecoder(r); ; {
		if _, err := d.Token(); err != nil {
			return err == io.EOF
		}
	}
}
