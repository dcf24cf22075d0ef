// Package ui is the words and amounts shown to people, in Chinese and English, written once for both faces: the till
// window and the administrators' pages, and whoever speaks for them (the terminal's answers, the desk's refusals, the
// commands). It decides nothing and remembers nothing: it is told a reason and the figures that belong to it, and says
// them. It knows the law's words (hub/voucher) and the standard library, and no toolkit.
package ui
