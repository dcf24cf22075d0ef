// Package sound lets a cashier hear an answer without looking: four short patterns that nobody can take for each other,
// and, where the system has a voice, a sentence. It makes its sounds itself and knows the desk's answers and ui's words,
// no window and no file but its own. packaging/hexiao-till runs a Speaker beside the window.
package sound
