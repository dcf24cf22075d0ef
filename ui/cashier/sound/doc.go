// Package sound lets a cashier hear an answer without looking: the patterns of ui/tone, and, where the system has a voice, a
// sentence. It knows the desk's answers and ui's words, no window and no file but its own. packaging/hexiao-till runs a Speaker beside the window.
package sound
