// Package registry is who and what may come in, as people hand it over: campaign files, lists of merchants, and the
// hub's own keys, by which terminals know it.
//
// It reads and checks, and keeps nothing but the keys: what it accepts goes to the ledger, whose book is the only truth.
// It must not know ledger, book, sockets or SQL. The office calls it for people, the hub's main for the keys.
package registry
