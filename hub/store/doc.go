// Package store is the SQL views of one campaign, folded from the book for people, reports and scripts: what stands
// where, by voucher, record, terminal, merchant and day.
//
// It decides nothing and holds no truth: the views remember how far into the book they came, and are folded again from
// its first entry whenever they are missing, damaged or not of this book. It knows the ledger's entries and the book,
// and neither the ledger's state nor sockets. The hub's main lets it Follow the book; the office asks it for people.
//
// DESIGN.md beside this file says how the fold goes and what is given up.
package store
