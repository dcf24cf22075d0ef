package desk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/windows"
)

// isFull tells the errors of a full disk and a used-up quota.
func isFull(err error) bool {
	return errors.Is(err, windows.ERROR_DISK_FULL) || errors.Is(err, windows.ERROR_HANDLE_DISK_FULL) || errors.Is(err, windows.ERROR_DISK_QUOTA_EXCEEDED)
}

// atThisPC may read: who is logged in at this PC (IU), the till window's user among them, and services on it (SU), which
// POS software may be. It is not "Everyone": accounts that come over the network are neither. What the folder grants to
// the agent and to administrators is inherited beside it.
const atThisPC = "D:(A;;FR;;;IU)(A;;FR;;;SU)"

// permit lets those at this PC read a file that is everybody's by its mode; a secret one has its folder's rights.
func permit(f *os.File, mode fs.FileMode) error {
	if mode&0o004 == 0 {
		return nil
	}
	rights, err := windows.SecurityDescriptorFromString(atThisPC)
	if err != nil {
		return fmt.Errorf("read the rights %s: %w", atThisPC, err)
	}
	list, _, err := rights.DACL()
	if err == nil {
		err = windows.SetNamedSecurityInfo(f.Name(), windows.SE_FILE_OBJECT, windows.DACL_SECURITY_INFORMATION, nil, nil, list, nil)
	}
	if err != nil {
		return &fs.PathError{Op: "set the rights of", Path: f.Name(), Err: err}
	}
	return nil
}

// giveTo does nothing: a file has its folder's rights there.
func giveTo(path, dir string) error { return nil }
