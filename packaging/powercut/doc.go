// Package powercut tries what a power cut leaves on a disk: Mount lays a disk in memory under a folder and writes down, in
// order, whatever is done to it; Log.Cut builds from that what may be found afterwards when the current fails at any
// moment. What was synced is there; of the rest nothing, everything, some writes or some sectors of them.
//
// It knows files and folders and must not know what they mean. The tests beside it call it: they play the till's journal,
// the hub's book and its views on such a disk, and open whatever is left. DESIGN.md says what is taken to be true of disks.
package powercut
