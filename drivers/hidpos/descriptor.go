package hidpos

import (
	"errors"
	"fmt"
)

// The usages that are needed, page and number in one.
const (
	pageScanner = 0x8C // bar code scanner
	pageDesktop = 0x01 // generic desktop

	symbology1 = pageScanner<<16 | 0xFB // and 2 and 3 behind it
	symbology3 = pageScanner<<16 | 0xFD
	decoded    = pageScanner<<16 | 0xFE
	continued  = pageScanner<<16 | 0xFF
	byteCount  = pageDesktop<<16 | 0x3B

	wakeReport = 254
)

// Bounds of what a descriptor may ask for. The kernel's own: 4,096 bytes of descriptor, 12,288 usages, 16,384 bytes in a report (linux/hid.h).
const (
	maxDescriptor = 4096
	maxFields     = 12_288
	maxReport     = 16_384 * 8
	maxDepth      = 64
)

// Errors of parse: why a device is no scanner of ours.
var (
	errNotPOS = errors.New("its reports hold no decoded bar code data")
	errBroken = errors.New("broken report descriptor")
)

// parse reads a report descriptor. It returns errNotPOS for that of another device, and errBroken for one that contradicts itself.
func parse(descriptor []byte) (layout, error) {
	if len(descriptor) > maxDescriptor {
		return layout{}, fmt.Errorf("%w: %d bytes", errBroken, len(descriptor))
	}
	p := parser{bits: map[main]int{}, layout: layout{reports: map[byte]report{}}}
	for at := 0; at < len(descriptor); {
		it, size := next(descriptor[at:])
		if size == 0 {
			return layout{}, fmt.Errorf("%w: it ends inside an item at byte %d", errBroken, at)
		}
		if err := p.take(it); err != nil {
			return layout{}, fmt.Errorf("%w: %w at byte %d", errBroken, err, at)
		}
		at += size
	}
	return p.done()
}

// item is a short item: what it is (tag and type as in the prefix, without the size) and its value.
type item struct {
	what  byte
	value uint32
	size  int // bytes of the value
}

// next cuts the first item off; its size is 0 when the descriptor ends inside it. Long items, of which none has a meaning, come as nothing.
func next(b []byte) (item, int) {
	size := int(b[0] & 3)
	if size == 3 {
		size = 4
	}
	if b[0] == 0xFE {
		if len(b) < 3 || len(b) < 3+int(b[1]) {
			return item{}, 0
		}
		return item{what: longItem}, 3 + int(b[1])
	}
	if len(b) < 1+size {
		return item{}, 0
	}
	it := item{what: b[0] &^ 3, size: size}
	for i := range size {
		it.value |= uint32(b[1+i]) << (8 * i)
	}
	return it, 1 + size
}

// What items say (HID 1.11, 6.2.2.4 to 6.2.2.8).
const (
	input         = 0x80
	output        = 0x90
	feature       = 0xB0
	collection    = 0xA0
	endCollection = 0xC0

	usagePage   = 0x04
	reportSize  = 0x74
	reportID    = 0x84
	reportCount = 0x94
	push        = 0xA4
	pop         = 0xB4

	usage    = 0x08
	usageMin = 0x18
	usageMax = 0x28

	longItem = 0xFC
)

// global is what holds until it is set anew.
type global struct {
	page        uint32
	size, count int
	number      byte
}

// main is a kind of report and its number: each has a length of its own.
type main struct {
	kind   byte
	number byte
}

// span is one usage, or all from one to another.
type span struct{ from, to uint32 }

type parser struct {
	global
	stack  []global
	usages []span // of the next main item
	least  uint32 // the usage minimum that waits for its maximum
	depth  int
	ours   bool // inside an application of the scanner's page
	bits   map[main]int
	layout layout
}

func (p *parser) take(it item) error {
	switch it.what {
	case usagePage:
		p.page = it.value
	case reportSize:
		p.size = int(min(it.value, maxReport))
	case reportCount:
		p.count = int(min(it.value, maxReport))
	case reportID:
		if it.value == 0 || it.value > 255 {
			return fmt.Errorf("report number %d", it.value)
		}
		p.number, p.layout.numbered = byte(it.value), true
	case push, pop:
		return p.stacked(it.what)
	case usage:
		p.usages = append(p.usages, span{p.full(it), p.full(it)})
	case usageMin:
		p.least = p.full(it)
	case usageMax:
		p.usages = append(p.usages, span{p.least, p.full(it)})
	case input, output, feature, collection, endCollection:
		err := p.main(it)
		p.usages, p.least = nil, 0
		return err
	}
	return nil
}

// full is a usage with its page; a short one gets the page when the main item comes, as Linux has it.
func (p *parser) full(it item) uint32 {
	if it.size == 4 {
		return it.value
	}
	return it.value&0xFFFF | noPage
}

// noPage marks a usage that stands for itself: no page of the usage tables is 0xFFFF.
const noPage = 0xFFFF_0000

func (p *parser) paged(u uint32) uint32 {
	if u&noPage == noPage {
		return p.page<<16 | u&0xFFFF
	}
	return u
}

func (p *parser) stacked(what byte) error {
	if what == push {
		if len(p.stack) == maxDepth {
			return errors.New("too many pushes")
		}
		p.stack = append(p.stack, p.global)
		return nil
	}
	if len(p.stack) == 0 {
		return errors.New("pop without push")
	}
	p.global, p.stack = p.stack[len(p.stack)-1], p.stack[:len(p.stack)-1]
	return nil
}

func (p *parser) main(it item) error {
	switch it.what {
	case collection:
		if p.depth == 0 {
			p.ours = len(p.usages) > 0 && p.paged(p.usages[0].from)>>16 == pageScanner
		}
		if p.depth++; p.depth > maxDepth {
			return errors.New("collections too deep")
		}
		return nil
	case endCollection:
		if p.depth--; p.depth < 0 {
			return errors.New("end of a collection that has no begin")
		}
		return nil
	}
	return p.fields(it)
}

// fields places the fields of an input, output or feature item.
func (p *parser) fields(it item) error {
	which := main{it.what, p.number}
	from := p.bits[which]
	if p.count > maxFields || from+p.size*p.count > maxReport {
		return errors.New("report too long")
	}
	p.bits[which] = from + p.size*p.count
	const constant = 1
	if it.what != input || it.value&constant != 0 || !p.ours {
		return nil
	}
	r := p.layout.reports[p.number]
	for i := range p.count {
		if u, ok := p.usageOf(i); ok {
			r.place(u, field{from + i*p.size, p.size})
		}
	}
	p.layout.reports[p.number] = r
	return nil
}

// usageOf is the usage of the item's field of that index; the last one holds for all that are left.
func (p *parser) usageOf(index int) (uint32, bool) {
	last, ok := uint32(0), false
	for _, s := range p.usages {
		from, to := p.paged(s.from), p.paged(s.to)
		if to < from {
			continue
		}
		if n := uint64(to-from) + 1; uint64(index) >= n {
			index -= int(n)
			last, ok = to, true
			continue
		}
		return from + uint32(index), true
	}
	return last, ok
}

// place notes a field of one of our usages; the first of each counts, and decoded data goes on as long as it is in one piece.
func (r *report) place(u uint32, f field) {
	switch {
	case u == decoded && f.size == 8 && f.at%8 == 0:
		if r.data.size == 0 {
			r.data = f
		} else if r.data.at+r.data.size == f.at {
			r.data.size += f.size
		}
	case u == byteCount && r.length.size == 0 && f.size <= 16:
		r.length = f
	case u == continued && r.more.size == 0 && f.size <= 32:
		r.more = f
	case u >= symbology1 && u <= symbology3 && f.size == 8 && r.aim[u-symbology1].size == 0:
		r.aim[u-symbology1] = f
	}
}

// done keeps the reports that bear data.
func (p *parser) done() (layout, error) {
	if p.layout.numbered {
		delete(p.layout.reports, 0)
	}
	for number, r := range p.layout.reports {
		if r.data.size == 0 {
			delete(p.layout.reports, number)
		}
	}
	if len(p.layout.reports) == 0 {
		return layout{}, errNotPOS
	}
	p.layout.wakes = p.bits[main{feature, wakeReport}] == 8
	return p.layout, nil
}
