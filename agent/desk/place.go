package desk

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// What stands in the agent's data folder for those who want to find the desk.
const (
	tokenFile = "desk.token"
	urlFile   = "desk.url"
)

// tokenBytes is how much of a token is chance.
const tokenBytes = 24

// Token gives the desk's token of a data folder, and makes it when there is none. Its file may be read by everybody who
// has an account on this PC (on Windows: who is logged in at it): the till window runs as another user than the agent.
func Token(dir string) (string, error) {
	token, err := ReadToken(dir)
	if !errors.Is(err, fs.ErrNotExist) {
		return token, err
	}
	secret := make([]byte, tokenBytes)
	rand.Read(secret)
	token = base64.RawURLEncoding.EncodeToString(secret)
	if err := put(filepath.Join(dir, tokenFile), token, 0o644); err != nil {
		return "", fmt.Errorf("make the desk's token: %w", err)
	}
	return token, nil
}

// ReadToken reads the desk's token of a data folder. The error wraps fs.ErrNotExist when there is none; a file that a
// power cut has left empty, full of zeros or short counts as none: the one cannot be sent, the other can be guessed.
func ReadToken(dir string) (string, error) {
	file := filepath.Join(dir, tokenFile)
	token, err := get(file)
	if err != nil {
		return "", err
	}
	if secret, err := base64.RawURLEncoding.DecodeString(token); err != nil || len(secret) < tokenBytes {
		return "", &fs.PathError{Op: "read", Path: file, Err: fs.ErrNotExist}
	}
	return token, nil
}

// Publish leaves the desk's address in the data folder; Withdraw takes it away.
func Publish(dir, url string) error {
	if err := put(filepath.Join(dir, urlFile), url, 0o644); err != nil {
		return fmt.Errorf("leave the desk's address: %w", err)
	}
	return nil
}

// Withdraw takes away what Publish left. A killed agent leaves it behind: an address there is no proof of an agent.
func Withdraw(dir string) { os.Remove(filepath.Join(dir, urlFile)) }

// Find makes a client for the agent of a data folder, without asking whether it still runs. The error wraps
// fs.ErrNotExist when no agent has left its address and token there.
func Find(dir string) (*Client, error) {
	url, err := get(filepath.Join(dir, urlFile))
	if err != nil {
		return nil, err
	}
	token, err := ReadToken(dir)
	if err != nil {
		return nil, err
	}
	return NewClient(url, token), nil
}

func get(file string) (string, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	text := strings.TrimSpace(string(raw))
	if text == "" {
		return "", &fs.PathError{Op: "read", Path: file, Err: fs.ErrNotExist}
	}
	return text, nil
}

// put writes a small file so that it is there whole or not at all.
func put(file, text string, mode fs.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(file), ".desk-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(text + "\n")
	err = errors.Join(err, permit(f, mode), f.Sync(), f.Close())
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), file)
}
