package desk

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// maxScanners is more than any checkout has.
const maxScanners = 16

// doctorRoutes are the addresses for whoever sets up this PC.
func (s *Server) doctorRoutes(on router) {
	if s.doctor != nil {
		on("GET", "/v1/doctor", s.getDoctor)
	}
	if s.bench != nil && s.settings != nil { // the PIN is kept with the settings
		on("GET", "/v1/setup", s.getSetup)
		on("PUT", "/v1/setup", s.putSetup)
	}
}

func (s *Server) getSetup(w http.ResponseWriter, r *http.Request) {
	now, err := s.bench.Setup(r.Context())
	answer(w, complete(now), err)
}

// putSetup changes those parts that are given; null takes one away.
func (s *Server) putSetup(w http.ResponseWriter, r *http.Request) {
	var pin string
	var asked DeviceSetup
	var set changes[DeviceSetup]
	e := read(w, r, str("pin", true, &pin, anything),
		set.given(list("scanners", &asked.Scanners, maxScanners, scannerFields), func(d *DeviceSetup) { d.Scanners = asked.Scanners }),
		set.given(inner("pass_on", &asked.PassOn, passOnFields), func(d *DeviceSetup) { d.PassOn = asked.PassOn }),
		set.given(inner("display", &asked.Display, displayFields), func(d *DeviceSetup) { d.Display = asked.Display }),
		set.given(inner("printer", &asked.Printer, printerFields), func(d *DeviceSetup) { d.Printer = asked.Printer }))
	if e != nil {
		refuse(w, *e)
		return
	}
	if err := s.settings.CheckPIN(pin); err != nil {
		fail(w, err)
		return
	}
	now, err := s.bench.SetUp(r.Context(), set.make)
	answer(w, complete(now), err)
}

// complete writes no list as null.
func complete(s Setup) Setup {
	if s.Found == nil {
		s.Found = []Found{}
	}
	if s.Scanners == nil {
		s.Scanners = []ScannerSetup{}
	}
	return s
}

// What the values may be is the settings file's rule (packaging/hexiao-agent), and not said here again.
func scannerFields(s *ScannerSetup) []field {
	return []field{str("kind", false, &s.Kind, anything), str("path", true, &s.Path, anything), str("mode", false, &s.Mode, anything), str("name", false, &s.Name, anything)}
}

func passOnFields(p *PassOnSetup) []field {
	return []field{str("to", true, &p.To, anything), str("mode", false, &p.Mode, anything), str("end", false, &p.End, anything)}
}

func displayFields(d *DisplaySetup) []field {
	return []field{str("from", true, &d.From, anything), str("to", false, &d.To, anything), str("mode", false, &d.Mode, anything), str("kind", false, &d.Kind, anything),
		flag("show", false, &d.Show)}
}

func printerFields(p *PrinterSetup) []field {
	return []field{str("to", true, &p.To, anything), str("mode", false, &p.Mode, anything), whole("width", false, &p.Width, 0, 1000),
		str("lang", false, &p.Lang, anything), flag("each", false, &p.Each)}
}

// inner takes an object inside the object, or null for none.
func inner[T any](name string, to **T, fields func(*T) []field) field {
	return field{name: name, take: func(raw json.RawMessage) *Error {
		if *to = nil; string(raw) == "null" {
			return nil
		}
		v := new(T)
		if e := members(raw, fields(v)...); e != nil {
			return within(name, e)
		}
		*to = v
		return nil
	}}
}

// list takes a list of objects, at most so many.
func list[T any](name string, to *[]T, most int, fields func(*T) []field) field {
	return field{name: name, take: func(raw json.RawMessage) *Error {
		var each []json.RawMessage
		if len(raw) == 0 || raw[0] != '[' || json.Unmarshal(raw, &each) != nil {
			return refused(http.StatusBadRequest, name+" 须是列表。", name+" must be a list.")
		}
		if len(each) > most {
			return refused(http.StatusBadRequest, fmt.Sprintf("%s 最多 %d 项。", name, most), fmt.Sprintf("%s may have at most %d members.", name, most))
		}
		*to = make([]T, len(each))
		for i, one := range each {
			if e := members(one, fields(&(*to)[i])...); e != nil {
				return within(fmt.Sprintf("%s[%d]", name, i), e)
			}
		}
		return nil
	}}
}

// within says in which part of a request a mistake is.
func within(name string, e *Error) *Error {
	return refused(e.Status, name+"："+e.Text.Zh, name+": "+e.Text.En)
}
