package office

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// maxRequest bounds what a command sends: a merchants' list of 10 MiB in base64 and some.
const maxRequest = 16 << 20

// socketName is the door inside the data folder; only the hub's own user may knock.
const socketName = "hub.sock"

// socketPath is where the socket lies. A socket's path may have 107 bytes (unix(7)); in a deeper folder the way to it goes
// through the folder's descriptor, which release closes.
func socketPath(dir string) (path string, release func()) {
	path = filepath.Join(dir, socketName)
	if len(path) <= 107 {
		return path, func() {}
	}
	folder, err := os.Open(dir)
	if err != nil {
		return path, func() {}
	}
	return fmt.Sprintf("/proc/self/fd/%d/%s", folder.Fd(), socketName), func() { folder.Close() }
}

// answer is what goes back through the socket; one of the two is set.
type answer struct {
	Out     json.RawMessage `json:"out,omitempty"`
	Refusal *Refusal        `json:"refusal,omitempty"`
}

// Listen opens the socket in a data folder; a command may knock from then on. Only one hub may serve a folder: the
// book's lock sees to that, so a socket that is there already is a dead one's.
func Listen(dir string) (net.Listener, error) {
	path, release := socketPath(dir)
	defer release()
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("open the hub's socket: %w", err)
	}
	ln, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("open the hub's socket: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("open the hub's socket: %w", err), ln.Close())
	}
	return ln, nil
}

// Serve answers commands through a socket until ctx ends; requests under way are finished.
func (o *Office) Serve(ctx context.Context, ln net.Listener, log *slog.Logger) error {
	o.serving.Store(true)
	server := &http.Server{Handler: o.handler(log), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: time.Minute}
	drained := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(drained)
		end, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if server.Shutdown(end) != nil {
			server.Close()
		}
	})
	err := server.Serve(ln)
	if !stop() {
		<-drained
	}
	if !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve the hub's socket: %w", err)
	}
	return nil
}

func (o *Office) handler(log *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /backup", func(w http.ResponseWriter, r *http.Request) {
		if err := o.WriteBackup(r.Context(), w); err != nil {
			log.Error("backup failed", "err", err)
			panic(http.ErrAbortHandler) // the line breaks off, so that what was sent is not taken for whole
		}
	})
	mux.HandleFunc("POST /{operation}", func(w http.ResponseWriter, r *http.Request) {
		in, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
		if err != nil {
			http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
			return
		}
		name := r.PathValue("operation")
		out, err := o.Do(r.Context(), name, in)
		a := answer{Out: out}
		if no := (*Refusal)(nil); errors.As(err, &no) {
			a.Refusal = no
		} else if err != nil {
			log.Error("operation failed", "operation", name, "err", err)
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		json.NewEncoder(w).Encode(a)
	})
	return mux
}

// ErrNoHub: no hub runs on the folder; a command may open it itself.
var ErrNoHub = errors.New("no hub runs on this folder")

// Client asks a running hub through the socket in its folder.
type Client struct{ http *http.Client }

// Dial finds the hub that runs on a folder; ErrNoHub when none answers.
func Dial(ctx context.Context, dir string) (*Client, error) {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		path, release := socketPath(dir)
		defer release()
		return (&net.Dialer{}).DialContext(ctx, "unix", path)
	}
	conn, err := dial(ctx, "", "")
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
		return nil, fmt.Errorf("%w: %w", ErrNoHub, err)
	}
	if err != nil {
		return nil, fmt.Errorf("reach the hub that runs on %s: %w", dir, err)
	}
	conn.Close()
	return &Client{&http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}}, nil
}

// backup is Office.WriteBackup in the running hub.
func (c *Client) backup(ctx context.Context, w io.Writer) error {
	r, err := http.NewRequestWithContext(ctx, "POST", "http://hub/backup", nil)
	if err != nil {
		return err
	}
	reply, err := c.http.Do(r)
	if err != nil {
		return fmt.Errorf("ask the running hub for a backup (its log says more): %w", err)
	}
	defer reply.Body.Close()
	if _, err := io.Copy(w, reply.Body); err != nil {
		return fmt.Errorf("take the backup from the running hub (its log says more): %w", err)
	}
	return nil
}

// Do is Office.Do in the running hub.
func (c *Client) Do(ctx context.Context, name string, in json.RawMessage) (json.RawMessage, error) {
	r, err := http.NewRequestWithContext(ctx, "POST", "http://hub/"+name, bytes.NewReader(in))
	if err != nil {
		return nil, err
	}
	reply, err := c.http.Do(r)
	if err != nil {
		return nil, fmt.Errorf("ask the running hub: %w", err)
	}
	defer reply.Body.Close()
	said, err := io.ReadAll(reply.Body)
	if err != nil {
		return nil, fmt.Errorf("ask the running hub: %w", err)
	}
	if reply.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the running hub: %s", bytes.TrimSpace(said))
	}
	var a answer
	if err := json.Unmarshal(said, &a); err != nil {
		return nil, fmt.Errorf("the running hub answered something else: %w", err)
	}
	if a.Refusal != nil {
		return nil, a.Refusal
	}
	return a.Out, nil
}
