package camera

import "hexiao/drivers"

// The problems that only cameras have. Code "no_format" and noFrames' "no_frames" are theirs, the others are drivers.Problem's.

func notACamera(path string) error {
	return drivers.NewProblem("not_a_scanner", path,
		"%s 不是摄像头：请在配置里改写摄像头的路径（如 /dev/video0），或写 usb:VID:PID",
		"%s is no camera: write the camera's path in the config, such as /dev/video0, or usb:VID:PID")
}

func noFormat(path string) error {
	return drivers.NewProblem("no_format", path,
		"摄像头 %s 的图像格式不能使用：有的摄像头有几个设备文件，请改写另一个（如 /dev/video0 与 /dev/video1），否则请换一个普通的 USB 摄像头",
		"Camera %s offers no picture format that can be used: some cameras have several device files, try another one "+
			"(such as /dev/video0 in place of /dev/video1), else use an ordinary USB camera")
}

func busy(path string) error {
	return drivers.NewProblem("busy", path,
		"摄像头 %s 正被其他程序占用：请关闭正在用它的浏览器、会议或拍照程序",
		"Camera %s is in use by another program: close the browser, meeting or photo program that shows its picture")
}

func noBandwidth(path string) error {
	return drivers.NewProblem("failed", path,
		"USB 口带宽不够，摄像头 %s 送不出图像：请把它插到电脑的另一个 USB 口，不要和其他摄像头接在同一个集线器上",
		"The USB port has no room left for the pictures of camera %s: plug it into another port of the PC, not into a hub together with other cameras")
}
