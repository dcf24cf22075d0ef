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

// Config is what a server needs. Counter, Token and Log are required; whatever else is nil has no addresses at this desk.
type Config struct {
	Counter  Counter                                   // the till as people meet it
	Journal  Journal                                   // its record as a whole
	Sales    Sales                                     // where slips are found
	Shifts   Shifts                                    // shifts and their closing
	Practice Practice                                  // the counter to practise at
	Settings *SettingsFile                             // with the PIN, without which there is no Bench
	Lanes    Lanes                                     // lane tests and acceptance
	Fittings func() []voucher.Fitting                  // what is set up, as a handover says it; nil: it says nothing
	Bench    Bench                                     // where devices are set up
	Doctor   func(context.Context) []Finding           // checks this PC; ends in time (see Client.Doctor), or with ctx
	Pictures PictureReader                             // looks at one picture at a time
	QR       func(text string) (png []byte, err error) // draws a code; nil: a lane test's is told as text only
	Printer  Printer                                   // nil: whoever wants paper is told that there is none
	Paper    Paper                                     // how Printer is set
	Token    string                                    // every request must bear it
	Log      *slog.Logger
}

// PictureReader finds the texts of the QR codes in a picture, in reading order; none is no error. An *Error is said as it is.
type PictureReader func(ctx context.Context, picture io.Reader) ([]string, error)

// Server is the door: HTTP on loopback for one agent. Make it with NewServer.
type Server struct {
	counter  Counter
	journal  Journal
	sales    Sales
	slips    slips
	shifts   Shifts
	practice Practice
	settings *SettingsFile
	lanes    Lanes
	fittings func() []voucher.Fitting
	bench    Bench
	doctor   func(context.Context) []Finding
	pictures PictureReader
	qr       func(string) ([]byte, error)
	printer  Printer
	paper    Paper
	token    string
	log      *slog.Logger

	mux     *http.ServeMux
	methods map[string][]string // of every path, to be compared with the description
	each    chan due            // what is to be printed by itself; nil: nothing is

	life   context.Context // of the event streams; ends when Run has let the last answers out
	end    context.CancelFunc
	events sync.WaitGroup
	seats  chan struct{} // one taken by each event stream

	looking  chan struct{} // full while a picture is looked at
	checking chan struct{} // full while this PC is checked
}

// NewServer builds the door and opens nothing.
func NewServer(c Config) *Server {
	s := &Server{
		counter: c.Counter, journal: c.Journal, sales: c.Sales, shifts: c.Shifts, practice: c.Practice, settings: c.Settings,
		lanes: c.Lanes, fittings: c.Fittings, bench: c.Bench, doctor: c.Doctor,
		pictures: c.Pictures, qr: c.QR, printer: c.Printer, paper: c.Paper,
		token: c.Token, log: c.Log,
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
