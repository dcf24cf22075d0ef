// Package practice is a till to learn on. Till plays sales: it holds a bill, a day's list and nothing else, and by the
// walls of this house it can reach neither journal nor uplink, so that nothing it does can touch stock, lease or law.
// Switch stands before the real till (any desk.Counter) and hands what people do to the one or the other; it is what the
// desk and the scanners speak to. packaging/hexiao-agent wires it.
package practice
