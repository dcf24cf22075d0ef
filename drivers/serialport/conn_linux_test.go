package serialport_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"go.bug.st/serial"
	"hexiao/drivers"
	"hexiao/drivers/driverstest"
	"hexiao/drivers/serialport"
)

func lineTo(t *testing.T) (*counter, *serialport.Line) {
	t.Helper()
	c := newCounter(t, serialport.Options{})
	l, err := serialport.NewLine(c.link, "")
	if err != nil {
		t.Fatal(err)
	}
	return c, l
}

func code(t *testing.T, err error) string {
	t.Helper()
	var p drivers.Problem
	if !errors.As(err, &p) || p.ZH == "" || p.EN == "" {
		t.Fatalf("%v is no problem with a sentence", err)
	}
	return p.Code
}

func TestALineIsWrittenAndAnswers(t *testing.T) {
	c, l := lineTo(t)
	if is := code(t, l.Find()); is != "missing" {
		t.Errorf("nothing is there: %s", is)
	}
	if _, err := l.Open(); code(t, err) != "missing" {
		t.Error(err)
	}
	c.plug()
	if err := l.Find(); err != nil {
		t.Error(err)
	}
	for range 2 { // opened for each thing to write
		p, err := l.Open()
		if err != nil {
			t.Fatal(err)
		}
		sent := bytes.Repeat([]byte("\x1b@ab"), 200)
		if n, err := p.Write(t.Context(), sent); n != len(sent) || err != nil {
			t.Fatal(n, err)
		}
		got := make([]byte, len(sent))
		if _, err := io.ReadFull(c.master, got); err != nil || !bytes.Equal(got, sent) {
			t.Errorf("%v: %q", err, got)
		}
		c.send("\x12")
		answer := make([]byte, 10)
		n, err := 0, error(nil)
		for limit := time.Now().Add(driverstest.Soon); n == 0 && err == nil && time.Now().Before(limit); {
			n, err = p.Read(answer)
		}
		if err != nil || string(answer[:n]) != "\x12" {
			t.Errorf("%v: %q", err, answer[:n])
		}
		if n, err := p.Read(answer); n != 0 || err != nil {
			t.Errorf("silence is %d, %v", n, err)
		}
		p.Close()
	}
}

// A link that comes to lead to another device just when the port is opened: the one that was opened is let go.
func TestALinkThatChangesWhileTheLineIsOpened(t *testing.T) {
	c, l := lineTo(t)
	c.plug()
	old := c.master
	l.SetOpen(func(path string, mode *serial.Mode) (serial.Port, error) {
		port, err := serial.Open(path, mode)
		c.plug()
		return port, err
	})
	p, err := l.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	answer := make([]byte, 10)
	for limit := time.Now().Add(driverstest.Soon); err == nil && time.Now().Before(limit); {
		_, err = p.Read(answer)
	}
	if is := code(t, err); is != "lost" {
		t.Errorf("it is %s", is)
	}
	old.Close()
}

// TestAWriterThatHangsIsLeftBehind: there is never more than one, and when the other end reads again the line can be opened.
func TestAWriterThatHangsIsLeftBehind(t *testing.T) {
	c, l := lineTo(t)
	c.plug()
	p, err := l.Open()
	if err != nil {
		t.Fatal(err)
	}
	much := make([]byte, 1<<20)
	short, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	n, err := p.Write(short, much)
	if is := code(t, err); is != "stuck" || n == 0 || n >= len(much) {
		t.Fatalf("%s after %d bytes", is, n)
	}
	if _, err := p.Write(t.Context(), much); code(t, err) != "stuck" {
		t.Error("written to again")
	}
	if _, err := p.Read(much); code(t, err) != "stuck" {
		t.Error("read while the writer hangs")
	}
	p.Close()
	if _, err := l.Open(); code(t, err) != "stuck" {
		t.Error("opened beside the writer that hangs")
	}
	go io.Copy(io.Discard, c.master)
	for limit := time.Now().Add(driverstest.Soon); ; {
		p, err := l.Open()
		if err == nil {
			p.Close()
			break
		}
		if time.Now().After(limit) {
			t.Fatal(err)
		}
	}
}
