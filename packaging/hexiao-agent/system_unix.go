//go:build !windows

package main

import (
	"github.com/spf13/cobra"

	"hexiao/agent/journal"
	"hexiao/hub/voucher"
)

// defaultData is the data folder when none is named: none. The package's service names its own.
func defaultData(func(string) string) string { return "" }

// usualData is where the package keeps its data.
const usualData = "/var/lib/hexiao-agent"

// folder makes the data folder. Others may enter it: the till window runs as another user and finds the desk's token
// there; what is secret in it is readable by the agent alone.
func folder(dir string) error { return journal.MakeFolder(dir, 0o755) }

// What a person has to do on this system.
const (
	howToStart   = "systemctl start hexiao-agent"
	howToRestart = "systemctl restart hexiao-agent"
)

// keyboardKind is the kind of scanners that type like keyboards, as the settings call it.
const keyboardKind = "evdev"

// keyboardShared tells whether other programs get the keys of such a scanner, too.
const keyboardShared = false

// keyboardRead is what the agent does with such a scanner.
var keyboardRead = voucher.Text{Zh: "服务会独占它", En: "the agent then reads it alone"}

// asWhom says who may do what was refused.
var asWhom = voucher.Text{Zh: "请用运行服务的用户（通常是 hexiao-agent）或 root 执行", En: "run this as the service's user (usually hexiao-agent) or as root"}

// systemCommands are those of one system alone.
func (p *program) systemCommands() []*cobra.Command { return nil }
