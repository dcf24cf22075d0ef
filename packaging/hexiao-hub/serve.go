package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/pelletier/go-toml/v2"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"hexiao/hub/cashout"
	"hexiao/hub/gate"
	"hexiao/hub/ledger"
	"hexiao/hub/office"
)

// config is what --config may set; every key may be left out.
type config struct {
	Listen      string   `toml:"listen"`       // as --listen, which goes before it
	Names       []string `toml:"names"`        // host names and addresses that terminals use for this hub; the certificate is for them
	Connections int      `toml:"connections"`  // most terminals at once; 20,000 when left out
	PerAddress  int      `toml:"per_address"`  // most from one address; 1,000 when left out
	MetricsFrom []string `toml:"metrics_from"` // networks beside this machine that may read /metrics and /readyz, such as "192.0.2.0/24"
	LogLevel    string   `toml:"log_level"`    // debug, info, warn or error; info when left out
	ShadowRules string   `toml:"shadow_rules"` // file of rules for cash-out that are tried beside those in force and open no cases; none when left out
}

func (p *program) serveCommand() *cobra.Command {
	var listen, file, db string
	c := &cobra.Command{Use: "serve", Short: p.say("运行中心", "run the hub"), Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		cfg, err := p.config(file)
		if err != nil {
			return err
		}
		if db != "" {
			return misuse{errors.New(p.say("这个版本还不能使用 PostgreSQL，请去掉 --db", "this version keeps its book in files and cannot use PostgreSQL yet; leave --db out"))}
		}
		if c.Flags().Changed("listen") || cfg.Listen == "" {
			cfg.Listen = listen
		}
		return p.serve(c.Context(), cfg)
	}}
	c.Flags().StringVar(&listen, "listen", "127.0.0.1:8443", p.say("监听地址", "the address to listen on"))
	c.Flags().StringVar(&file, "config", "", p.say("配置文件（TOML）：listen、names、connections、per_address、metrics_from、log_level、shadow_rules", "configuration file (TOML): listen, names, connections, per_address, metrics_from, log_level, shadow_rules"))
	c.Flags().StringVar(&db, "db", "", p.say("PostgreSQL 地址（以后的版本）", "address of PostgreSQL (a later version)"))
	return c
}

func (p *program) config(file string) (config, error) {
	var cfg config
	if file == "" {
		return cfg, nil
	}
	f, err := os.Open(file)
	if err != nil {
		return cfg, misuse{fmt.Errorf(p.say("读不到配置文件：%w", "cannot read the configuration: %w"), err)}
	}
	defer f.Close()
	err = toml.NewDecoder(f).DisallowUnknownFields().Decode(&cfg)
	if strict := (*toml.StrictMissingError)(nil); errors.As(err, &strict) {
		row, _ := strict.Errors[0].Position()
		return cfg, misuse{fmt.Errorf(p.say("%s 第 %d 行：没有这个配置项 %s", "%s:%d: there is no setting %s"), file, row, strings.Join(strict.Errors[0].Key(), "."))}
	}
	if bad := (*toml.DecodeError)(nil); errors.As(err, &bad) {
		row, column := bad.Position()
		return cfg, misuse{fmt.Errorf("%s:%d:%d: %s", file, row, column, bad.Error())}
	}
	return cfg, err
}

// serve opens the folder and the address, and says when it is ready.
func (p *program) serve(ctx context.Context, cfg config) error {
	log, err := p.logger(cfg.LogLevel)
	if err != nil {
		return err
	}
	shadow, err := p.shadowRules(cfg.ShadowRules)
	if err != nil {
		return err
	}
	h := &hub{log: log, config: cfg, changed: make(chan struct{}, 1), seen: make(chan struct{}, 1)}
	for _, network := range cfg.MetricsFrom {
		prefix, err := netip.ParsePrefix(network)
		if err != nil {
			return misuse{fmt.Errorf(p.say("metrics_from 须为网段，例如 192.0.2.0/24，而不是 %q", "metrics_from wants networks such as 192.0.2.0/24, not %q"), network)}
		}
		h.metrics = append(h.metrics, prefix)
	}
	if h.Office, err = office.Open(ctx, p.data, office.Settings{Log: log, Names: cfg.Names, Changed: h.tell, Grouped: h.grouped}); err != nil {
		return err
	}
	defer h.Close()
	h.Watch = h.NewWatch(shadow, log)
	ln, err := net.Listen("tcp", cfg.Listen)
	if err != nil {
		return fmt.Errorf(p.say("无法监听 %s：%w", "cannot listen on %s: %w"), cfg.Listen, err)
	}
	defer ln.Close()
	door, err := office.Listen(p.data)
	if err != nil {
		return err
	}
	defer door.Close()
	return h.run(ctx, ln, door, func() error {
		return json.NewEncoder(p.out).Encode(map[string]string{"listening": "https://" + ln.Addr().String()})
	})
}

// hub is a served folder.
type hub struct {
	*office.Office
	log     *slog.Logger
	config  config
	metrics []netip.Prefix
	gate    atomic.Pointer[gate.Gate] // nil until the book has told who this hub is
	changed chan struct{}             // there is something for the views to fold,
	seen    chan struct{}             // and for the cash-out watch
}

func (h *hub) tell(c ledger.Change) {
	if g := h.gate.Load(); g != nil {
		g.Changed(c)
	}
}

func (h *hub) grouped(requests, entries int, took time.Duration) {
	if g := h.gate.Load(); g != nil {
		g.Grouped(requests, entries, took)
	}
	for _, wakes := range []chan struct{}{h.changed, h.seen} {
		select {
		case wakes <- struct{}{}:
		default:
		}
	}
}

// run is the whole program on one screen. Gate and socket end first, with ctx or when anything fails; ledger and views
// outlive those who ask them.
func (h *hub) run(ctx context.Context, ln, door net.Listener, ready func() error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	var inner errgroup.Group
	inner.Go(func() error { defer stop(); return ended(h.Ledger.Run(life)) })
	inner.Go(func() error { defer stop(); return ended(h.Views.Follow(life, h.Book, h.changed)) })

	err := h.open(ctx)
	if err == nil {
		outer, ctx := errgroup.WithContext(ctx)
		outer.Go(func() error { return h.gate.Load().Run(ctx, ln) })
		outer.Go(func() error { return h.Serve(ctx, door, h.log) })
		outer.Go(func() error { return h.renew(ctx) })
		outer.Go(func() error { return ended(h.Watch.Run(ctx, h.seen)) })
		outer.Go(ready)
		err = outer.Wait()
	}
	end()
	return errors.Join(err, inner.Wait())
}

// renew looks at the server's certificate once a day, so that a hub that runs for years never serves an old one.
func (h *hub) renew(ctx context.Context) error {
	daily := time.NewTicker(24 * time.Hour)
	defer daily.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-daily.C:
			if made, err := h.Keys.Renew(now); err != nil {
				h.log.Error("server certificate not renewed", "err", err)
			} else if made {
				h.log.Info("server certificate renewed")
			}
		}
	}
}

// ended makes an orderly end of what was told to end.
func ended(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// open asks the book who this hub is, and makes its gate.
func (h *hub) open(ctx context.Context) error {
	if err := h.Begin(ctx); err != nil {
		return err
	}
	h.gate.Store(gate.New(gate.Options{
		Ledger: h.Ledger, Hub: h.Keys.Hub(), Issuing: h.Keys.Issuing(), CA: h.Keys.CA(), Log: h.log,
		Certificate: func() *tls.Certificate { c := h.Keys.TLSCertificate(); return &c },
		Ready:       h.ready, Readings: gate.Readings{ViewsBehind: h.behind},
		MetricsFrom: h.metrics, Connections: h.config.Connections, PerAddress: h.config.PerAddress,
	}))
	h.Live = h.gate.Load().Live
	return nil
}

// maxBehind is how many entries the views may be behind before the hub says that it is not ready to be asked things; a
// busy hub writes some tens of thousands a second and folds them every quarter of a second.
const maxBehind = 100_000

func (h *hub) ready() error {
	switch behind := h.behind(); {
	case !h.Ledger.Running():
		return errors.New("the ledger has stopped")
	case behind > maxBehind:
		return fmt.Errorf("the views are %.0f entries behind the book", behind)
	}
	return nil
}

func (h *hub) behind() float64 {
	head, _ := h.Book.Head()
	return float64(head) - float64(h.Views.Position())
}

// shadowRules reads the rules that are tried beside those in force; nil for none.
func (p *program) shadowRules(file string) (*cashout.Rules, error) {
	if file == "" {
		return nil, nil
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, misuse{fmt.Errorf(p.say("读不到 shadow_rules 规则文件：%w", "cannot read the file of shadow_rules: %w"), err)}
	}
	rules, err := cashout.ParseRules(raw)
	if err != nil {
		return nil, misuse{fmt.Errorf(p.say("shadow_rules 文件 %s 不能使用，请改正或去掉这一项：%w", "the file %s of shadow_rules cannot be used; mend it, or leave the setting out: %w"), file, err)}
	}
	return &rules, nil
}

func (p *program) logger(level string) (*slog.Logger, error) {
	var l slog.Level
	if level != "" {
		if err := l.UnmarshalText([]byte(level)); err != nil {
			return nil, misuse{fmt.Errorf(p.say("log_level 须为 debug、info、warn 或 error，而不是 %q", "log_level is debug, info, warn or error, not %q"), level)}
		}
	}
	return slog.New(slog.NewTextHandler(p.err, &slog.HandlerOptions{Level: l})), nil
}
