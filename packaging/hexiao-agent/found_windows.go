package main

import (
	"hexiao/drivers/hidpos"
	"hexiao/drivers/serialport"
	"hexiao/drivers/wedge"
)

// devicesThere are all kinds that can be set up, in the order in which a technician is shown them.
var devicesThere = []kindOfDevice{
	{"serial", serialport.List, madeForCodes},
	{"hidpos", hidpos.List, always}, // its hardware ids say that it is one
	{keyboardKind, wedge.List, madeForCodes},
}

// holders: who has a device open Windows tells nobody without rights of its own.
func (m pc) holders(string) []holder { return nil }

// seesHolders: nobody sees more than we do, so nobody is sent elsewhere.
func (m pc) seesHolders() bool { return true }
