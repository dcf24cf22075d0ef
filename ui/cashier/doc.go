// Package cashier is the window on the checkout PC: it shows what the agent says and passes on what the cashier types
// and scans into it. It talks to the agent's desk and to nothing else, decides nothing and holds no truth: it may be
// closed or killed at any moment, and the next window shows the same state. It must not know journal, uplink or hub.
// packaging/hexiao-till opens it; fyne/app is imported there only, so that these screens are tested without a display.
//
// What happens goes one way: a person's touch or a desk event -> State.after -> Window.Draw -> face; what State.after wants of
// the desk is asked beside it, and comes back as an event.
package cashier
