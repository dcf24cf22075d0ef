package camera

import (
	"errors"
	"log/slog"

	"hexiao/drivers"
)

// noFrames is the problem of a camera that is open and silent.
func noFrames(place string) error {
	return drivers.NewProblem("no_frames", place,
		"摄像头 %s 打开了，却没有送来图像：请拔下重插，不要接在 USB 集线器上；仍不行请换一个摄像头",
		"Camera %s was opened but sends no pictures: unplug it and plug it in again, not through a USB hub; if that does not help, use another camera")
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
