package office

import (
	"archive/tar"
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"time"

	"hexiao/hub/book"
	"hexiao/hub/registry"
)

// A backup is one tar file with three members in this order: the hub's identity (its keys), the entries of the book up to
// the end of a group (of each its length, uint32 little-endian, and its bytes), and a manifest with the size and SHA-256
// of both and the hash of the book's chain. The manifest is last, so that half a backup has none. The views are not in it:
// they are folded from the book again.
const (
	identityMember = "identity.pem"
	bookMember     = "book"
	manifestMember = "manifest.json"
)

const backupFormat = 1

// manifest is the last member of a backup.
type manifest struct {
	Format     int           `json:"format"`
	Made       time.Time     `json:"made"`
	Generation string        `json:"generation"` // of the hub that made it
	Position   book.Position `json:"position"`   // of the last entry
	Head       string        `json:"head"`       // hash of the chain there
	Files      []member      `json:"files"`
	Sum        string        `json:"sum"` // SHA-256 of the manifest as it is without this
}

// text is the manifest's one form, with its sum.
func (m manifest) text() ([]byte, error) {
	m.Sum = ""
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(text)
	m.Sum = hex.EncodeToString(sum[:])
	text, err = json.MarshalIndent(m, "", "  ")
	return append(text, '\n'), err
}

type member struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// BackedUp is a backup that is on disk, and was read again from there.
type BackedUp struct {
	File     string        `json:"file"`
	Bytes    int64         `json:"bytes"`
	Position book.Position `json:"position"` // of the last entry
	Head     string        `json:"head"`     // hash of the chain there
}

// BackUp writes a backup of the hub of a folder to a new file (0600: the hub's keys are in it), whether a hub serves the
// folder or not. It is this process that writes the file: the hub's service may write nowhere but in its own folder. Errors:
// a *Refusal for a person; no file is left then.
func BackUp(ctx context.Context, dir, path string) (BackedUp, error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) // never over an older backup
	if err != nil {
		return BackedUp{}, refuse("bad_file", fmt.Sprintf("无法写入 %s：%v", path, err), fmt.Sprintf("%s cannot be written: %v", path, err))
	}
	err = backUpTo(ctx, dir, file)
	if err == nil {
		err = file.Sync()
	}
	var m manifest
	if err = errors.Join(err, file.Close()); err == nil {
		m, err = readBackup(ctx, path, registry.CheckIdentity, func([]byte) error { return nil })
	}
	info, no := os.Stat(path)
	if err = errors.Join(err, no); err != nil {
		return BackedUp{}, errors.Join(err, os.Remove(path))
	}
	return BackedUp{path, info.Size(), m.Position, m.Head}, nil
}

func backUpTo(ctx context.Context, dir string, w io.Writer) error {
	hub, err := Dial(ctx, dir)
	if err == nil {
		return hub.backup(ctx, w)
	}
	if !errors.Is(err, ErrNoHub) {
		return err
	}
	return alone(ctx, dir, func(o *Office) error { return o.WriteBackup(ctx, w) })
}

// WriteBackup writes book and keys as they are at one moment, while the hub goes on.
func (o *Office) WriteBackup(ctx context.Context, w io.Writer) error {
	s, err := o.Ledger.Summary(ctx)
	if err != nil {
		return err
	}
	b, err := o.upToNow(ctx)
	if err != nil {
		return err
	}
	m := manifest{Format: backupFormat, Made: o.Now().UTC().Truncate(time.Second), Generation: hex.EncodeToString(s.Hub.Generation), Position: b.last, Head: b.head.String()}
	if err := o.writeBackup(ctx, w, b, m); err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	return nil
}

func (o *Office) writeBackup(ctx context.Context, w io.Writer, b *until, m manifest) error {
	identity, err := o.Keys.Identity()
	if err != nil {
		return err
	}
	buffer := bufio.NewWriterSize(w, 1<<18)
	out := &archive{tar: tar.NewWriter(buffer), manifest: m}
	if err := out.member(identityMember, int64(len(identity)), func(w io.Writer) error { _, err := w.Write(identity); return err }); err != nil {
		return err
	}
	size := int64(0)
	if err := b.Read(ctx, 0, func(e book.Entry) error { size += 4 + int64(len(e.Body)); return nil }); err != nil {
		return err
	}
	if err := out.member(bookMember, size, func(w io.Writer) error {
		return b.Read(ctx, 0, func(e book.Entry) error { return writeEntry(w, e.Body) })
	}); err != nil {
		return err
	}
	return errors.Join(out.end(), buffer.Flush())
}

func writeEntry(w io.Writer, body []byte) error {
	if err := binary.Write(w, binary.LittleEndian, uint32(len(body))); err != nil {
		return err
	}
	_, err := w.Write(body)
	return err
}

// archive writes the members and gathers the manifest.
type archive struct {
	tar      *tar.Writer
	manifest manifest
}

func (a *archive) member(name string, size int64, fill func(io.Writer) error) error {
	if err := a.tar.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: size, ModTime: a.manifest.Made, Format: tar.FormatGNU}); err != nil {
		return err
	}
	sum := sha256.New()
	if err := fill(io.MultiWriter(a.tar, sum)); err != nil {
		return err
	}
	a.manifest.Files = append(a.manifest.Files, member{name, size, hex.EncodeToString(sum.Sum(nil))})
	return nil
}

func (a *archive) end() error {
	text, err := a.manifest.text()
	if err != nil {
		return err
	}
	if err := a.tar.WriteHeader(&tar.Header{Name: manifestMember, Mode: 0o600, Size: int64(len(text)), ModTime: a.manifest.Made, Format: tar.FormatGNU}); err != nil {
		return err
	}
	_, err = a.tar.Write(text)
	return errors.Join(err, a.tar.Close())
}

// badBackup is the answer to a file that is no whole backup.
func badBackup(path string, zh, en string) error {
	return refuse("bad_backup", fmt.Sprintf("%s 不能用来恢复：%s。请换一份备份", path, zh), fmt.Sprintf("%s cannot be restored: %s; take another backup", path, en))
}

// readBackup goes through a backup and looks at every byte of it: take is handed the identity and then each entry. Nothing
// may be believed before it has returned without an error. Errors: *Refusal, or what take returned.
func readBackup(ctx context.Context, path string, identity func([]byte) error, entry func([]byte) error) (manifest, error) {
	file, err := os.Open(path)
	if err != nil {
		return manifest{}, refuse("bad_file", fmt.Sprintf("读不到 %s：%v", path, err), fmt.Sprintf("%s cannot be read: %v", path, err))
	}
	defer file.Close()
	r := &backupReader{path: path, tar: tar.NewReader(bufio.NewReaderSize(file, 1<<18)), sum: sha256.New()}
	err = r.member(identityMember, func(in io.Reader) error {
		data, err := io.ReadAll(io.LimitReader(in, 1<<20))
		if err != nil {
			return badBackup(path, "密钥不完整", "the keys in it are not whole")
		}
		return identity(data)
	})
	if err == nil {
		err = r.member(bookMember, func(in io.Reader) error { return r.entries(ctx, in, entry) })
	}
	if err == nil {
		err = r.manifest()
	}
	return r.said, err
}

// backupReader goes through a backup's members.
type backupReader struct {
	path  string
	tar   *tar.Reader
	sum   hash.Hash
	found []member
	last  book.Position
	head  book.Hash
	said  manifest
}

func (r *backupReader) member(name string, take func(io.Reader) error) error {
	h, err := r.tar.Next()
	if err != nil || h.Name != name || h.Typeflag != tar.TypeReg {
		return badBackup(r.path, "文件不完整，或不是备份", "it is not whole, or no backup")
	}
	r.sum.Reset()
	if err := take(io.TeeReader(r.tar, r.sum)); err != nil {
		return err
	}
	if n, err := io.Copy(r.sum, r.tar); err != nil || n > 0 {
		return badBackup(r.path, name+" 的长度不对", name+" has another length")
	}
	r.found = append(r.found, member{name, h.Size, hex.EncodeToString(r.sum.Sum(nil))})
	return nil
}

func (r *backupReader) entries(ctx context.Context, in io.Reader, take func([]byte) error) error {
	buffered := bufio.NewReaderSize(in, 1<<16)
	for {
		var length uint32
		switch err := binary.Read(buffered, binary.LittleEndian, &length); {
		case errors.Is(err, io.EOF):
			return ctx.Err()
		case err != nil || length > book.MaxBody:
			return badBackup(r.path, fmt.Sprintf("第 %d 条之后已损坏", r.last), fmt.Sprintf("it is damaged behind entry %d", r.last))
		}
		body := make([]byte, length)
		if _, err := io.ReadFull(buffered, body); err != nil {
			return badBackup(r.path, fmt.Sprintf("第 %d 条之后已损坏", r.last), fmt.Sprintf("it is damaged behind entry %d", r.last))
		}
		r.last, r.head = r.last+1, r.head.Next(body)
		if err := take(body); err != nil {
			return err
		}
		if r.last%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// manifest reads the last member and compares it with what was found.
func (r *backupReader) manifest() error {
	h, err := r.tar.Next()
	if err != nil || h.Name != manifestMember || h.Size > 1<<20 {
		return badBackup(r.path, "缺少清单：备份没有写完", "the manifest is missing: the backup was never finished")
	}
	text, err := io.ReadAll(r.tar)
	if err != nil {
		return badBackup(r.path, "清单读不出来", "its manifest cannot be read")
	}
	if err := json.Unmarshal(text, &r.said); err != nil {
		return badBackup(r.path, "清单读不出来", "its manifest cannot be read")
	}
	if r.said.Format != backupFormat {
		return badBackup(r.path, fmt.Sprintf("备份格式 %d 由另一版本的程序写成，请用那个版本恢复", r.said.Format), fmt.Sprintf("its format %d is of another version of the program, which can restore it", r.said.Format))
	}
	again, err := r.said.text()
	same := err == nil && bytes.Equal(again, text) && len(r.said.Files) == len(r.found)
	for i := 0; same && i < len(r.found); i++ {
		same = r.said.Files[i] == r.found[i]
	}
	if !same || r.said.Position != r.last || r.said.Head != r.head.String() {
		return badBackup(r.path, "内容与清单不符，文件已损坏", "what is in it is not what its manifest says: the file is damaged")
	}
	if _, err := r.tar.Next(); !errors.Is(err, io.EOF) {
		return badBackup(r.path, "清单之后还有内容", "there is something behind its manifest")
	}
	return nil
}
