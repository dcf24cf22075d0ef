//go:build linux

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"sync"
)

// printerGadget is a USB receipt printer of the guest's.
func printerGadget() *gadget {
	return &gadget{name: "receipt printer", vendor: "04b8", product: "0202", serial: "PRN-1",
		functions: []function{{kind: "printer.0", attributes: map[string]string{"pnp_string": "MFG:LAB;CMD:ESC/POS;MDL:TM-80;CLS:PRINTER;"}}}}
}

// gadgetSetStatus is the request by which the printer's end says what the status of IEEE 1284 is (linux/usb/g_printer.h).
const gadgetSetStatus = 0xC0016722

// What a printer answers (Epson, "ESC/POS Command Reference"; IEEE 1284).
const (
	escposFine  = 0x12 // the bits that are always set
	escposNoEnd = 0x60 // of the paper's sensor: the roll has ended
	lpFine      = 0x18 // selected, no error
	lpNoPaper   = 0x20
)

// paper is the printer's end: it keeps what would be printed and answers what it is asked.
type paper struct {
	file  *os.File
	ended chan struct{}

	mu      sync.Mutex // guards the rest
	printed bytes.Buffer
	command []byte // a question that has not come to its end
	out     bool   // of paper
	asleep  bool   // takes no more once something is on paper
	dozes   bool   // does so
	wake    *sync.Cond
}

// newPaper opens the printer's end, which can be done once the system has taken the device in.
func newPaper(ctx context.Context) (*paper, error) {
	const node = "/dev/g_printer0"
	var f *os.File
	var err error
	if until(ctx, func() bool { f, err = os.OpenFile(node, os.O_RDWR, 0); return err == nil }) != nil {
		return nil, err
	}
	p := &paper{file: f, ended: make(chan struct{})}
	p.wake = sync.NewCond(&p.mu)
	if err := control(f, gadgetSetStatus, lpFine); err != nil {
		f.Close()
		return nil, fmt.Errorf("set the printer's status: %w", err)
	}
	go p.run()
	return p, nil
}

// close ends the printer's end, which does not end with its cable.
func (p *paper) close() {
	p.sleep(false)
	p.file.Close()
	<-p.ended
}

func (p *paper) run() {
	defer close(p.ended)
	b := make([]byte, 8192)
	for {
		n, err := p.file.Read(b)
		if err != nil {
			return
		}
		if answers := p.take(b[:n]); len(answers) > 0 {
			_, _ = p.file.Write(answers)
		}
	}
}

// take sorts what came into questions, which it answers, and paper.
func (p *paper) take(b []byte) (answers []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.asleep && p.printed.Len() > 0 {
		p.dozes = true
		p.wake.Wait()
	}
	for _, c := range b {
		p.command = append(p.command, c)
		switch {
		case bytes.HasPrefix([]byte{0x10, 0x04}, p.command) || bytes.HasPrefix([]byte{0x1D, 'r'}, p.command): // may become one
		case len(p.command) == 3 && p.command[0] == 0x10:
			answers, p.command = append(answers, p.state(c)), nil
		case len(p.command) == 3 && p.command[0] == 0x1D:
			answers, p.command = append(answers, 0), nil
		default:
			p.printed.Write(p.command)
			p.command = nil
		}
	}
	return answers
}

// state answers DLE EOT n.
func (p *paper) state(n byte) byte {
	if p.out && n == 4 {
		return escposFine | escposNoEnd
	}
	return escposFine
}

// paperOut takes the roll out or puts one in.
func (p *paper) paperOut(out bool) error {
	p.mu.Lock()
	p.out = out
	p.mu.Unlock()
	status := uintptr(lpFine)
	if out {
		status |= lpNoPaper
	}
	return control(p.file, gadgetSetStatus, status)
}

// sleep has the printer stop taking anything in the middle of the next page, or wakes it.
func (p *paper) sleep(asleep bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asleep = asleep
	p.wake.Broadcast()
}

// dozing waits until a page hangs in the middle.
func (p *paper) dozing(ctx context.Context) error {
	return until(ctx, func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.dozes
	})
}

// came waits until so much is on paper that it ends with the page, and gives all that was printed since the last time.
func (p *paper) came(ctx context.Context, page []byte) (all []byte, err error) {
	err = until(ctx, func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return bytes.HasSuffix(p.printed.Bytes(), page)
	})
	p.mu.Lock()
	defer p.mu.Unlock()
	all = bytes.Clone(p.printed.Bytes())
	p.printed.Reset()
	if err != nil {
		err = fmt.Errorf("of a page of %d bytes the printer got %d others", len(page), len(all))
	}
	return all, err
}

// blank wants that nothing has been printed.
func (p *paper) blank() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.printed.Len() > 0 {
		return fmt.Errorf("%d bytes came out all the same", p.printed.Len())
	}
	return nil
}
