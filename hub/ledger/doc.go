// Package ledger is the state of one campaign in memory, and the one place that decides. Every request is decided once,
// in order, into entries of the book; the answer goes out after the book has them on disk. The state is a fold over the
// entries (apply), so a restart, an audit and a replay see what the deciding hub saw.
//
// Deciding is pure: no I/O, no clock, no chance; the instant and every random number come with the request. Run is the
// mailbox around it. It knows the law (hub/voucher), the records' form (hub/wire) and the book, and neither sockets,
// SQL nor people's words. The gate brings terminals' requests, the office people's; store follows the book.
package ledger
