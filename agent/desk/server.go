package desk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"hexiao/hub/voucher"
)

// ErrNotLoopback: the desk was told to listen where other machines could reach it.
var ErrNotLoopback = errors.New("the desk listens on loopback only, such as 127.0.0.1:7373")

// How long the door waits, and for what. A redemption may take a campaign's longest patience (30 s, voucher.Check) and
// the disk after it.
const (
	headerWait = 5 * time.Second
	bodyWait   = 10 * time.Second
	answerWait = 60 * time.Second
	idleWait   = 2 * time.Minute
	endWait    = 45 * time.Second
)

// Journal is what the desk shows of the till's record as a whole.
type Journal interface {
	// Export writes every record as one JSON object a line, no code in it.
	Export(w io.Writer) error
	// Verify reads the whole record again; the error says what is wrong with it.
	Verify() error
}

// Config is what a server needs.
type Config struct {
	Counter  Counter
	Journal  Journal       // nil: the two addresses for it are not there
	Sales    Sales         // nil: there are no slips
	Shifts   Shifts        // nil: the addresses for them are not there
	Practice Practice      // nil: likewise
	Settings *SettingsFile // nil: likewise
	Lanes    Lanes         // nil: likewise
	Bench    Bench         // nil: likewise; it takes Settings, which hold the PIN
	// Pictures finds the texts of the QR codes in a picture, in reading order; none is no error. An *Error of its own is said as it is. nil: pictures
	// are not taken.
	Pictures func(ctx context.Context, picture io.Reader) ([]string, error)
	Printer  Printer // nil: no slip can be put on paper, and whoever asks is told so
	Paper    Paper   // how it is set
	Token    string  // every request must bear it
	Log      *slog.Logger

	// Doctor checks this PC; nil: likewise. It ends by itself in time (see Client.Doctor), or with ctx.
	Doctor   func(ctx context.Context) []Finding
	QR       func(text string) ([]byte, error) // draws a PNG; nil: codes are told as text only
	Fittings func() []voucher.Fitting          // what is set up, as a handover says it; nil: nothing is said
}

// Server is the door: HTTP on loopback for one agent. Make it with NewServer.
type Server struct {
	counter  Counter
	journal  Journal
	sales    Sales
	slips    slips
	shifts   Shifts                                             // nil: likewise
	practice Practice                                           // nil: likewise
	settings *SettingsFile                                      // nil: likewise
	pictures func(context.Context, io.Reader) ([]string, error) // nil: likewise
	looking  chan struct{}                                      // full while a picture is looked at
	lanes    Lanes                                              // nil: likewise
	bench    Bench                                              // nil: likewise
	doctor   func(ctx context.Context) []Finding                // nil: likewise
	printer  Printer                                            // nil: there is none
	paper    Paper
	each     chan due // what is to be printed by itself; nil: nothing is
	qr       func(string) ([]byte, error)
	fittings func() []voucher.Fitting
	token    string
	log      *slog.Logger
	mux      *http.ServeMux
	methods  map[string][]string // of every path, to be compared with the description

	life   context.Context // of the event streams; ends when Run has let the last answers out
	end    context.CancelFunc
	events sync.WaitGroup
	seats  chan struct{} // one taken by each event stream

	checking chan struct{} // full while this PC is checked
}

// NewServer builds the door and opens nothing.
func NewServer(c Config) *Server {
	s := &Server{
		counter: c.Counter, journal: c.Journal, sales: c.Sales, shifts: c.Shifts, practice: c.Practice, settings: c.Settings, pictures: c.Pictures, bench: c.Bench, doctor: c.Doctor, token: c.Token, log: c.Log,
		lanes: c.Lanes, qr: c.QR, fittings: c.Fittings,
		printer: c.Printer, paper: c.Paper,
		seats: make(chan struct{}, maxStreams), looking: make(chan struct{}, 1), checking: make(chan struct{}, 1),
	}
	if c.Printer != nil && c.Paper.Each {
		s.each = make(chan due, eachRoom)
	}
	s.life, s.end = context.WithCancel(context.Background())
	s.mux = s.routes()
	return s
}

// Listen opens the desk's address, such as "127.0.0.1:7373" (port 0 takes a free one). It returns ErrNotLoopback, or
// the system's error.
func Listen(address string) (net.Listener, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("desk address %q: %w", address, err)
	}
	if host == "localhost" {
		host = "127.0.0.1"
	}
	if ip, err := netip.ParseAddr(host); err != nil || !ip.IsLoopback() {
		return nil, fmt.Errorf("desk address %q: %w", address, ErrNotLoopback)
	}
	l, err := net.Listen("tcp", net.JoinHostPort(host, port))
	if err != nil {
		return nil, fmt.Errorf("open the desk: %w", err)
	}
	return l, nil
}

// Run serves until ctx ends. Then it takes nothing new, lets out the answers that are waited for, ends the event
// streams, and returns nil. The listener is closed in any case.
func (s *Server) Run(ctx context.Context, l net.Listener) error {
	server := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: headerWait,
		ReadTimeout:       bodyWait,
		WriteTimeout:      answerWait,
		IdleTimeout:       idleWait,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	select {
	case err := <-failed:
		s.end()
		return fmt.Errorf("serve the desk: %w", err)
	case <-ctx.Done():
	}
	wait, cancel := context.WithTimeout(context.WithoutCancel(ctx), endWait)
	defer cancel()
	if err := server.Shutdown(wait); err != nil {
		s.log.Warn("desk ended with requests open", "error", err)
		server.Close()
	}
	<-failed
	s.settle(wait)
	s.end()
	s.events.Wait()
	return nil
}

// settle waits until no scan is being dealt with, so that the window still hears its answer.
func (s *Server) settle(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for e := range s.counter.Watch(ctx) {
		if e.View != nil && !e.View.Busy {
			return
		}
	}
}

// ServeHTTP looks at who asks before anything else.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if refusal := s.admit(r); refusal != nil {
		s.log.Warn("desk refused a request", "path", r.URL.Path, "why", refusal.Text.En)
		refuse(w, *refusal)
		return
	}
	s.mux.ServeHTTP(w, r)
}
