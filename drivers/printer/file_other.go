//go:build !linux

package printer

import (
	"errors"
	"fmt"
)

var errNoFile = errors.New("打印机文件 /dev/usb/lp0 只有 Linux 才有：请写 COM 口或 tcp:地址:端口 / printer files such as /dev/usb/lp0 exist on Linux only: write a COM port or tcp:HOST:PORT")

func fileWay(path string) (way, error) { return nil, fmt.Errorf("printer %s: %w", path, errNoFile) }

// Identify works on Linux only.
func Identify(path string) (string, error) { return "", errNoFile }
