// Package typist types codes for another program, as a scanner that types like a keyboard would: it is a keyboard of its own, and the system
// hands its keys to whatever window has the focus. It must not know what a code is for, nor who may have it typed. packaging/hexiao-agent makes
// one where the settings say so.
//
// What is typed is what was scanned, on a US keyboard, which is what scanners believe to type on and what PCs in China have; then the end key.
// Text beyond ASCII has no key and is refused as a whole, as is a control character: Alt codes are Windows' own, Ctrl+Shift+u is one toolkit's,
// and half a code is worse than none. An input method that is on eats letters, as it does with any scanner that types.
package typist
