package registry_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"hexiao/hub/registry"
)

func TestAPersonsKeyIsMadeOnceAndReadAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "li.key")
	public, err := registry.MakePersonKey(path)
	if err != nil {
		t.Fatal(err)
	}
	key, err := registry.ReadPersonKey(path)
	if err != nil || !public.Equal(key.Public()) {
		t.Fatalf("another key came back: %v", err)
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Fatalf("%v %v", err, info.Mode())
	}
	if _, err := registry.MakePersonKey(path); !errors.Is(err, fs.ErrExist) {
		t.Fatalf("a key was made over another: %v", err)
	}
	if again, err := registry.ReadPersonKey(path); err != nil || !key.Equal(again) {
		t.Fatalf("and the first is gone: %v", err)
	}
}

func TestAPersonsKeyThatCannotBeUsedIsNamed(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "li.key")
	if _, err := registry.MakePersonKey(path); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		data []byte
		mode fs.FileMode
	}{
		{"one bit flipped in the key", bytes.Replace(good, []byte("MC4"), []byte("MC5"), 1), 0o600},
		{"half a file", good[:len(good)/2], 0o600},
		{"an empty file", nil, 0o600},
		{"something else", []byte("hello"), 0o600},
		{"readable by others", good, 0o644},
	} {
		if c.mode != 0o600 && runtime.GOOS == "windows" {
			continue
		}
		bad := filepath.Join(dir, "bad.key")
		os.Remove(bad)
		if err := os.WriteFile(bad, c.data, c.mode); err != nil {
			t.Fatal(err)
		}
		_, err := registry.ReadPersonKey(bad)
		var no *registry.KeyFileError
		if !errors.As(err, &no) || no.Path != bad || no.Text.Zh == "" || no.Text.En == "" {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if _, err := registry.ReadPersonKey(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}
