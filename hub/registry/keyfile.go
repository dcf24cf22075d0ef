package registry

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"hexiao/hub/voucher"
)

// identity.pem is the parts below in this order, each a PEM block (PKCS #8 for keys) with a line in front that says
// what it is, and a last line with the SHA-256 of all before it: a changed bit in an Ed25519 key would otherwise only
// make another good key. One file, so that the first start makes all of it or nothing.
var identityParts = []struct{ kind, says string }{
	{"CERTIFICATE", "hexiao hub: the CA that terminals trust"},
	{"PRIVATE KEY", "its key (SECRET, as everything below)"},
	{"PRIVATE KEY", "the hub key: signs laws, leases and acks"},
	{"PRIVATE KEY", "issuing key 1: signs voucher codes"},
}

const sumLine = "SHA-256 of all above: "

var (
	restoreIt = voucher.Text{
		Zh: "请从备份恢复此文件；没有备份时请联系技术支持，切勿删除：终端只信任此身份",
		En: "restore this file from a backup; without one ask support, and do not delete it: terminals trust this identity only",
	}
	deleteServer = voucher.Text{
		Zh: "请删除此文件后重新启动，程序会自动重新生成",
		En: "delete this file and start again; it is then made anew by itself",
	}
)

func unusable(path string, zh, en string, cure voucher.Text) error {
	return &KeyFileError{path, voucher.Text{Zh: zh + "；" + cure.Zh, En: en + "; " + cure.En}}
}

// readIdentity's error wraps fs.ErrNotExist when no hub has ever started here.
func readIdentity(dir string) (*Keys, error) {
	path := filepath.Join(dir, identityFile)
	data, err := readSecret(path)
	if errors.Is(err, fs.ErrNotExist) && exists(filepath.Join(dir, serverFile)) {
		return nil, unusable(path, "文件丢失，但此处曾运行过中心", "the file is missing, though a hub has been running here", restoreIt)
	}
	if err != nil {
		return nil, err
	}
	blocks, ok := splitIdentity(data)
	if !ok {
		return nil, unusable(path, "文件已损坏或不完整", "the file is damaged or incomplete", restoreIt)
	}
	k := &Keys{dir: dir}
	if err := k.take(blocks); err != nil {
		return nil, unusable(path, "文件内容无法读取（"+err.Error()+"）", "its content cannot be read ("+err.Error()+")", restoreIt)
	}
	return k, nil
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// splitIdentity checks the sum and cuts the file into its parts.
func splitIdentity(data []byte) (blocks [][]byte, ok bool) {
	at := bytes.LastIndex(data, []byte(sumLine))
	if at < 0 || string(data[at:]) != identitySum(data[:at]) {
		return nil, false
	}
	rest := data[:at]
	for _, part := range identityParts {
		var b *pem.Block
		if b, rest = pem.Decode(rest); b == nil || b.Type != part.kind {
			return nil, false
		}
		blocks = append(blocks, b.Bytes)
	}
	return blocks, true
}

func identitySum(all []byte) string {
	sum := sha256.Sum256(all)
	return sumLine + hex.EncodeToString(sum[:]) + "\n"
}

// take reads the parts. Its errors do not quote them.
func (k *Keys) take(blocks [][]byte) (err error) {
	if k.ca, err = x509.ParseCertificate(blocks[0]); err != nil {
		return fmt.Errorf("CA certificate: %w", err)
	}
	if k.caKey, err = parseKey[*ecdsa.PrivateKey](blocks[1]); err != nil {
		return fmt.Errorf("CA key: %w", err)
	}
	if !k.caKey.PublicKey.Equal(k.ca.PublicKey) {
		return errors.New("CA certificate and key do not belong together")
	}
	if k.hub, err = parseKey[ed25519.PrivateKey](blocks[2]); err != nil {
		return fmt.Errorf("hub key: %w", err)
	}
	if k.issuing, err = parseKey[ed25519.PrivateKey](blocks[3]); err != nil {
		return fmt.Errorf("issuing key: %w", err)
	}
	return nil
}

func parseKey[K crypto.Signer](der []byte) (K, error) {
	var want K
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return want, errors.New("not a PKCS #8 key")
	}
	got, ok := key.(K)
	if !ok {
		return want, fmt.Errorf("a key of another kind, %T", key)
	}
	return got, nil
}

func makeIdentity(dir string, now time.Time) (*Keys, error) {
	k := &Keys{dir: dir}
	var err error
	if k.ca, k.caKey, err = makeCA(now); err != nil {
		return nil, fmt.Errorf("make CA: %w", err)
	}
	for _, key := range []*ed25519.PrivateKey{&k.hub, &k.issuing} {
		if _, *key, err = ed25519.GenerateKey(rand.Reader); err != nil {
			return nil, fmt.Errorf("make key: %w", err)
		}
	}
	data, err := k.identity()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if err := writeSecret(filepath.Join(dir, identityFile), data); err != nil {
		return nil, err
	}
	return k, syncFolder(filepath.Dir(dir))
}

func (k *Keys) identity() ([]byte, error) {
	var all bytes.Buffer
	for i, part := range []any{k.ca.Raw, k.caKey, k.hub, k.issuing} {
		der, isDER := part.([]byte)
		if !isDER {
			var err error
			if der, err = x509.MarshalPKCS8PrivateKey(part); err != nil {
				return nil, fmt.Errorf("encode key: %w", err)
			}
		}
		p := identityParts[i]
		all.WriteString(p.says + "\n")
		all.Write(pem.EncodeToMemory(&pem.Block{Type: p.kind, Bytes: der}))
	}
	return append(all.Bytes(), identitySum(all.Bytes())...), nil
}

func readServer(path string, ca *x509.Certificate) (tls.Certificate, error) {
	data, err := readSecret(path)
	if err != nil {
		return tls.Certificate{}, err
	}
	server, err := tls.X509KeyPair(data, data)
	if err != nil {
		return tls.Certificate{}, unusable(path, "文件已损坏或不完整", "the file is damaged or incomplete", deleteServer)
	}
	if err := server.Leaf.CheckSignatureFrom(ca); err != nil {
		return tls.Certificate{}, unusable(path, "证书不是由本中心签发的", "the certificate was not signed by this hub's CA", deleteServer)
	}
	return server, nil
}

func (k *Keys) makeServer(path string, now time.Time) (tls.Certificate, error) {
	server, err := k.signServer(now)
	if err != nil {
		return tls.Certificate{}, err
	}
	key, err := x509.MarshalPKCS8PrivateKey(server.PrivateKey)
	if err != nil {
		return tls.Certificate{}, err
	}
	var data []byte
	for _, der := range server.Certificate {
		data = append(data, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	data = append(data, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})...)
	return server, writeSecret(path, data)
}

// readSecret reads a file that nobody but its owner may read: a key that others could read may have been copied.
// Windows keeps no such bits; there the folder's own rights must do.
func readSecret(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if mode := info.Mode().Perm(); runtime.GOOS != "windows" && mode&0o077 != 0 {
		return nil, unusable(path, fmt.Sprintf("其他用户可以读取（权限 %o）", mode), fmt.Sprintf("others may read it (mode %o)", mode),
			voucher.Text{Zh: "请执行 chmod 600；若有他人登录过本机，密钥可能已泄露", En: "run chmod 600 on it; if others have been on this machine the keys may be known to them"})
	}
	return os.ReadFile(path)
}

// writeSecret puts a file in place whole or not at all, and returns when it is on disk.
func writeSecret(path string, data []byte) error {
	temp := path + ".new"
	if err := os.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	if err := os.Rename(temp, path); err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	return syncFolder(filepath.Dir(path))
}

// syncFolder makes a rename durable. Windows does that by itself and cannot sync a folder.
func syncFolder(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
