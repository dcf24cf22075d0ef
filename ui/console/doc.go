// Package console is what administrators look at. So far it is one page: a merchant's case as a self-contained HTML file
// that is read on a phone, on a desk and on paper, without scripts and without anything from outside. It shows what the
// detector found and decides nothing; the commands call it, and the web pages will. It must not know where the case came from.
package console
