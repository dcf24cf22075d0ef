package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/svc"
	"golang.org/x/sys/windows/svc/mgr"

	"hexiao/agent/uplink"
)

func (p *program) serviceCommand() *cobra.Command {
	c := p.command("service COMMAND", "安装、删除、启动、停止 Windows 服务", "install, remove, start and stop the Windows service", p.noCommand, nil)
	c.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
	var s settings
	var force bool
	install := p.withSettings(p.withData(p.command("install [--data DIR]", "把程序放到 Program Files，装成服务并启动；已装的则升级",
		"put the programs into Program Files, make them a service and start it; one that is there is upgraded", p.args(0, 0, ""),
		func(ctx context.Context, _ []string) error { return p.install(ctx, s) })), &s)
	remove := p.withData(p.command("remove [--data DIR]", "停止并删除服务，数据保留", "stop the service and remove it; the data stays", p.args(0, 0, ""),
		func(ctx context.Context, _ []string) error { return p.remove(ctx, force) }))
	remove.Flags().BoolVar(&force, "force", false, p.say.of("还有核销没有上传中心也删除", "remove it although the hub has not had every redemption"))
	c.AddCommand(install, remove, p.mainCommand())
	for _, one := range []struct {
		name, zh, en string
		do           func(context.Context, *mgr.Service) error
	}{
		{"start", "启动服务", "start the service", p.start},
		{"stop", "停止服务，已受理的核销都在", "stop the service; nothing that was accepted is lost", p.stop},
		{"restart", "重新启动服务，改了 agent.toml 之后用", "stop the service and start it, after a change of agent.toml", p.restart},
	} {
		c.AddCommand(p.command(one.name, one.zh, one.en, p.args(0, 0, ""), func(ctx context.Context, _ []string) error { return p.atManager(ctx, one.do) }))
	}
	return c
}

// install makes the service, or brings the one that is there to this program's version and these settings.
func (p *program) install(ctx context.Context, s settings) error {
	if _, err := s.load(p.data); err != nil {
		return err
	}
	if _, err := uplink.LoadIdentity(p.data); err != nil {
		return err
	}
	m, err := mgr.Connect()
	if err != nil {
		return managerError(err)
	}
	defer m.Disconnect()
	if err := folder(p.data); err != nil {
		return err
	}
	service, err := m.OpenService(serviceName)
	if err == nil {
		defer service.Close()
		if err := p.stop(ctx, service); err != nil {
			return err
		}
	}
	exe, err := putPrograms(p.self, filepath.Join(or(p.getenv("ProgramFiles"), `C:\Program Files`), "hexiao"))
	if err != nil {
		return err
	}
	args, err := p.serviceArgs(s)
	if err != nil {
		return err
	}
	if service == nil {
		if service, err = m.CreateService(serviceName, exe, serviceConfig(), args...); err != nil {
			return managerError(err)
		}
		defer service.Close()
	} else if err := point(service, exe, args); err != nil {
		return managerError(err)
	}
	if err := startAgain(service); err != nil {
		fmt.Fprintln(p.err, p.say.of("注意：服务意外结束后不会自己重新启动：", "note: after a crash the service will not start again by itself: ")+err.Error())
	}
	p.line(p.say.of("服务 %s 已安装：%s，数据在 %s", "the service %s is installed: %s, its data in %s"), serviceName, exe, p.data)
	return p.start(ctx, service)
}

// serviceArgs are the service's own command line. Its paths are whole: a service begins in system32.
func (p *program) serviceArgs(s settings) ([]string, error) {
	data, err := filepath.Abs(p.data)
	if err != nil {
		return nil, err
	}
	args := []string{"service", "main", "--data", data}
	if s.file != "" {
		file, err := filepath.Abs(s.file)
		if err != nil {
			return nil, err
		}
		args = append(args, "--config", file)
	}
	if s.desk != "" {
		args = append(args, "--desk", s.desk)
	}
	for _, path := range s.scanners {
		args = append(args, "--scanner", path)
	}
	return args, nil
}

// serviceConfig gives the service an account of its own, which Windows makes by itself: without a password, and without any
// rights beyond those of a plain user.
func serviceConfig() mgr.Config {
	return mgr.Config{
		ServiceType: windows.SERVICE_WIN32_OWN_PROCESS, StartType: mgr.StartAutomatic, ErrorControl: mgr.ErrorNormal,
		DisplayName: "hexiao 消费券核销服务", Description: "读取扫码枪，核销消费券，与中心通信 / reads vouchers at this till and judges them",
		ServiceStartName: `NT SERVICE\` + serviceName,
	}
}

// point gives the service that is there another command line; its account and what people see of it stay.
func point(s *mgr.Service, exe string, args []string) error {
	line, err := windows.UTF16PtrFromString(windows.ComposeCommandLine(append([]string{exe}, args...)))
	if err != nil {
		return err
	}
	const same = windows.SERVICE_NO_CHANGE
	return windows.ChangeServiceConfig(s.Handle, same, mgr.StartAutomatic, same, line, nil, nil, nil, nil, nil, nil)
}

// startAgain has the service started again 2 s after it ended by itself, as systemd does on Linux.
func startAgain(s *mgr.Service) error {
	again := mgr.RecoveryAction{Type: mgr.ServiceRestart, Delay: 2 * time.Second}
	if err := s.SetRecoveryActions([]mgr.RecoveryAction{again, again, again}, uint32((24 * time.Hour).Seconds())); err != nil {
		return err
	}
	return s.SetRecoveryActionsOnNonCrashFailures(true)
}

// putPrograms copies this program, and the window when it lies beside it, to where every account may run them and only
// administrators change them. It gives the agent's new place.
func putPrograms(self, to string) (exe string, err error) {
	exe = filepath.Join(to, "hexiao-agent.exe")
	if self == "" {
		return "", failed(nil, "不知道本程序在哪里", "where this program lies is not known")
	}
	if strings.EqualFold(self, exe) {
		return exe, nil
	}
	if err := os.MkdirAll(to, 0o755); err != nil {
		return "", err
	}
	if err := replace(self, exe); err != nil {
		return "", err
	}
	till := filepath.Join(filepath.Dir(self), "hexiao-till.exe")
	if _, err := os.Stat(till); err != nil {
		return exe, nil
	}
	return exe, replace(till, filepath.Join(to, "hexiao-till.exe"))
}

// replace puts a copy of a program in place of another, which may be running: Windows lets that be renamed, not written.
func replace(from, to string) error {
	raw, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.WriteFile(to+".new", raw, 0o755); err != nil {
		return err
	}
	os.Remove(to + ".old")
	if err := os.Rename(to, to+".old"); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	defer os.Remove(to + ".old") // fails while it runs; the next time it does not
	return os.Rename(to+".new", to)
}

// remove takes the service away; as a package does, not silently while records here wait for the hub.
func (p *program) remove(ctx context.Context, force bool) error {
	if waiting := p.waiting(ctx); waiting != "0" && !force {
		return failed(nil, "本机还有 "+waiting+" 笔核销未上传中心，删除服务后将无人上传。请先联网等待上传完成；确认要删除，请加 --force（数据保留）",
			"redemptions here that the hub has not had: "+waiting+"; without the service nobody sends them. Go online and wait until they are sent; to remove it all the same, add --force (the data stays)")
	}
	return p.atManager(ctx, func(ctx context.Context, s *mgr.Service) error {
		if err := p.stop(ctx, s); err != nil {
			return err
		}
		if err := s.Delete(); err != nil {
			return managerError(err)
		}
		p.line(p.say.of("服务 %s 已删除，数据仍在 %s", "the service %s is removed; its data is still in %s"), serviceName, p.data)
		return nil
	})
}

// waiting is how many records the hub has not settled; "?" when that cannot be told.
func (p *program) waiting(ctx context.Context) string {
	if _, err := uplink.LoadIdentity(p.data); errors.Is(err, os.ErrNotExist) {
		return "0"
	}
	s, err := p.look(ctx)
	if err != nil {
		return "?"
	}
	return fmt.Sprint(s.Queued)
}

// atManager opens the service for a command.
func (p *program) atManager(ctx context.Context, do func(context.Context, *mgr.Service) error) error {
	m, err := mgr.Connect()
	if err != nil {
		return managerError(err)
	}
	defer m.Disconnect()
	s, err := m.OpenService(serviceName)
	if err != nil {
		return managerError(err)
	}
	defer s.Close()
	return do(ctx, s)
}

func (p *program) restart(ctx context.Context, s *mgr.Service) error {
	if err := p.stop(ctx, s); err != nil {
		return err
	}
	return p.start(ctx, s)
}

// startWithin is how long a service may take to open its desk: a journal of 256 MiB is read in less.
const startWithin = 60 * time.Second

func (p *program) start(ctx context.Context, s *mgr.Service) error {
	if err := s.Start(); err != nil && !errors.Is(err, windows.ERROR_SERVICE_ALREADY_RUNNING) {
		return managerError(err)
	}
	if err := await(ctx, s, svc.Running, startWithin); err != nil {
		file := filepath.Join(p.data, logName)
		return failed(err, "服务没有启动成功（"+err.Error()+"）；原因在 "+file+" 的末尾", "the service did not start ("+err.Error()+"); the reason stands at the end of "+file)
	}
	p.line("%s", p.say.of("服务已启动", "the service runs"))
	return nil
}

// stopWithin is how long a service may take to end what it is at; systemd gives it as much.
const stopWithin = 15 * time.Second

func (p *program) stop(ctx context.Context, s *mgr.Service) error {
	if _, err := s.Control(svc.Stop); err != nil && !errors.Is(err, windows.ERROR_SERVICE_NOT_ACTIVE) {
		return managerError(err)
	}
	if err := await(ctx, s, svc.Stopped, stopWithin); err != nil {
		return failed(err, "服务没有停下来："+err.Error(), "the service did not stop: "+err.Error())
	}
	return nil
}

// await waits until the service is in a state; one that has ended will not begin by itself.
func await(ctx context.Context, s *mgr.Service, wanted svc.State, within time.Duration) error {
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	for {
		switch now, err := s.Query(); {
		case err != nil:
			return err
		case now.State == wanted:
			return nil
		case now.State == svc.Stopped:
			return fmt.Errorf("exit code %d", max(now.ServiceSpecificExitCode, now.Win32ExitCode))
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// managerError gives what the service manager says a sentence.
func managerError(err error) error {
	switch {
	case errors.Is(err, windows.ERROR_ACCESS_DENIED):
		return failed(err, "没有权限管理服务；"+asWhom.Zh, "not permitted to manage services; "+asWhom.En)
	case errors.Is(err, windows.ERROR_SERVICE_DOES_NOT_EXIST):
		return failed(err, "服务还没有安装；请执行 hexiao-agent service install", "the service is not installed; run hexiao-agent service install")
	case errors.Is(err, windows.ERROR_SERVICE_MARKED_FOR_DELETE):
		return failed(err, "服务正在删除；请关闭“服务”窗口后再试，或重启电脑", `the service is being removed; close the "Services" window and try again, or restart the PC`)
	}
	return failed(err, "服务管理器报错："+err.Error(), "the service manager says: "+err.Error())
}
