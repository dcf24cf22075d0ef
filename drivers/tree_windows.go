package drivers

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"
)

// The configuration manager, which knows the tree of devices (cfgmgr32.h).
var (
	cfgmgr32     = windows.NewLazySystemDLL("cfgmgr32.dll")
	cmGetParent  = cfgmgr32.NewProc("CM_Get_Parent")
	cmGetID      = cfgmgr32.NewProc("CM_Get_Device_IDW")
	cmLocate     = cfgmgr32.NewProc("CM_Locate_DevNodeW")
	cmGetOf      = cfgmgr32.NewProc("CM_Get_DevNode_Registry_PropertyW")
	cmRegister   = cfgmgr32.NewProc("CM_Register_Notification")
	cmUnregister = cfgmgr32.NewProc("CM_Unregister_Notification")
)

// What a device may be asked for (CM_DRP_* of cfgmgr32.h).
const (
	cmDeviceName    = 0x01
	cmHardwareIDs   = 0x02
	cmFriendlyName  = 0x0D
	cmLocationPaths = 0x24
)

// idMost is how long an instance id may be, in characters (MAX_DEVICE_ID_LEN).
const idMost = 200

// Node is a device in Windows' tree.
type Node windows.DEVINST

// NodeOf finds the device with an instance id that is there now.
func NodeOf(instance string) (Node, error) {
	name, err := windows.UTF16PtrFromString(instance)
	if err != nil {
		return 0, err
	}
	if err := cmLocate.Find(); err != nil {
		return 0, err
	}
	var node Node
	if code, _, _ := cmLocate.Call(uintptr(unsafe.Pointer(&node)), uintptr(unsafe.Pointer(name)), 0); code != 0 {
		return 0, fmt.Errorf("look up the device %s: CONFIGRET %#x", instance, code)
	}
	return node, nil
}

// USB says what the device, or the one that it is a part of, is on USB, and what it calls itself. It reports false for one that hangs on no USB.
func (n Node) USB() (usb USB, name string, ok bool) {
	name = n.property(cmFriendlyName)
	if name == "" {
		name = n.property(cmDeviceName)
	}
	for range 6 { // a serial port hangs one or two levels below its USB device, a HID collection two or three
		if found, is := FromWindows(n.id()); is {
			if !ok {
				usb, ok = found, true
			}
			if usb.Serial == "" && found.Vendor == usb.Vendor && found.Product == usb.Product {
				usb.Serial = found.Serial
			}
		} else if ok {
			break // the hub's
		}
		if usb.Socket == "" {
			usb.Socket = WindowsSocket(n.property(cmLocationPaths))
		}
		above, up := n.parent()
		if !up {
			break
		}
		n = above
	}
	return usb, name, ok
}

func (n Node) id() string {
	if cmGetID.Find() != nil {
		return ""
	}
	var name [idMost + 1]uint16
	if code, _, _ := cmGetID.Call(uintptr(n), uintptr(unsafe.Pointer(&name[0])), uintptr(len(name)), 0); code != 0 {
		return ""
	}
	return windows.UTF16ToString(name[:])
}

func (n Node) parent() (Node, bool) {
	if cmGetParent.Find() != nil {
		return 0, false
	}
	var above Node
	code, _, _ := cmGetParent.Call(uintptr(unsafe.Pointer(&above)), uintptr(n), 0)
	return above, code == 0
}

// HardwareIDs are the names by which drivers are found for the device; a HID collection's say its usage, "HID_DEVICE_UP:008C_U:0002".
func (n Node) HardwareIDs() []string { return n.properties(cmHardwareIDs) }

// property is a text that the device's driver left, or the first of several.
func (n Node) property(which uintptr) string {
	all := n.properties(which)
	if len(all) == 0 {
		return ""
	}
	return all[0]
}

func (n Node) properties(which uintptr) (all []string) {
	if cmGetOf.Find() != nil {
		return nil
	}
	var text [2048]uint16
	kind, size := uint32(0), uint32(2*len(text)-4) // two zeros stay behind it
	code, _, _ := cmGetOf.Call(uintptr(n), which, uintptr(unsafe.Pointer(&kind)), uintptr(unsafe.Pointer(&text[0])), uintptr(unsafe.Pointer(&size)), 0)
	if code != 0 {
		return nil
	}
	for rest := text[:]; rest[0] != 0; {
		one := windows.UTF16ToString(rest)
		all = append(all, one)
		rest = rest[len(windows.StringToUTF16(one)):]
	}
	return all
}

// Interfaces are the paths by which the devices of a kind that are there now can be opened, each with its place in the tree.
func Interfaces(kind windows.GUID) (map[string]Node, error) {
	const presentOnly = 0 // CM_GET_DEVICE_INTERFACE_LIST_PRESENT
	paths, err := windows.CM_Get_Device_Interface_List("", &kind, presentOnly)
	if err != nil {
		return nil, fmt.Errorf("list devices: %w", err)
	}
	all := map[string]Node{}
	for _, path := range paths {
		if node, err := NodeOf(WindowsInstance(path)); path != "" && err == nil {
			all[path] = node
		}
	}
	return all, nil
}
