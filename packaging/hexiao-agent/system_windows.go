package main

import (
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"
	"golang.org/x/sys/windows"

	"hexiao/agent/journal"
	"hexiao/hub/voucher"
)

// defaultData is the data folder when none is named, the service's.
func defaultData(getenv func(string) string) string {
	return filepath.Join(or(getenv("ProgramData"), `C:\ProgramData`), "hexiao")
}

// usualData is where the service keeps its data, as help says it.
const usualData = `%ProgramData%\hexiao`

// What a person has to do on this system.
const (
	howToStart   = "hexiao-agent service start"
	howToRestart = "hexiao-agent service restart"
)

// keyboardKind is the kind of scanners that type like keyboards, as the settings call it.
const keyboardKind = "rawinput"

// keyboardShared tells whether other programs get the keys of such a scanner, too: Raw Input only listens.
const keyboardShared = true

// keyboardRead is what the agent does with such a scanner.
var keyboardRead = voucher.Text{Zh: "服务会听到它，有焦点的程序也会收到", En: "the agent then hears it, and so does the program that has the focus"}

// asWhom says who may do what was refused.
var asWhom = voucher.Text{Zh: "请右键“命令提示符”选“以管理员身份运行”，再执行一次", En: `open the command prompt with "Run as administrator" and run this again`}

// folder makes the data folder, and grants it to the system, to administrators, to the agent's service and to whoever
// owns it. ProgramData by itself would let everybody read the terminal's key. The till window finds the desk's token
// there all the same: Windows asks for no rights on the way to a file, and the desk gives the token rights of its own.
func folder(dir string) error {
	if err := journal.MakeFolder(dir, 0o755); err != nil {
		return err
	}
	rights, err := windows.SecurityDescriptorFromString(folderRights(serviceName))
	if err != nil {
		return fmt.Errorf("read the folder's rights: %w", err)
	}
	list, _, err := rights.DACL()
	if err == nil {
		const what = windows.DACL_SECURITY_INFORMATION | windows.PROTECTED_DACL_SECURITY_INFORMATION
		err = windows.SetNamedSecurityInfo(dir, windows.SE_FILE_OBJECT, what, nil, nil, list, nil)
	}
	if err != nil {
		return fmt.Errorf("set the rights of the folder %s: %w", dir, err)
	}
	return nil
}

// systemCommands are those of one system alone.
func (p *program) systemCommands() []*cobra.Command { return []*cobra.Command{p.serviceCommand()} }
