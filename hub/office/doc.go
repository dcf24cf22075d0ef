// Package office is the work of the people at the hub: each command of operation as one call, the same whether it comes
// through the socket of a running hub or from a program that has the folder to itself. It is a room of its own because
// two rooms want the same calls, the commands and later the console, and neither should know how the other asks. It
// decides nothing that the ledger decides, holds no SQL, and writes no words but what a command cannot do without.
package office
