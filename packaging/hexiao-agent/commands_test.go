package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"hexiao/agent/desk"
	"hexiao/drivers/qrimage"
	"hexiao/hub/voucher"
)

var hanzi = regexp.MustCompile(`\p{Han}`)

// all names every command.
var all = [][]string{{}, {"enrol"}, {"run"}, {"redeem"}, {"void"}, {"decode"}, {"status"}, {"doctor"}, {"journal"},
	{"journal", "list"}, {"journal", "verify"}, {"journal", "export"}, {"shift"}, {"shift", "show"}, {"shift", "close"}, {"shift", "list"}, {"pin"}, {"version"}}

func TestHelpIsInTheLanguageOfThePerson(t *testing.T) {
	for _, command := range all {
		name := strings.Join(command, " ")
		en := do(t, append(slices.Clone(command), "--help")...)
		zh := doIn(t, "zh_CN.UTF-8", append(slices.Clone(command), "--help")...)
		if en.code != 0 || zh.code != 0 || en.err != "" || zh.err != "" {
			t.Errorf("%s: exit %d and %d: %s%s", name, en.code, zh.code, en.err, zh.err)
		}
		if name != "run" && hanzi.MatchString(en.out) { // which shows the settings file, that has both
			t.Errorf("%s in English: %s", name, en.out)
		}
		if !strings.Contains(zh.out, "用法：") || strings.Contains(zh.out, "Usage") || strings.Contains(zh.out, "this text") {
			t.Errorf("%s in Chinese: %s", name, zh.out)
		}
		for line := range strings.Lines(zh.out) {
			if strings.Contains(line, " --") && !strings.HasPrefix(line, "  hexiao-agent") && !hanzi.MatchString(line) {
				t.Errorf("%s in Chinese: %s", name, line)
			}
		}
	}
	if d := do(t, "--lang", "zh", "version", "--help"); !strings.Contains(d.out, "版本") {
		t.Errorf("--lang does not go before LANG: %s", d.out)
	}
}

func TestWrongUse(t *testing.T) {
	for _, c := range []struct {
		name   string
		args   []string
		en, zh string
	}{
		{"no such command", []string{"redeam"}, `no command "redeam"`, `没有 "redeam" 这个命令`},
		{"no such flag", []string{"status", "--dat", "x"}, "unknown flag: --dat", "没有这个选项：dat"},
		{"a flag without its value", []string{"status", "--data"}, "--data", "选项缺少值：data"},
		{"a language that is not spoken", []string{"--lang", "fr", "version"}, "zh or en", "zh 或 en"},
		{"no folder", []string{"status"}, "--data DIR is missing", "缺少 --data"},
		{"no code", []string{"redeem", "--data", "x", "--bill", "58"}, "CODE is missing", "缺少 CODE"},
		{"two codes", []string{"redeem", "--data", "x", "--bill", "58", "A", "B"}, `"B" is one argument too many`, `多余的参数 "B"`},
		{"no bill", []string{"redeem", "--data", "x", "A"}, "--bill YUAN is missing", "缺少 --bill"},
		{"a bill of nothing", []string{"redeem", "--data", "x", "--bill", "0", "A"}, "--bill 0: The amount must be more than 0", "必须大于 0"},
		{"a bill below zero", []string{"redeem", "--data", "x", "--bill", "-3", "A"}, "--bill -3: The amount must be more than 0", "必须大于 0"},
		{"a bill with the letter O", []string{"redeem", "--data", "x", "--bill", "5O", "A"}, "--bill 5O: This is not an amount", "这不是金额"},
		{"a bill with an exponent", []string{"redeem", "--data", "x", "--bill", "1e9", "A"}, "--bill 1e9: This is not an amount", "这不是金额"},
		{"a bill of more than a million", []string{"redeem", "--data", "x", "--bill", "1000000.01", "A"}, "1,000,000 yuan", "1000000 元"},
		{"a void of no redemption", []string{"void", "--data", "x", "42"}, "42 is no redemption ID", "42 不是核销编号"},
		{"a slip of no redemption", []string{"print", "--data", "x", "42"}, "42 is no redemption ID", "42 不是核销编号"},
		{"a slip of nothing", []string{"print", "--data", "x"}, "REDEMPTION-ID is missing", "缺少核销编号"},
		{"a test page of a redemption", []string{"print", "--data", "x", "--test", "T000001-1-42"}, "takes no redemption ID", "不要再写核销编号"},
		{"a test page on no printer", []string{"print", "--data", "x", "--test"}, "has no [printer]", "没有 [printer]"},
		{"a close of no shift", []string{"shift", "close", "--data", "x", "first"}, "first is no number of a shift", "first 不是班次号"},
		{"a close of number 0", []string{"shift", "close", "--data", "x", "0"}, "0 is no number of a shift", "0 不是班次号"},
		{"a close of two shifts", []string{"shift", "close", "--data", "x", "1", "2"}, `"2" is one argument too many`, `多余的参数 "2"`},
		{"no such command of shifts", []string{"shift", "open"}, `no command "open"`, `没有 "open" 这个命令`},
		{"no folder of shifts", []string{"shift", "show"}, "--data DIR is missing", "缺少 --data"},
		{"a PIN as an argument, where others may read it", []string{"pin", "--data", "x", "271828"}, `one argument too many`, `多余的参数`},
		{"no picture", []string{"decode"}, "PICTURE is missing", "缺少 PICTURE"},
		{"enrolment without a hub", []string{"enrol", "--data", "x", "--token", "y"}, "--hub URL is missing", "缺少 --hub"},
		{"enrolment without a token", []string{"enrol", "--data", "x", "--hub", "https://x"}, "--token TOKEN is missing", "缺少 --token"},
	} {
		t.Run(c.name, func(t *testing.T) {
			do(t, c.args...).want(t, 2, c.en)
			doIn(t, "zh_CN.UTF-8", c.args...).want(t, 2, c.zh)
		})
	}
}

func TestCommandsThatNeedAnAgentSaySo(t *testing.T) {
	dir, _ := enrolled(t)
	do(t, "redeem", "--data", dir, "--bill", "58", code(1)).want(t, 1, "start it first")
	do(t, "void", "--data", dir, "T000001-1-1").want(t, 1, "start it first")
	do(t, "print", "--data", dir, "T000001-1-1").want(t, 1, "start it first")
	for _, what := range []string{"show", "close", "list"} {
		do(t, "shift", what, "--data", dir).want(t, 1, "start it first")
	}
	if err := desk.Publish(dir, "http://127.0.0.1:1"); err != nil { // as a killed agent leaves it
		t.Fatal(err)
	}
	if _, err := desk.Token(dir); err != nil {
		t.Fatal(err)
	}
	do(t, "redeem", "--data", dir, "--bill", "58", code(1)).want(t, 1, "start it first")
	do(t, "status", "--data", dir).want(t, 0, "not running")
}

func TestEnrolment(t *testing.T) {
	dir, h := enrolled(t)
	do(t, "enrol", "--hub", h.URL, "--token", h.token(), "--data", dir).want(t, 1, "already enrolled")
	other := newHub(t)
	d := do(t, "enrol", "--hub", h.URL, "--token", other.token(), "--data", t.TempDir()).want(t, 1, "another hub")
	if strings.Contains(d.err, other.token()) {
		t.Error("the token stands in the error")
	}
	do(t, "enrol", "--hub", h.URL, "--token", "hxt1.nonsense", "--data", t.TempDir()).want(t, 1, "token")
	do(t, "enrol", "--hub", h.URL, "--token", "-", "--data", t.TempDir()).want(t, 1, "no token on standard input")
	if info, err := os.Stat(filepath.Join(dir, "device.key")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
}

func TestFoldersThatAreNotEnrolled(t *testing.T) {
	for _, command := range []string{"run", "status"} {
		do(t, command, "--data", t.TempDir()).want(t, 1, "not enrolled")
		doIn(t, "zh_CN.UTF-8", command, "--data", t.TempDir()).want(t, 1, "尚未入网")
	}
}

func TestDecode(t *testing.T) {
	dir := t.TempDir()
	picture, nothing := filepath.Join(dir, "voucher.png"), filepath.Join(dir, "empty.png")
	png, err := qrimage.PNG(code(1), 4)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(picture, png, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(nothing, []byte("no picture"), 0o600); err != nil {
		t.Fatal(err)
	}
	d := do(t, "decode", picture, nothing, filepath.Join(dir, "missing.png"), picture).want(t, 1, "2 of the pictures")
	lines := strings.Split(strings.TrimSpace(d.out), "\n")
	if len(lines) != 2 || !strings.Contains(d.err, "empty.png") || !strings.Contains(d.err, "missing.png") {
		t.Fatalf("%q\n%s", lines, d.err)
	}
	var got struct {
		File  string
		Texts []string
	}
	if err := json.Unmarshal([]byte(lines[0]), &got); err != nil || got.File != picture || !slices.Equal(got.Texts, []string{code(1)}) {
		t.Errorf("%s, %v", lines[0], err)
	}
	do(t, "decode", picture).want(t, 0, "")
}

func TestVersion(t *testing.T) {
	do(t, "version").want(t, 0, "hexiao-agent unknown")
	do(t, "version", "--json").want(t, 0, `"version":"unknown"`)
}

func TestAnswersHaveTheirExitCodes(t *testing.T) {
	for _, c := range []struct {
		answer voucher.Answer
		code   int
		title  string
	}{
		{voucher.Final, 0, "Redeemed"}, {voucher.Provisional, 3, "Accepted offline"}, {voucher.Refused, 4, "Not redeemed"}, {voucher.ScanAgain, 5, "Scan again"},
	} {
		dir := atDesk(t, desk.Answer{Answer: c.answer, Redemption: "T000001-1-1", Bill: 58_00})
		d := do(t, "redeem", "--data", dir, "--bill", "58", "X").want(t, c.code, c.title)
		if d.err != "" {
			t.Errorf("%s: %s", c.answer, d.err)
		}
		var a desk.Answer
		if d := do(t, "redeem", "--data", dir, "--bill", "58.00", "--order", "A-1", "--json", "X"); json.Unmarshal([]byte(d.out), &a) != nil || a.Answer != c.answer || d.code != c.code || a.Order != "A-1" {
			t.Errorf("%s: exit %d, %s", c.answer, d.code, d.out)
		}
		if c.answer != voucher.ScanAgain {
			do(t, "void", "--data", dir, "T000001-1-1").want(t, c.code, "T000001-1-1")
		}
	}
}
