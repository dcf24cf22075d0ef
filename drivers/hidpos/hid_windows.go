package hidpos

import (
	"errors"
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/windows"
)

// hid.dll, which answers for the HID class driver (hidsdi.h, hidpi.h).
var (
	hid               = windows.NewLazySystemDLL("hid.dll")
	hidGetPreparsed   = hid.NewProc("HidD_GetPreparsedData")
	hidFreePreparsed  = hid.NewProc("HidD_FreePreparsedData")
	hidSetBuffers     = hid.NewProc("HidD_SetNumInputBuffers")
	hidSetFeature     = hid.NewProc("HidD_SetFeature")
	hidGetCaps        = hid.NewProc("HidP_GetCaps")
	hidGetValueCaps   = hid.NewProc("HidP_GetValueCaps")
	hidSetValue       = hid.NewProc("HidP_SetUsageValue")
	hidSetValueArray  = hid.NewProc("HidP_SetUsageValueArray")
	hidSetUsages      = hid.NewProc("HidP_SetUsages")
	errNoPreparsed    = errors.New("the class driver has nothing to say of its reports")
	errHidAnswersNone = errors.New("the class driver does not answer")
)

// The kinds of reports, and what a question that was answered gives (hidpi.h).
const (
	hidInput   = 0
	hidFeature = 2
	hidSuccess = 0x0011_0000
)

// reportQueue is how many reports the class driver keeps for a reader that is late; its most. Beyond it the oldest go, without a word.
const reportQueue = 512

// handle is an opened device with what the class driver knows of its reports.
type handle struct {
	file      windows.Handle
	preparsed uintptr
	caps      hidCaps
}

// greeted asks the class driver about an opened device. done gives the answer back.
func greeted(f windows.Handle) (h handle, done func(), err error) {
	if err := hid.Load(); err != nil {
		return h, nil, err
	}
	h.file = f
	if ok, _, _ := hidGetPreparsed.Call(uintptr(f), uintptr(unsafe.Pointer(&h.preparsed))); ok&0xFF == 0 {
		return h, nil, errNoPreparsed
	}
	done = func() { hidFreePreparsed.Call(h.preparsed) }
	if code, _, _ := hidGetCaps.Call(h.preparsed, uintptr(unsafe.Pointer(&h.caps))); code != hidSuccess {
		done()
		return h, nil, fmt.Errorf("%w: HidP_GetCaps %#x", errHidAnswersNone, code)
	}
	return h, done, nil
}

// layout makes the layout of the device's reports.
func (h handle) layout() (layout, error) {
	l, err := probe(h.abilities(hidInput, h.caps.InputValues), h)
	for _, a := range h.abilities(hidFeature, h.caps.FeatureValues) {
		l.wakes = l.wakes || a.report == wakeReport && a.size*a.count == 8
	}
	return l, err
}

func (h handle) abilities(kind uintptr, n uint16) (all []ability) {
	if n == 0 {
		return nil
	}
	caps := make([]hidValueCaps, n)
	if code, _, _ := hidGetValueCaps.Call(kind, uintptr(unsafe.Pointer(&caps[0])), uintptr(unsafe.Pointer(&n)), h.preparsed); code != hidSuccess {
		return nil
	}
	for _, c := range caps[:n] {
		all = append(all, c.ability())
	}
	return all
}

// empty is an input report of a number with nothing set.
func (h handle) empty(report byte) []byte {
	b := make([]byte, max(h.caps.InputBytes, 1))
	b[0] = report
	return b
}

// value implements prober.
func (h handle) value(a ability, usage uint32) ([]byte, bool) {
	b := h.empty(a.report)
	page, number := uintptr(usage>>16), uintptr(usage&0xFFFF)
	at, size := uintptr(unsafe.Pointer(&b[0])), uintptr(len(b))
	var code uintptr
	if a.count == 1 || a.from != a.to { // of a range each is one
		code, _, _ = hidSetValue.Call(hidInput, page, 0, number, uintptr(uint32(1)<<a.size-1), h.preparsed, at, size)
	} else {
		ones := make([]byte, (a.count*a.size+7)/8)
		for i := range ones {
			ones[i] = 0xFF
		}
		code, _, _ = hidSetValueArray.Call(hidInput, page, 0, number, uintptr(unsafe.Pointer(&ones[0])), uintptr(len(ones)), h.preparsed, at, size)
	}
	return b, code == hidSuccess
}

// button implements prober.
func (h handle) button(report byte, usage uint32) ([]byte, bool) {
	b := h.empty(report)
	number, n := uint16(usage), uint32(1)
	code, _, _ := hidSetUsages.Call(hidInput, uintptr(usage>>16), 0, uintptr(unsafe.Pointer(&number)), uintptr(unsafe.Pointer(&n)), h.preparsed,
		uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)))
	return b, code == hidSuccess
}

// wake sets feature report 254 to 1.
func (h handle) wake() error {
	b := make([]byte, max(h.caps.FeatureBytes, 2))
	b[0], b[1] = wakeReport, 1
	if ok, _, err := hidSetFeature.Call(uintptr(h.file), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b))); ok&0xFF == 0 {
		return os.NewSyscallError("HidD_SetFeature", err)
	}
	return nil
}

// keepMany has the class driver keep as many reports as it will.
func (h handle) keepMany() { hidSetBuffers.Call(uintptr(h.file), reportQueue) }
