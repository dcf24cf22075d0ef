package office

import (
	"archive/zip"
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"hexiao/hub/cashout"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// Checked is a pack that was found good, and what that means.
type Checked struct {
	Manifest
	Trusted     bool     `json:"key_was_given"` // whether the key came from outside the pack
	Redemptions int      `json:"redemptions"`
	Score       float64  `json:"score"`
	Rules       string   `json:"rules"`
	Recounted   []string `json:"recounted"`     // signals whose counts follow from the rows
	Others      []string `json:"not_recounted"` // signals of the explanation that need the whole stream
}

// CheckEvidence looks whether a pack is whole and as the hub signed it, and whether its explanation fits its rows: every
// voucher that it names is among them, and the counts of those signals that one merchant's rows decide come out the same.
// Nil for a key takes the one that the pack names, which shows that the pack is whole but not whose it is. Errors are
// *Refusal.
func CheckEvidence(pack []byte, key ed25519.PublicKey) (Checked, error) {
	files, err := readZip(pack)
	if err != nil {
		return Checked{}, err
	}
	done := Checked{Trusted: key != nil}
	if err := done.signature(files, key); err != nil {
		return Checked{}, err
	}
	return done, done.explanation(files)
}

// unsound is the answer for a pack that is not as it was signed.
func unsound(zh, en string, args ...any) error {
	return refuse("evidence", "证据包不可信："+fmt.Sprintf(zh, args...), "the evidence pack cannot be trusted: "+fmt.Sprintf(en, args...))
}

// readZip takes a pack apart. The pack must be, byte for byte, what this program writes for the files in it: a ZIP has room
// for much that no hash of its files would cover.
func readZip(pack []byte) (map[string][]byte, error) {
	z, err := zip.NewReader(bytes.NewReader(pack), int64(len(pack)))
	if err != nil {
		return nil, unsound("不是完整的 ZIP 文件（%v）", "it is no whole ZIP file (%v)", err)
	}
	var files []packFile
	found := map[string][]byte{}
	for _, f := range z.File {
		if f.Method != zip.Store || f.UncompressedSize64 > uint64(len(pack)) || found[f.Name] != nil {
			return nil, unsound("文件 %q 的存放方式不对", "the file %q is not stored as it should be", f.Name)
		}
		body, err := readFile(f)
		if err != nil {
			return nil, unsound("文件 %q 已损坏（%v）", "the file %q is damaged (%v)", f.Name, err)
		}
		files = append(files, packFile{f.Name, body})
		found[f.Name] = body
	}
	var again bytes.Buffer
	if err := writeZip(&again, files); err != nil || !bytes.Equal(again.Bytes(), pack) {
		return nil, unsound("ZIP 中文件以外的部分被改动过", "something in the ZIP beside its files was changed")
	}
	return found, nil
}

func readFile(f *zip.File) ([]byte, error) {
	in, err := f.Open()
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(in)
	if body == nil {
		body = []byte{}
	}
	return body, errors.Join(err, in.Close())
}

// signature looks at the manifest, its signature and the hashes in it.
func (c *Checked) signature(files map[string][]byte, key ed25519.PublicKey) error {
	raw := files[packManifest]
	if err := json.Unmarshal(raw, &c.Manifest); err != nil || c.Form != packForm {
		return unsound("没有可读的清单 %s", "it has no %s that can be read", packManifest)
	}
	named, err := hex.DecodeString(c.Key)
	if err != nil || len(named) != ed25519.PublicKeySize {
		return unsound("清单里没有公钥", "its manifest names no public key")
	}
	if key == nil {
		key = named
	}
	if !bytes.Equal(key, named) {
		return unsound("签名的公钥是 %s，不是给出的那一个", "it is signed by the key %s, which is not the one that was given", c.Key)
	}
	sig, err := hex.DecodeString(strings.TrimSuffix(string(files[packSig]), "\n"))
	if err != nil || !wire.Verify(raw, sig, key, ForEvidence) || hex.EncodeToString(sig)+"\n" != string(files[packSig]) {
		return unsound("清单的签名不成立", "the signature over its manifest does not hold")
	}
	return c.hashes(files)
}

func (c *Checked) hashes(files map[string][]byte) error {
	for _, f := range c.Files {
		body, there := files[f.Name]
		if !there {
			return unsound("缺少文件 %s", "the file %s is missing", f.Name)
		}
		if packed(packFile{f.Name, body}) != f {
			return unsound("文件 %s 与清单不符", "the file %s is not as in the manifest", f.Name)
		}
	}
	if len(files) != len(c.Files)+2 {
		return unsound("含有清单以外的文件", "there are files in it that the manifest does not name")
	}
	return nil
}

// explanation looks whether what the detector said fits the rows.
func (c *Checked) explanation(files map[string][]byte) error {
	var why AlertLine
	if err := json.Unmarshal(files[packWhy], &why); err != nil || why.Merchant != c.Merchant {
		return unsound("评分理由不属于商户 %s", "its explanation is not about merchant %s", c.Merchant)
	}
	rules, err := rulesOf(files[packRules], why.Rules)
	if err != nil {
		return err
	}
	shop, err := shopOf(files[packRegistry])
	if err != nil {
		return err
	}
	events, err := eventsOf(files[packRows], c.Merchant)
	if err != nil {
		return err
	}
	c.Score, c.Rules = why.Score, why.Rules
	for i := range events {
		if events[i].Kind == cashout.Redeem {
			c.Redemptions++
		}
	}
	if err := named(&why, events); err != nil {
		return err
	}
	if rules == nil {
		c.none(&why)
		return nil
	}
	return c.recount(&why, *rules, shop, events)
}

// none notes that nothing was counted anew.
func (c *Checked) none(why *AlertLine) {
	c.Recounted, c.Others = nil, nil
	for _, w := range why.Why {
		c.Others = append(c.Others, w.Signal)
	}
}

// rulesOf reads the rules of a pack; nil where it holds none.
func rulesOf(raw []byte, version string) (*cashout.Rules, error) {
	if raw == nil {
		return nil, nil
	}
	rules, err := cashout.ParseRules(raw)
	if err != nil || rules.Version != version {
		return nil, unsound("规则文件与评分理由的版本不符", "its rules are not those that the explanation names")
	}
	return &rules, nil
}

func shopOf(raw []byte) (*cashout.Shop, error) {
	shops, err := ReadShops(bytes.NewReader(raw))
	switch {
	case err != nil || len(shops) > 1:
		return nil, unsound("商户登记信息无法读取", "what the merchant signed up with cannot be read")
	case len(shops) == 0:
		return nil, nil
	}
	return &shops[0], nil
}

func eventsOf(raw []byte, merchant string) (all []cashout.Event, err error) {
	s := NewStream(bytes.NewReader(raw))
	for {
		var e cashout.Event
		err := s.Next(&e)
		switch {
		case errors.Is(err, io.EOF):
			return all, nil
		case err != nil:
			return nil, unsound("核销明细有误（%v）", "its rows are not as they should be (%v)", err)
		case e.Kind == cashout.Claim || e.Merchant != merchant:
			return nil, unsound("核销明细第 %d 行不是该商户的核销或撤销", "line %d of its rows is no redemption or void of the merchant", s.Line())
		}
		all = append(all, e)
	}
}

// named looks whether every voucher of the explanation is among the rows, and no count is more than there is.
func named(why *AlertLine, events []cashout.Event) error {
	there := map[string]bool{}
	for i := range events {
		there[events[i].Voucher] = true
	}
	for _, w := range why.Why {
		for _, v := range w.Vouchers {
			if !there[v] {
				return unsound("评分理由所列的券 %s 不在核销明细中", "voucher %s of its explanation is not among its rows", v)
			}
		}
		for _, m := range w.Marks {
			if m.Count < 0 || m.Count > m.Of || m.Of > len(events) {
				return unsound("评分理由中 %s 的笔数超出核销明细", "its explanation counts more of %s than there are rows", w.Signal)
			}
		}
	}
	return nil
}

// recount compares the counts that the rows decide, as of when the explanation was made: rows may go further. A voucher
// that went to another merchant in between is seen once more than the rows alone can tell; then nothing is compared, and
// that is said.
func (c *Checked) recount(why *AlertLine, rules cashout.Rules, shop *cashout.Shop, events []cashout.Event) error {
	var differs string
	met, fits := false, false
	cashout.Recount(rules, shop, events, func(seen int, counts func() []cashout.Counts) bool {
		if seen == why.Seen {
			met = true
			differs = c.compare(why, counts())
			fits = differs == ""
		}
		return fits || seen > why.Seen
	})
	switch {
	case why.Seen > c.Redemptions || why.Seen < 1:
		return unsound("评分理由计 %d 笔核销，明细为 %d 笔", "its explanation saw %d redemptions, and the rows are %d", why.Seen, c.Redemptions)
	case met && !fits:
		return unsound("按核销明细重新计数，%s 与评分理由不符", "counted anew from its rows, %s is not as in its explanation", differs)
	case !met:
		c.none(why)
	}
	return nil
}

// compare sorts the signals of an explanation into those that come out the same and those that one merchant's rows do not
// decide, and names one that differs.
func (c *Checked) compare(why *AlertLine, counts []cashout.Counts) string {
	c.Recounted, c.Others = nil, nil
	for _, w := range why.Why {
		at := slices.IndexFunc(counts, func(x cashout.Counts) bool { return x.Signal.String() == w.Signal })
		switch {
		case at < 0:
			c.Others = append(c.Others, w.Signal)
		case !slices.EqualFunc(counts[at].Marks, w.Marks, sameCount):
			return w.Signal
		default:
			c.Recounted = append(c.Recounted, w.Signal)
		}
	}
	return ""
}

func sameCount(a, b cashout.MarkCount) bool {
	return a.Mark == b.Mark && a.Count == b.Count && a.Of == b.Of
}

// Says tells a person what the check showed, and what it cannot show.
func (c *Checked) Says() voucher.Text {
	zh := fmt.Sprintf("证据包完好：案件 %d，商户 %s，%d 个文件的校验值和签名均正确；生成于 %s，账簿到第 %d 条，链值 %s\n", c.Case, c.Merchant, len(c.Files), c.Made.In(china).Format("2006-01-02 15:04:05"), c.Position, c.Head)
	en := fmt.Sprintf("the pack is whole: case %d, merchant %s; the hashes of its %d files and the signature hold; made on %s, the book up to entry %d, its chain there %s\n", c.Case, c.Merchant, len(c.Files), c.Made.In(china).Format("2006-01-02 15:04:05"), c.Position, c.Head)
	if c.Trusted {
		zh += "签名公钥与给出的一致：" + c.Key + "\n"
		en += "signed by the key that was given: " + c.Key + "\n"
	} else {
		zh += "签名公钥取自包内：" + c.Key + "。这只说明包未被改动，不说明出自哪个中心：请另行核对公钥，并用 --key 给出\n"
		en += "signed by the key that the pack itself names: " + c.Key + ". So it was not changed, but whose it is must be seen elsewhere: compare the key with the hub's and give it with --key\n"
	}
	zh += fmt.Sprintf("评分 %.2f（规则 %s）所列券号都在 %d 笔核销明细中\n由明细重新计数且一致：%s\n未重算：%s。同行比率和这些疑点取决于其他商户，单凭一家的明细无法推出：须用完整数据流 replay", c.Score, c.Rules, c.Redemptions, names(c.Recounted, "、", "无"), names(c.Others, "、", "无"))
	en += fmt.Sprintf("all vouchers that the score of %.2f (rules %s) names are among the %d redemptions\ncounted anew from the rows, and the same: %s\nnot derived anew: %s. The peers' rates and these signals hang on other merchants and cannot be had from one merchant's rows: replay the whole stream for them", c.Score, c.Rules, c.Redemptions, names(c.Recounted, ", ", "none"), names(c.Others, ", ", "none"))
	return voucher.Text{Zh: zh, En: en}
}

func names(all []string, between, none string) string {
	if len(all) == 0 {
		return none
	}
	return strings.Join(all, between)
}
