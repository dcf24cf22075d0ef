package main

import (
	"context"
	"path/filepath"
	"sync"

	"github.com/spf13/cobra"
	"golang.org/x/sys/windows/svc"
)

// The service's log in the data folder: its name, and how long it grows, in bytes, before it becomes the old one. That is
// some months of an agent that has little to say, and never more than twice as much on the disk.
const (
	logName = "agent.log"
	logKept = 4 << 20
)

// mainCommand is what the service manager starts: `run` with the flags that follow. Nothing else is a sign of being a
// service that is the same on every Windows.
func (p *program) mainCommand() *cobra.Command {
	c := p.command("main", "（服务管理器用）", "(for the service manager)", nil, func(_ context.Context, args []string) error {
		m := &managed{streams: p.streams, args: append([]string{"run"}, args...)}
		if err := svc.Run(serviceName, m); err != nil {
			return managerError(err)
		}
		return nil // the exit code is the manager's, not the process's
	})
	c.Hidden, c.DisableFlagParsing = true, true
	return c
}

// managed is the agent under the service manager.
type managed struct {
	streams
	args []string
}

// Execute implements svc.Handler. The service counts as running once the desk is open, which is when the agent prints its
// address. A user who logs off is none of its business, though Windows tells it in the way it tells others to end, so the
// manager alone ends it.
func (m *managed) Execute(_ []string, asked <-chan svc.ChangeRequest, tell chan<- svc.Status) (bool, uint32) {
	const accepts = svc.AcceptStop | svc.AcceptShutdown
	tell <- svc.Status{State: svc.StartPending, WaitHint: uint32(startWithin.Milliseconds())}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	log, err := openLog(filepath.Join(dataOf(m.args, m.getenv), logName), logKept)
	if err != nil {
		return true, exitFailed // the manager writes it into the system's log
	}
	defer log.Close()
	open, ended := newOpening(), make(chan int, 1)
	go func() { ended <- execute(ctx, m.args, streams{m.getenv, m.in, open, log, m.self}) }()
	for opened := open.opened; ; {
		select {
		case <-opened:
			opened = nil
			tell <- svc.Status{State: svc.Running, Accepts: accepts}
		case code := <-ended:
			return code != exitDone, uint32(code)
		case r := <-asked:
			switch r.Cmd {
			case svc.Interrogate:
				tell <- r.CurrentStatus
			case svc.Stop, svc.Shutdown:
				tell <- svc.Status{State: svc.StopPending, WaitHint: uint32(stopWithin.Milliseconds())}
				stop()
			}
		}
	}
}

// opening is the agent's standard output: its first line says that the desk is open.
type opening struct {
	opened chan struct{}
	once   sync.Once
}

func newOpening() *opening { return &opening{opened: make(chan struct{})} }

// Write implements io.Writer.
func (o *opening) Write(line []byte) (int, error) {
	o.once.Do(func() { close(o.opened) })
	return len(line), nil
}

// dataOf is the data folder in the service's command line, which serviceArgs wrote.
func dataOf(args []string, getenv func(string) string) string {
	for i, a := range args {
		if a == "--data" && i+1 < len(args) {
			return args[i+1]
		}
	}
	return defaultData(getenv)
}
