package main

import (
	"errors"
	"os"
	"sync"
)

// logFile is where a service writes that has no journal of the system's to write to. It is a file and the one before it.
// It is safe for concurrent use.
type logFile struct {
	path string
	most int64 // bytes, after which it becomes the old one

	mu   sync.Mutex // guards what follows
	file *os.File
	size int64
}

// openLog opens the file for adding to it. Its folder must be there.
func openLog(path string, most int64) (*logFile, error) {
	l := &logFile{path: path, most: most}
	return l, l.open()
}

func (l *logFile) open() error {
	f, err := os.OpenFile(l.path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return errors.Join(err, f.Close())
	}
	l.file, l.size = f, info.Size()
	return nil
}

// Write implements io.Writer. A line that cannot be written is lost: nothing that a till does may fail for its log.
func (l *logFile) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.file == nil: // the disk was full, or its folder away, when it was last begun
		_ = l.open()
	case l.size+int64(len(line)) > l.most && l.size > 0:
		l.turn()
	}
	if l.file != nil {
		n, _ := l.file.Write(line)
		l.size += int64(n)
	}
	return len(line), nil
}

// turn makes the file the old one and begins a new one. Where the old one is held open by another program, which keeps
// Windows from renaming it, the file is begun anew.
func (l *logFile) turn() {
	_ = l.close()
	if err := os.Rename(l.path, l.path+".old"); err != nil {
		_ = os.Truncate(l.path, 0)
	}
	_ = l.open() // or with the next line
}

// Close closes the file.
func (l *logFile) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.close()
}

func (l *logFile) close() error {
	if l.file == nil {
		return nil
	}
	err := l.file.Close()
	l.file = nil
	return err
}
