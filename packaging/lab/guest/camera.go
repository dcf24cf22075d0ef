//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"

	"hexiao/drivers"
	"hexiao/drivers/camera"
	"hexiao/drivers/qrimage"
)

const voucherCode = "HX1-2345-6789-ABCD-EFGH-JKLM"

// cameras plays a camera that codes are held before.
func cameras(l *lab) {
	c := &cameraPlay{lab: l}
	l.see("plugged in", c.plugIn)
	l.see("a code on a phone before it", c.shows(voucherCode))
	l.see("another one", c.shows(second))
	l.see("disconnected, and there again", c.disconnected)
	l.see("a code after that", c.shows(code))
}

type cameraPlay struct {
	lab     *lab
	screen  *screen
	reading *reading
}

func (c *cameraPlay) plugIn(ctx context.Context) (seen string, err error) {
	if c.screen, err = newScreen(); err != nil {
		return "", err
	}
	c.lab.later(c.screen.remove)
	c.reading, err = c.lab.read(func(onState func(drivers.State)) (scanner, error) {
		return camera.New(camera.Options{Address: c.screen.cam, OnState: onState, Mode: "720x576"})
	})
	if err != nil {
		return "", err
	}
	if err := c.reading.connected(ctx); err != nil {
		return "", err
	}
	if err := c.screen.start(); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s sends %s %dx%d", c.screen.cam, c.screen.as.code, c.screen.as.wide, c.screen.as.high), c.reading.nothing()
}

// shows holds a code before the camera until it is read, and takes it away.
func (c *cameraPlay) shows(text string) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		img, err := qrimage.Draw(text, 8)
		if err != nil {
			return "", err
		}
		c.screen.show(img)
		defer c.screen.show(nil)
		seen, err := c.reading.whole(ctx, text)
		return seen, errors.Join(err, c.screen.dark())
	}
}

// disconnected has the test camera behave as one whose cable was drawn. It is there again when nobody has it open any more.
func (c *cameraPlay) disconnected(ctx context.Context) (string, error) {
	if err := setControl(c.screen.cam, "Disconnect", 1); err != nil {
		return "", err
	}
	problem, err := c.reading.lost(ctx)
	if err != nil {
		return "", err
	}
	c.screen.stop()
	if err := c.reading.connected(ctx); err != nil {
		return "", err
	}
	return "device: " + problem + "; connected again", c.screen.start()
}
