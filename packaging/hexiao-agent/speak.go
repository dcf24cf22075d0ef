package main

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"

	"hexiao/agent/desk"
	"hexiao/agent/journal"
	"hexiao/agent/uplink"
	"hexiao/hub/voucher"
)

// lang is the language of what a command says, "zh" or "en".
type lang string

func (l lang) of(zh, en string) string { return voucher.Text{Zh: zh, En: en}.In(string(l)) }

func (l lang) text(t voucher.Text) string { return t.In(string(l)) }

// ending is how a command ends when it is not done: a sentence for a person, and the exit code.
type ending struct {
	voucher.Text
	code  int
	cause error
}

// Error is the English sentence; people are shown the one in their language.
func (e *ending) Error() string { return e.En }

func (e *ending) Unwrap() error { return e.cause }

func failed(cause error, zh, en string) *ending {
	return &ending{voucher.Text{Zh: zh, En: en}, exitFailed, cause}
}

func wrongUse(zh, en string) *ending { return &ending{voucher.Text{Zh: zh, En: en}, exitWrongUse, nil} }

// explain finds the sentence and the exit code for an error of any room.
func explain(err error, dir string) *ending {
	if e, ok := errors.AsType[*ending](err); ok {
		return e
	}
	if t, ok := errors.AsType[*uplink.Trouble](err); ok {
		return &ending{t.Text, exitFailed, err}
	}
	if e, ok := errors.AsType[*desk.Error](err); ok {
		return &ending{e.Text, exitFailed, err}
	}
	if e := explainJournal(err, dir); e != nil {
		return e
	}
	switch {
	case errors.Is(err, desk.ErrUnreachable):
		return failed(err, "本机的核销服务没有回应；请先启动它（"+howToStart+"，或 hexiao-agent run）",
			"the agent on this PC does not answer; start it first ("+howToStart+", or hexiao-agent run)")
	case errors.Is(err, desk.ErrNotLoopback):
		return failed(err, "--desk 只能是本机地址，例如 127.0.0.1:7373", "--desk must be an address of this PC's loopback, such as 127.0.0.1:7373")
	case errors.Is(err, desk.ErrNotWhole):
		return failed(err, "日志不完整，请保留整个目录并联系技术支持："+err.Error(), "the journal is damaged; keep the whole folder and call support: "+err.Error())
	case errors.Is(err, syscall.EADDRINUSE):
		return failed(err, "这个地址已被其他程序占用；请换一个端口（--desk 127.0.0.1:端口）", "another program has this address; take another port (--desk 127.0.0.1:PORT)")
	case errors.Is(err, fs.ErrPermission):
		return failed(err, "没有权限："+cause(err)+"；"+asWhom.Zh, "not permitted: "+cause(err)+"; "+asWhom.En)
	}
	return failed(err, "没有成功："+err.Error(), "it failed: "+err.Error())
}

func explainJournal(err error, dir string) *ending {
	switch {
	case errors.Is(err, journal.ErrLocked):
		return failed(err, "目录 "+dir+" 已有另一个 hexiao-agent 在运行；请先停止它，或换一个目录", "another hexiao-agent runs on the folder "+dir+"; stop it first, or use another folder")
	case errors.Is(err, journal.ErrFull):
		return failed(err, "磁盘已满，目录 "+dir+" 写不进去；请清理磁盘，已受理的都还在", "the disk is full and the folder "+dir+" cannot be written; free some space. All that was accepted is still there")
	case errors.Is(err, journal.ErrOther):
		return failed(err, "目录 "+dir+" 的日志属于另一台终端；请换一个目录，或联系技术支持", "the journal in "+dir+" is of another terminal; use another folder, or call support")
	case errors.Is(err, journal.ErrDamaged):
		return failed(err, "目录 "+dir+" 的日志有损坏；服务启动时会用另一份日志修复，损坏的文件会改名保留；仍不行请保留整个目录并联系技术支持："+err.Error(), "the journal in "+dir+" is damaged; the agent repairs it from its second journal when it starts, and keeps the damaged file under another name; if it does not, keep the whole folder and call support: "+err.Error())
	}
	return nil
}

// cause names the file of a file error, and what is wrong with it.
func cause(err error) string {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return fmt.Sprintf("%s %s", p.Op, p.Path)
	}
	return err.Error()
}

// oneLine keeps what others say from breaking the lines of a report.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
