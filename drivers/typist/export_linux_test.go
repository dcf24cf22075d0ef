package typist

import "os"

// Identity is what the kernel is told of the keyboard.
var Identity = identity

// OnFile is a keyboard on a file that the test holds the other end of.
func OnFile(f *os.File) Hands {
	v := &virtual{file: f}
	return Hands{Press: v.press, Caps: v.caps, Close: v.close}
}
