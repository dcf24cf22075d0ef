package camera

import (
	"errors"
	"fmt"
	"log/slog"

	"hexiao/drivers"
)

// The problems that only cameras have. Code "no_format" and "no_frames" are theirs, the others are drivers.Problem's.

func notACamera(path string) error {
	return drivers.Problem{
		Code: "not_a_scanner",
		ZH:   fmt.Sprintf("%s 不是摄像头：请在配置里改写摄像头的路径（如 /dev/video0），或写 usb:VID:PID", path),
		EN:   fmt.Sprintf("%s is no camera: write the camera's path in the config, such as /dev/video0, or usb:VID:PID", path),
	}
}

func noFormat(path string) error {
	return drivers.Problem{
		Code: "no_format",
		ZH:   fmt.Sprintf("摄像头 %s 的图像格式不能使用：有的摄像头有几个设备文件，请改写另一个（如 /dev/video0 与 /dev/video1），否则请换一个普通的 USB 摄像头", path),
		EN: fmt.Sprintf("Camera %s offers no picture format that can be used: some cameras have several device files, try another one "+
			"(such as /dev/video0 in place of /dev/video1), else use an ordinary USB camera", path),
	}
}

func noFrames(place string) error {
	return drivers.Problem{
		Code: "no_frames",
		ZH:   fmt.Sprintf("摄像头 %s 打开了，却没有送来图像：请拔下重插，不要接在 USB 集线器上；仍不行请换一个摄像头", place),
		EN:   fmt.Sprintf("Camera %s was opened but sends no pictures: unplug it and plug it in again, not through a USB hub; if that does not help, use another camera", place),
	}
}

func busy(path string) error {
	return drivers.Problem{
		Code: "busy",
		ZH:   fmt.Sprintf("摄像头 %s 正被其他程序占用：请关闭正在用它的浏览器、会议或拍照程序", path),
		EN:   fmt.Sprintf("Camera %s is in use by another program: close the browser, meeting or photo program that shows its picture", path),
	}
}

func noBandwidth(path string) error {
	return drivers.Problem{
		Code: "failed",
		ZH:   fmt.Sprintf("USB 口带宽不够，摄像头 %s 送不出图像：请把它插到电脑的另一个 USB 口，不要和其他摄像头接在同一个集线器上", path),
		EN:   fmt.Sprintf("The USB port has no room left for the pictures of camera %s: plug it into another port of the PC, not into a hub together with other cameras", path),
	}
}

// lost is the problem of a camera that stopped being readable.
func (c *Camera) lost(err error) error {
	if errors.As(err, new(drivers.Problem)) {
		return err
	}
	return drivers.Unplugged(c.options.Address, err)
}

func (c *Camera) log() *slog.Logger {
	if c.options.Log != nil {
		return c.options.Log
	}
	return slog.New(slog.DiscardHandler)
}
