package desk

import (
	"embed"
	"encoding/json"
	"net/http"
	"path"
	"regexp"
	"sync"
	"time"

	"hexiao/hub/voucher"
	"hexiao/ui"
	"hexiao/ui/tone"
)

// The plain page: the window's screens in a browser, for PCs whose graphics cannot draw the window. It is made of the
// files in page as they are, and of shared.js, which bears the words of ui so that they are written once.
//
//go:embed page
var pageFolder embed.FS

const pagePath = "/page/"

type pageFile struct {
	kind string
	body []byte
}

var pageFiles = readPage()

func readPage() map[string]pageFile {
	kinds := map[string]string{".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
	entries, err := pageFolder.ReadDir("page")
	if err != nil {
		panic(err) // built without its files
	}
	all := map[string]pageFile{}
	for _, e := range entries {
		body, err := pageFolder.ReadFile(path.Join("page", e.Name()))
		if err != nil {
			panic(err)
		}
		all[e.Name()] = pageFile{kinds[path.Ext(e.Name())] + "; charset=utf-8", body}
	}
	all["shared.js"] = pageFile{kinds[".js"] + "; charset=utf-8", sharedWords()}
	return all
}

// sounds are the answers' sounds, the same that the window plays: FINAL.wav, and practice-FINAL.wav. They are made when
// somebody first asks for one.
var sounds = sync.OnceValue(func() map[string]pageFile {
	all := map[string]pageFile{}
	for _, a := range answers {
		all[string(a)+".wav"] = pageFile{"audio/wav", tone.WAV(tone.Sound{Answer: a}.Samples(loudest))}
		all["practice-"+string(a)+".wav"] = pageFile{"audio/wav", tone.WAV(tone.Sound{Answer: a, Practice: true}.Samples(loudest))}
	}
	return all
})

const loudest = 100 // the page turns them down

// lineStates are the states of a Line.
var lineStates = []string{"final", "provisional", "disputed", "refused", "reversed", "voided", "waiting"}

// sharedWords is the module shared.js: the words of ui that the page says too, and the limits and practice codes of the desk.
func sharedWords() []byte {
	titles, states := map[voucher.Answer]voucher.Text{}, map[string]voucher.Text{}
	for _, a := range answers {
		titles[a] = ui.Title(a)
	}
	for _, s := range lineStates {
		states[s] = ui.State(s)
	}
	sources := map[string]voucher.Text{}
	for _, s := range []string{"typed", "pos", "display"} {
		sources[s] = ui.BillSource(s)
	}
	away, refused := gone(ErrUnreachable, time.Time{}), gone(&Error{}, time.Time{})
	words, err := json.Marshal(map[string]any{
		"titles": titles, "states": states, "sources": sources,
		"risk":      map[voucher.Bearer]voucher.Text{voucher.FundBears: ui.Risk(voucher.FundBears), voucher.MerchantBears: ui.Risk(voucher.MerchantBears)},
		"notAmount": ui.Amount(nil), "tooMuch": ui.Amount(voucher.ErrTooMuch),
		"limits":   map[string]int{"minPIN": MinPIN, "maxPIN": MaxPIN, "minTextSize": MinTextSize, "maxTextSize": MaxTextSize, "maxVolume": MaxVolume},
		"practise": map[string]string{"good": PractiseGood, "offline": PractiseOffline, "used": PractiseUsed, "expired": PractiseExpired, "damaged": PractiseDamaged},
		"gone":     map[string]voucher.Text{"text": away.Gone.Text, "next": away.Gone.Next, "refused": refused.Gone.Next},
	})
	if err != nil {
		panic(err) // texts and numbers only
	}
	return append(append([]byte("export default "), words...), ";\n"...)
}

// open tells what may be had without the token: the page and its files, which hold no secret and have to be there to ask
// for it, and the description of the desk.
func open(r *http.Request) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	return r.URL.Path == "/" || r.URL.Path == openapiPath || path.Dir(r.URL.Path)+"/" == pagePath
}

func (s *Server) page(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("file")
	if name == "" {
		name = "index.html"
	}
	file, there := pageFiles[name]
	if !there {
		file, there = sounds()[name]
	}
	if !there {
		nothingHere(w, r)
		return
	}
	shield(w, r)
	w.Header().Set("Content-Type", file.kind)
	w.Write(file.body) // an error means that the browser has gone
}

// plainHost is a Host that may stand in a header: an address or localhost, and a port.
var plainHost = regexp.MustCompile(`^[A-Za-z0-9.:\[\]]+$`)

// shield lets the page run its own files and speak to this desk, and nothing else: no script of somebody else's, no frame
// around it, nothing kept on the disk. The websocket is named because older browsers do not count it as 'self'.
func shield(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	line := ""
	if plainHost.MatchString(r.Host) {
		line = " ws://" + r.Host
	}
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'"+line+
		"; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}
