package drivers

import (
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	user32                   = windows.NewLazySystemDLL("user32.dll")
	getProcessWindowStation  = user32.NewProc("GetProcessWindowStation")
	getUserObjectInformation = user32.NewProc("GetUserObjectInformationW")
)

// Interactive tells whether this program runs where a person is logged in. A service does not: no key that is typed reaches it, and none
// that it types reaches anybody.
func Interactive() bool {
	const uoiFlags, visible = 1, 1 // UOI_FLAGS, WSF_VISIBLE
	station, _, _ := getProcessWindowStation.Call()
	var flags struct{ inherit, reserved, flags uint32 }
	ok, _, _ := getUserObjectInformation.Call(station, uoiFlags, uintptr(unsafe.Pointer(&flags)), unsafe.Sizeof(flags), 0)
	return ok != 0 && flags.flags&visible != 0
}
