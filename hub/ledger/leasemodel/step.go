package leasemodel

import "fmt"

// A deed is one kind of thing that can happen.
type deed uint8

const (
	begins deed = iota
	accepts
	surrenders
	seesEnd
	hello
	granted
	grantLost
	leaseAgain
	sends
	sendsLost
	proves
	showsLease
	obeys
	turns
	expires
	resumes
	writtenOff
	paid
	turnedDown
	cloned
	diskSaved
	diskBack
	hubSaved
	hubBack
	recovered
	lastDeed
)

var deeds = [...]string{
	begins:     "nothing has happened yet",
	accepts:    "%s accepts a sale under its lease",
	surrenders: "%s signs the surrender of its lease",
	seesEnd:    "%s sees that its lease has ended",
	hello:      "%s says hello, and the hub sees that it is not the disk it knows: frozen, a case",
	granted:    "the hub grants a lease, and %s has it",
	grantLost:  "the hub grants a lease to %s, which is lost on the way",
	leaseAgain: "the hub sends the lease in force to %s again",
	sends:      "%s sends %d of its records, and hears the hub's word",
	sendsLost:  "%s sends %d of its records, and the answer is lost",
	proves:     "%s proves a record to the restored hub",
	showsLease: "%s shows the restored hub its epoch and leases",
	obeys:      "%s gets the order for its next epoch and begins it",
	turns:      "%s says hello in its new epoch: the ratchet turns",
	expires:    "the lease of %s ends, and the hub frees the rest",
	resumes:    "a person decides the case of %s: a new epoch",
	writtenOff: "two people write off what %s was lent in its epoch %d",
	paid:       "a person decides a case of %s: pay",
	turnedDown: "a person decides a case of %s: refuse",
	cloned:     "the disk of %s is cloned",
	diskSaved:  "the disk of %s is saved",
	diskBack:   "the disk of %s is put back to what was saved",
	hubSaved:   "the hub is saved",
	hubBack:    "the hub is put back to what was saved: recovery",
	recovered:  "all have reported: the recovery is over",
}

var names = [...]string{"terminal 0", "terminal 1", "the clone"}

// A step is a deed, by or with whom, and a number that goes with it.
type step struct {
	deed deed
	who  uint8
	n    uint8
}

func (s step) String() string {
	text := deeds[s.deed]
	switch s.deed {
	case sends, sendsLost:
		return fmt.Sprintf(text, names[s.who], s.n)
	case writtenOff:
		return fmt.Sprintf(text, names[s.who], s.n+1) // people count from 1
	case begins, hubSaved, hubBack, recovered:
		return text
	}
	return fmt.Sprintf(text, names[s.who])
}
