// Package voucher is the law of a consumption-voucher campaign: what money is, how a code reads, which rules a
// campaign has, and whether one voucher may be used against one bill (Judge). Both sides call it: the till to answer
// at the counter, the ledger to have the last word.
//
// It is pure. It imports the standard library only, is handed every instant it needs, and never reads a file, asks
// the time, or logs. Whatever it is given it does not change, so all of it is safe for concurrent use.
package voucher
