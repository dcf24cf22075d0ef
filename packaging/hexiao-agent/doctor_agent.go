package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"hexiao/agent/desk"
	"hexiao/agent/journal"
	"hexiao/agent/uplink"
)

// folder looks at the data folder: there, a folder, and one that we can write to.
func (c *checkup) folder(context.Context) []desk.Finding {
	const check = "folder"
	info, err := os.Stat(c.data)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return []desk.Finding{bad(check, "没有目录 "+c.data, "there is no folder "+c.data, "请先运行 hexiao-agent enrol", "run hexiao-agent enrol first")}
	case err != nil:
		return []desk.Finding{c.explained(check, err)}
	case !info.IsDir():
		return []desk.Finding{bad(check, c.data+" 不是目录", c.data+" is no folder", "请把它移走，再运行 hexiao-agent enrol", "move it away, then run hexiao-agent enrol")}
	}
	f, err := os.CreateTemp(c.data, ".doctor-*")
	if err != nil {
		found := c.explained(check, err)
		found.Text.Zh, found.Text.En = "目录 "+c.data+" 写不进去。"+found.Text.Zh, "the folder "+c.data+" cannot be written: "+found.Text.En
		return []desk.Finding{found}
	}
	f.Close()
	os.Remove(f.Name())
	return []desk.Finding{well(check, c.data+" 可写", c.data+" can be written")}
}

// explained is a finding of an error of any room, whose sentence names the cure, too.
func (c *checkup) explained(check string, err error) desk.Finding {
	e := explain(err, c.data)
	return bad(check, e.Zh, e.En, "请按上面说的处理后再查一次", "do what it says, then check again")
}

// identify looks at what enrolment gave, and at who may read the secret part of it.
func (c *checkup) identify() []desk.Finding {
	const check = "identity"
	i, err := uplink.LoadIdentity(c.data)
	switch {
	case errors.Is(err, uplink.ErrNotEnrolled):
		e := explain(err, c.data)
		return []desk.Finding{bad(check, e.Zh, e.En, "请运行 hexiao-agent enrol --hub 地址 --token 令牌 --data "+c.data, "run hexiao-agent enrol --hub URL --token TOKEN --data "+c.data)}
	case err != nil:
		return []desk.Finding{c.explained(check, err)}
	}
	c.identity, c.enrolled = i, true
	key := filepath.Join(c.data, "device.key")
	if info, err := os.Stat(key); err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return []desk.Finding{bad(check, key+" 其他用户也能读", key+" can be read by others", "请执行 chmod 600 "+key, "run chmod 600 "+key)}
	}
	return []desk.Finding{well(check, fmt.Sprintf("终端 %s，商户 %s（%s），中心 %s", i.Terminal, i.Merchant, i.MerchantName, i.Hub),
		fmt.Sprintf("terminal %s of merchant %s (%s), hub %s", i.Terminal, i.Merchant, i.MerchantName, i.Hub))}
}

// till is how the agent stands.
type till struct {
	view     *desk.View // of a running agent
	url      string     // of its desk; empty for the agent itself
	verify   func(context.Context) error
	waiting  *desk.View // without a running agent, what its journal says of the queue
	zone     string     // of the campaign; empty when it is not known
	unproven bool       // the journal was damaged and made again
	behind   bool       // the PC's clock is behind a time that has already been
	left     bool       // its desk's address lies there, and nobody answers
	err      error      // why there is neither a running agent nor a journal that could be read
}

// deskWait is how long a desk on the same PC may take to say how it stands.
const deskWait = 4 * time.Second

// askTill looks at the agent this runs in, asks the one that runs, or reads the journal when none does.
func (c *checkup) askTill(ctx context.Context) till {
	if c.agent != nil {
		v := c.agent.counter.View()
		verify := func(context.Context) error { return c.agent.journal.Verify() }
		return till{view: &v, zone: v.Zone, verify: verify}
	}
	client, err := desk.Find(c.data)
	left := err == nil
	if left {
		ctx, cancel := context.WithTimeout(ctx, deskWait)
		defer cancel()
		v, err := client.Status(ctx)
		if err == nil {
			return till{view: &v, zone: v.Zone, url: client.URL(), verify: client.Verify}
		}
		if !errors.Is(err, desk.ErrUnreachable) {
			return till{err: err}
		}
	}
	if !c.enrolled {
		return till{left: left, err: uplink.ErrNotEnrolled}
	}
	return c.readJournal(left)
}

// readJournal looks at the journal of an agent that does not run.
func (c *checkup) readJournal(left bool) till {
	record, err := c.lookJournal(c.identity)
	if err != nil {
		return till{left: left, err: err}
	}
	s := record.State()
	t := till{left: left, unproven: s.Unproven, behind: record.Stamp().Behind, waiting: &desk.View{Queued: s.Queued}}
	if !s.Oldest.IsZero() {
		t.waiting.Oldest = &s.Oldest
	}
	if s.Law != nil {
		t.zone = s.Law.Campaign.Zone
	}
	whole := errors.Join(record.Verify(), record.Close())
	t.verify = func(context.Context) error { return whole }
	return t
}

func (c *checkup) agentAndJournal(ctx context.Context) []desk.Finding {
	t := c.till(ctx)
	found := c.service()
	switch {
	case t.view != nil:
		return append(c.running(ctx, t), found...)
	case errors.Is(t.err, uplink.ErrNotEnrolled):
		return found
	}
	return append(c.alone(ctx, t), found...)
}

func (c *checkup) running(ctx context.Context, t till) (found []desk.Finding) {
	zh, en := "服务在运行，版本 "+t.view.Version, "the agent runs, version "+t.view.Version
	if t.url != "" {
		zh, en = "服务在运行："+t.url+"，版本 "+t.view.Version, "the agent runs at "+t.url+", version "+t.view.Version
	}
	found = append(found, well("agent", zh, en), c.journalFinding(ctx, t.verify), queue(*t.view, c.now()))
	for _, w := range t.view.Warnings {
		switch w.Code {
		case desk.WarnScanner, desk.WarnDevice, desk.WarnHubSilent, desk.WarnQueueOld: // looked at by themselves
		default:
			found = append(found, worse(w.Code, w.Text.Zh, w.Text.En, w.Next.Zh, w.Next.En))
		}
	}
	return found
}

func (c *checkup) journalFinding(ctx context.Context, verify func(context.Context) error) desk.Finding {
	err := verify(ctx)
	switch {
	case err == nil:
		return well("journal", "日志能打开，完整", "the journal opens and is whole")
	case ctx.Err() != nil:
		return worse("journal", "日志太大，没有来得及读完", "the journal is large and was not read to its end", "请在空闲时执行 hexiao-agent journal verify", "run hexiao-agent journal verify when the till is idle")
	case errors.Is(err, journal.ErrDamaged):
		err = fmt.Errorf("%w: %w", desk.ErrNotWhole, err)
	}
	return c.explained("journal", err)
}

// queue is what waits for the hub. A day is the age at which the till warns, too (agent's WarnQueueOld).
func queue(v desk.View, now time.Time) desk.Finding {
	if v.Queued == 0 {
		return well("queue", "没有待报中心的记录", "no record waits for the hub")
	}
	zh, en := fmt.Sprintf("%d 条待报中心", v.Queued), fmt.Sprintf("%d records wait for the hub", v.Queued)
	if v.Oldest != nil {
		age := now.Sub(*v.Oldest).Round(time.Minute)
		zh, en = fmt.Sprintf("%s，最早的已等 %v", zh, age), fmt.Sprintf("%s, the oldest for %v", en, age)
		if age > 24*time.Hour {
			return worse("queue", zh, en, "请让这台电脑连上网，直到记录报完", "bring this PC online until they are sent")
		}
	}
	return well("queue", zh, en)
}

func (c *checkup) alone(ctx context.Context, t till) (found []desk.Finding) {
	startZh, startEn := "请启动（"+howToStart+"）", "start it ("+howToStart+")"
	switch {
	case errors.Is(t.err, journal.ErrLocked):
		return []desk.Finding{bad("agent", "服务占着日志，但服务台没有回应", "an agent holds the journal, but its desk does not answer",
			"请重启服务（"+howToRestart+"）", "restart it ("+howToRestart+")")}
	case isDeskError(t.err):
		e := explain(t.err, c.data)
		return []desk.Finding{bad("agent", e.Zh, e.En, "请重启服务（"+howToRestart+"）；端口被别的程序占用时换一个（agent.toml 的 desk）",
			"restart the agent ("+howToRestart+"); where another program has its port, take another one (desk in agent.toml)")}
	case t.left:
		found = append(found, worse("agent", "服务没有运行，上次不是正常结束（断电或被杀）", "the agent does not run; it did not end by itself last time (power cut, or killed)", startZh, startEn))
	default:
		found = append(found, worse("agent", "服务没有运行", "the agent does not run", startZh, startEn))
	}
	found = append(found, c.doorTaken(ctx)...)
	if t.err != nil {
		return append(found, c.explained("journal", t.err))
	}
	found = append(found, c.journalFinding(ctx, t.verify), queue(*t.waiting, c.now()))
	if t.unproven {
		w := desk.NewWarning(desk.WarnUnproven, "", time.Time{})
		found = append(found, worse(w.Code, w.Text.Zh, w.Text.En, w.Next.Zh, w.Next.En))
	}
	if t.behind {
		w := desk.NewWarning(desk.WarnClock, "", time.Time{})
		found = append(found, bad(w.Code, w.Text.Zh, w.Text.En, w.Next.Zh, w.Next.En))
	}
	return found
}

// doorTaken looks whether another program listens where our desk would, so that the agent, started, would end at once. It
// knocks only: listening to try would stand in the way of an agent that starts just now.
func (c *checkup) doorTaken(ctx context.Context) []desk.Finding {
	if c.unread != nil {
		return nil // the address stands in the settings that could not be read
	}
	knock := net.Dialer{Timeout: c.step}
	line, err := knock.DialContext(ctx, "tcp", c.config.Desk)
	if err != nil {
		return nil
	}
	line.Close()
	return []desk.Finding{bad("desk", "别的程序占着服务台的地址 "+c.config.Desk+"，服务启动不了", "another program listens at "+c.config.Desk+", the desk's address, and the agent cannot start",
		"请关掉那个程序（Linux：ss -ltnp；Windows：netstat -ano 能看到是谁），或在 agent.toml 里给 desk 换一个端口再启动",
		"end that program (on Linux: ss -ltnp, on Windows: netstat -ano show which), or give desk another port in agent.toml, then start the agent")}
}

func isDeskError(err error) bool {
	_, ok := errors.AsType[*desk.Error](err)
	return ok
}

// zone compares this PC's time zone with the campaign's, whose dates are civil ones: by what both clocks would show now
// and half a year on, because zones have many names.
func (c *checkup) zone(ctx context.Context) []desk.Finding {
	const check = "zone"
	zone := c.till(ctx).zone
	theirs, err := time.LoadLocation(zone)
	if zone == "" || err != nil {
		return []desk.Finding{well(check, "活动规则还没到，时区未核对", "the campaign's rules have not come yet; the time zone was not compared")}
	}
	for _, at := range []time.Time{c.now(), c.now().AddDate(0, 6, 0)} {
		if here, there := at.In(c.local).Format("15:04"), at.In(theirs).Format("15:04"); here != there {
			return []desk.Finding{worse(check, fmt.Sprintf("本机时区与活动的 %s 不同：同一时刻本机显示 %s，活动是 %s", zone, here, there),
				fmt.Sprintf("this PC's time zone is not the campaign's %s: it shows %s where the campaign has %s", zone, here, there),
				"请把时区改成 "+zone+"（Linux：timedatectl set-timezone "+zone+"）；核销按活动的时区算，不受影响，但屏幕和收银软件的时间会不一致",
				"set the zone to "+zone+" (on Linux: timedatectl set-timezone "+zone+"); redemptions go by the campaign's zone anyway, but what screens and the POS show will differ")}
		}
	}
	return []desk.Finding{well(check, "时区与活动一致（"+zone+"）", "the time zone agrees with the campaign's ("+zone+")")}
}
