package stage

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"testing"
	"time"
)

// lay lays a line to a far end that sends back all it hears.
func lay(t *testing.T) *Line {
	t.Helper()
	far, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var work sync.WaitGroup
	work.Go(func() {
		for {
			c, err := far.Accept()
			if err != nil {
				return
			}
			work.Go(func() { io.Copy(c, c); c.Close() })
		}
	})
	l, err := NewLine(far.Addr().String(), 1)
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(context.Background())
	work.Go(func() {
		if err := l.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() { end(); far.Close(); work.Wait() })
	return l
}

func dial(t *testing.T, l *Line) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", l.Address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(20 * time.Second))
	return c
}

// echo sends bytes and reads them back.
func echo(c net.Conn, n int) error {
	sent := bytes.Repeat([]byte("0123456789"), n/10)
	failed := make(chan error, 1)
	go func() { _, err := c.Write(sent); failed <- err }()
	got := make([]byte, len(sent))
	if _, err := io.ReadFull(c, got); err != nil {
		return err
	}
	if !bytes.Equal(got, sent) {
		return errors.New("other bytes came back")
	}
	return <-failed
}

func TestALineCarriesAndHasARate(t *testing.T) {
	l := lay(t)
	c := dial(t, l)
	if err := echo(c, 1_000_000); err != nil {
		t.Fatal(err)
	}
	l.Rate(1_000_000)
	began := time.Now()
	if err := echo(c, 50_000); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took < 400*time.Millisecond {
		t.Errorf("50 KB went at 1 Mbit/s in %s", took)
	}
	l.Rate(0)
	l.Delay(Down, 50*time.Millisecond, 60*time.Millisecond)
	began = time.Now()
	if err := echo(c, 10); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took < 50*time.Millisecond {
		t.Errorf("a delay of 50 ms lasted %s", took)
	}
}

func TestALineIsCutAndMended(t *testing.T) {
	l := lay(t)
	c := dial(t, l)
	if err := echo(c, 10); err != nil {
		t.Fatal(err)
	}
	l.Cut()
	if err := echo(c, 10); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("through a line that is cut: %v", err)
	}
	if err := echo(dial(t, l), 10); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a new connection through a line that is cut: %v", err)
	}
	l.Mend()
	if err := echo(dial(t, l), 10); err != nil {
		t.Errorf("mended: %v", err)
	}
}

func TestALineIsSilentOneWay(t *testing.T) {
	l := lay(t)
	c := dial(t, l)
	l.Silence(Down, true)
	if _, err := c.Write([]byte("0123456789")); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 10)
	c.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	if n, err := c.Read(got); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("%d bytes came through silence, %v", n, err)
	}
	l.Silence(Down, false)
	c.SetReadDeadline(time.Now().Add(20 * time.Second))
	if _, err := io.ReadFull(c, got); err != nil || string(got) != "0123456789" {
		t.Errorf("after silence: %q, %v", got, err)
	}
}
