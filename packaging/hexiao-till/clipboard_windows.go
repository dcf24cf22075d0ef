package main

import "context"

// clipboardPicture is nil: pictures are not taken from the clipboard here yet, only their files.
var clipboardPicture func(context.Context) ([]byte, error)
