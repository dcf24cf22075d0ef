package desk_test

import (
	"net/http"
	"strings"

	"hexiao/agent/desk"
)

// asked is a request to a desk and what comes of it.
type asked struct {
	name   string
	method string
	path   string // as it is described
	target string // as it is asked for; empty: path
	body   string
	status int
	beyond bool // a mistake that no schema sees: not JSON, a field given twice, another way to write the number
	change func(*http.Request)
}

const aCode = `"code":"HX1"`

func requests() []asked {
	sale := func(name, body string, status int) asked {
		return asked{name: name, method: "POST", path: "/v1/redemptions", body: body, status: status}
	}
	bill := func(name, body string, status int) asked {
		return asked{name: name, method: "PUT", path: "/v1/bill", body: body, status: status}
	}
	get := func(name, path, target string, status int) asked {
		return asked{name: name, method: "GET", path: path, target: target, status: status}
	}
	put := func(name, path, body string, status int) asked {
		return asked{name: name, method: "PUT", path: path, body: body, status: status}
	}
	picture := func(name, body, kind string, status int) asked {
		return asked{name: name, method: "POST", path: "/v1/pictures", body: body, status: status, change: func(r *http.Request) { r.Header.Set("Content-Type", kind) }}
	}
	shut := func(name, body string, status int) asked {
		return asked{name: name, method: "POST", path: "/v1/shift/close", body: body, status: status}
	}
	slip := func(name, target string, status int) asked {
		return get(name, "/v1/redemptions/{id}/slip", "/v1/redemptions/"+target, status)
	}
	paper := func(name, target, body string, status int) asked {
		return asked{name: name, method: "POST", path: "/v1/redemptions/{id}/print", target: "/v1/redemptions/" + target, body: body, status: status}
	}
	lane := func(name, method, body string, status int) asked {
		return asked{name: name, method: method, path: "/v1/lane", body: body, status: status}
	}
	accept := func(name, body string, status int) asked {
		return asked{name: name, method: "POST", path: "/v1/lane/accept", body: body, status: status}
	}
	beyond := func(a asked) asked { a.beyond = true; return a }
	with := func(a asked, change func(*http.Request)) asked { a.change = change; return a }
	long := strings.Repeat("x", 40<<10)
	return []asked{
		sale("a sale", `{"bill_fen":5800,`+aCode+`,"order":"A-1","payer":"微信"}`, 200),
		sale("a sale with nothing but bill and code", `{"bill_fen":1,`+aCode+`}`, 200),
		sale("a bill of nothing", `{"bill_fen":0,`+aCode+`}`, 400),
		sale("a bill below zero", `{"bill_fen":-1,`+aCode+`}`, 400),
		sale("a bill too large", `{"bill_fen":100000001,`+aCode+`}`, 400),
		sale("a bill with the letter O", `{"bill_fen":"5O",`+aCode+`}`, 400),
		sale("a bill in full-width figures", `{"bill_fen":"５８００",`+aCode+`}`, 400),
		sale("a bill with a part of a fen", `{"bill_fen":58.5,`+aCode+`}`, 400),
		sale("no code", `{"bill_fen":5800}`, 400),
		sale("no bill", `{`+aCode+`}`, 400),
		sale("a field nobody knows", `{"bill_fen":5800,`+aCode+`,"discount":1}`, 400),
		sale("an order with a control character", `{"bill_fen":5800,`+aCode+`,"order":"A\u001b"}`, 400),
		sale("an order too long", `{"bill_fen":5800,`+aCode+`,"order":"`+strings.Repeat("x", 65)+`"}`, 400),
		sale("a payer too long", `{"bill_fen":5800,`+aCode+`,"payer":"`+strings.Repeat("账", 65)+`"}`, 400),
		beyond(sale("a bill with an exponent", `{"bill_fen":1e9,`+aCode+`}`, 400)),
		beyond(sale("a bill with two points", `{"bill_fen":5.8.0,`+aCode+`}`, 400)),
		beyond(sale("a bill given twice", `{"bill_fen":5800,"bill_fen":1,`+aCode+`}`, 400)),
		beyond(sale("no JSON", `bill=5800`, 400)),
		beyond(sale("nothing at all", ``, 400)),
		beyond(sale("an order too long in bytes", `{"bill_fen":5800,`+aCode+`,"order":"`+strings.Repeat("单", 22)+`"}`, 400)),
		beyond(sale("too long", `{"bill_fen":5800,"code":"`+long+`"}`, 413)),
		with(sale("no token", `{"bill_fen":5800,`+aCode+`}`, 401), func(r *http.Request) { r.Header.Del("Authorization") }),
		with(sale("a foreign page", `{"bill_fen":5800,`+aCode+`}`, 403), func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") }),
		bill("a bill", `{"bill_fen":5800,"source":"pos"}`, 200),
		bill("clearing the bill", `{"bill_fen":0,"source":"typed"}`, 200),
		bill("a source nobody knows", `{"bill_fen":5800,"source":"guess"}`, 400),
		bill("no source", `{"bill_fen":5800}`, 400),
		{name: "a scan", method: "POST", path: "/v1/scans", body: `{"text":"HX1"}`, status: 202},
		{name: "a scan that is no text", method: "POST", path: "/v1/scans", body: `{"text":1}`, status: 400},
		picture("a picture", "HX1 and GOODS", "image/png", 202),
		picture("a picture with a kind that says more", "HX1", "image/jpeg; charset=binary", 202),
		picture("a picture that is none", "broken", "image/png", 400),
		picture("a picture of too many pixels", "vast", "image/webp", 413),
		picture("a picture of too many bytes", strings.Repeat("x", desk.MaxPicture+1), "image/png", 413),
		picture("a text for a picture", "HX1", "text/plain", 415),
		picture("a picture as a form", "HX1", "application/x-www-form-urlencoded", 415),
		picture("a picture of no kind", "HX1", "", 415),
		{name: "a void", method: "POST", path: "/v1/redemptions/{id}/void", target: "/v1/redemptions/T000001-1-1/void", status: 200},
		{name: "a void of nothing", method: "POST", path: "/v1/redemptions/{id}/void", target: "/v1/redemptions/last/void", status: 400},
		get("the status", "/v1/status", "", 200),
		get("today", "/v1/redemptions", "", 200),
		get("a day", "/v1/redemptions", "/v1/redemptions?day=2023-12-11", 200),
		get("a day that is none", "/v1/redemptions", "/v1/redemptions?day=yesterday", 400),
		get("the shift", "/v1/shift", "", 200),
		get("the closed shifts", "/v1/shifts", "", 200),
		shut("closing the shift", `{"number":4}`, 200),
		shut("closing no shift", `{"number":0}`, 400),
		shut("closing half a shift", `{"number":1.5}`, 400),
		beyond(shut("closing a shift to come", `{"number":5}`, 409)),
		put("practice", "/v1/practice", `{"on":true}`, 200),
		put("practice, perhaps", "/v1/practice", `{"on":"yes"}`, 400),
		get("the settings", "/v1/settings", "", 200),
		put("all settings", "/v1/settings", `{"pin":"`+thePIN+`","lang":"en","volume":0,"speech":true,"text_size":150,"fullscreen":true,"practice":false,"pin_set":true}`, 200),
		put("one setting", "/v1/settings", `{"pin":"`+thePIN+`","volume":30}`, 200),
		put("a setting out of its range", "/v1/settings", `{"pin":"`+thePIN+`","volume":101}`, 400),
		put("a language nobody speaks", "/v1/settings", `{"pin":"`+thePIN+`","lang":"fr"}`, 400),
		put("a setting nobody knows", "/v1/settings", `{"pin":"`+thePIN+`","colour":"red"}`, 400),
		put("settings without a PIN", "/v1/settings", `{"volume":30}`, 400),
		beyond(put("settings with a wrong PIN", "/v1/settings", `{"pin":"999999","volume":30}`, 403)),
		{name: "the PIN", method: "POST", path: "/v1/pin/check", body: `{"pin":"` + thePIN + `"}`, status: 200},
		{name: "a wrong PIN", method: "POST", path: "/v1/pin/check", body: `{"pin":"999999"}`, status: 403, beyond: true},
		{name: "a PIN as a number", method: "POST", path: "/v1/pin/check", body: `{"pin":999999}`, status: 400},
		put("a new PIN", "/v1/pin", `{"pin":"`+thePIN+`","next":"314159"}`, 200),
		put("a new PIN too short", "/v1/pin", `{"pin":"`+thePIN+`","next":"31415"}`, 400),
		beyond(put("a new PIN too easy", "/v1/pin", `{"pin":"`+thePIN+`","next":"111111"}`, 400)),
		get("a check of the PC", "/v1/doctor", "", 200),
		get("the devices", "/v1/setup", "", 200),
		put("all devices", "/v1/setup", `{"pin":"`+thePIN+`","scanners":[{"kind":"serial","path":"COM3","mode":"9600 8N1","name":"左"}],"pass_on":{"to":"type","mode":"","end":"enter"},`+
			`"display":{"from":"COM4","to":"COM5","mode":"2400 8N1","kind":"led8n"},"printer":{"to":"tcp:192.0.2.1:9100","mode":"","width":48,"lang":"zh","each":true}}`, 200),
		put("no printer any more", "/v1/setup", `{"pin":"`+thePIN+`","printer":null}`, 200),
		put("no change", "/v1/setup", `{"pin":"`+thePIN+`"}`, 200),
		put("devices without a PIN", "/v1/setup", `{"scanners":[]}`, 400),
		put("a scanner without a path", "/v1/setup", `{"pin":"`+thePIN+`","scanners":[{"kind":"serial"}]}`, 400),
		put("a scanner with what nobody knows", "/v1/setup", `{"pin":"`+thePIN+`","scanners":[{"path":"COM3","speed":9600}]}`, 400),
		put("scanners that are no list", "/v1/setup", `{"pin":"`+thePIN+`","scanners":null}`, 400),
		put("a scanner that is a text", "/v1/setup", `{"pin":"`+thePIN+`","scanners":["COM3"]}`, 400),
		put("more scanners than a checkout has", "/v1/setup", `{"pin":"`+thePIN+`","scanners":[`+strings.Repeat(`{"path":"a"},`, 16)+`{"path":"a"}]}`, 400),
		put("a printer's width in words", "/v1/setup", `{"pin":"`+thePIN+`","printer":{"to":"COM3","width":"wide"}}`, 400),
		beyond(put("a path given twice", "/v1/setup", `{"pin":"`+thePIN+`","scanners":[{"path":"a","path":"b"}]}`, 400)),
		beyond(put("a scanner that the settings refuse", "/v1/setup", `{"pin":"`+thePIN+`","scanners":[{"path":"refused"}]}`, 400)),
		beyond(put("a setup that is fixed", "/v1/setup", `{"pin":"`+thePIN+`","scanners":[{"path":"fixed"}]}`, 409)),
		beyond(put("devices with a wrong PIN", "/v1/setup", `{"pin":"999999","scanners":[]}`, 403)),
		get("the lane test", "/v1/lane", "", 200),
		lane("a lane test begun", "POST", "", 200),
		lane("a lane test begun with nothing to say", "POST", `{}`, 200),
		beyond(lane("a lane test begun with something nobody knows", "POST", `{"tier":1}`, 400)),
		lane("a lane test ended", "DELETE", "", 200),
		accept("an acceptance", `{"technician":"王工","note":"新装","despite":["disk"],"pin":"`+thePIN+`"}`, 200),
		accept("an acceptance without a note", `{"technician":"王工","despite":["disk"],"pin":"`+thePIN+`"}`, 200),
		beyond(accept("an acceptance while a check fails", `{"technician":"王工","pin":"`+thePIN+`"}`, 409)),
		beyond(accept("an acceptance without the PIN", `{"technician":"王工"}`, 403)),
		accept("an acceptance of nobody", `{"technician":" ","pin":"`+thePIN+`"}`, 400),
		accept("an acceptance without a name", `{"pin":"`+thePIN+`"}`, 400),
		accept("an acceptance by a name too long", `{"technician":"`+strings.Repeat("王", 65)+`","pin":"`+thePIN+`"}`, 400),
		accept("a note too long", `{"technician":"王工","note":"`+strings.Repeat("新", 501)+`","pin":"`+thePIN+`"}`, 400),
		accept("despite one thing", `{"technician":"王工","despite":"disk","pin":"`+thePIN+`"}`, 400),
		accept("despite numbers", `{"technician":"王工","despite":[1],"pin":"`+thePIN+`"}`, 400),
		get("the journal", "/v1/journal", "", 200),
		get("the journal's check", "/v1/journal/check", "", 200),
		slip("a slip", "T000001-1-1/slip?lang=en&width=42", 200),
		slip("a slip of a refusal", "T000001-1-2/slip", 409),
		slip("a slip of nothing", "T000001-1-9/slip", 404),
		slip("a slip in a language nobody speaks", "T000001-1-1/slip?lang=fr", 400),
		slip("a slip too narrow", "T000001-1-1/slip?width=1", 400),
		slip("a slip of no number", "x/slip", 400),
		paper("a slip on paper", "T000001-1-1/print", ``, 200),
		paper("a wide one", "T000001-1-1/print", `{"lang":"en","width":48}`, 200),
		paper("one as it is set up", "T000001-1-1/print", `{"width":0}`, 200),
		paper("one of a refusal", "T000001-1-2/print", ``, 409),
		paper("one of nothing", "T000001-1-9/print", ``, 404),
		paper("one of no number", "x/print", ``, 400),
		paper("one too narrow", "T000001-1-1/print", `{"width":31}`, 400),
		paper("one in a language nobody speaks", "T000001-1-1/print", `{"lang":"fr"}`, 400),
		paper("one with a field nobody knows", "T000001-1-1/print", `{"copies":2}`, 400),
		beyond(paper("too much", "T000001-1-1/print", `{"lang":"`+long+`"}`, 413)),
		beyond(paper("one that the printer does not print", "T000001-3-1/print", ``, 503)),
		get("events without a websocket", "/v1/events", "", 400),
		with(get("the page", "/", "", 200), func(r *http.Request) { r.Header.Del("Authorization") }),
		with(get("a file of the page", "/page/{file}", "/page/main.js", 200), func(r *http.Request) { r.Header.Del("Authorization") }),
		get("a file that is not there", "/page/{file}", "/page/routes.go", 404),
		get("the description", "/openapi.json", "", 200),
		with(get("the page under another name", "/", "", 403), func(r *http.Request) { r.Host = "evil.example" }),
	}
}
