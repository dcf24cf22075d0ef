package main

import (
	"crypto/sha1"
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf16"
)

// serviceName is the agent's name at Windows' service manager.
const serviceName = "hexiao-agent"

// serviceSID is the identifier of a service's own account, also before there is the service: S-1-5-80 and the SHA-1 of the name in capitals,
// as UTF-16 (what `sc showsid NAME` prints).
func serviceSID(service string) string {
	var raw []byte
	for _, unit := range utf16.Encode([]rune(strings.ToUpper(service))) {
		raw = binary.LittleEndian.AppendUint16(raw, unit)
	}
	sum := sha1.Sum(raw)
	sid := "S-1-5-80"
	for i := 0; i < len(sum); i += 4 {
		sid += fmt.Sprintf("-%d", binary.LittleEndian.Uint32(sum[i:]))
	}
	return sid
}

// folderRights are the rights of the data folder and of all in it, in Windows' own language (SDDL): full for the system,
// administrators, the service, and the owner of each file; nobody else, and nothing from the folder above.
func folderRights(service string) string {
	const inherited = "OICI"
	rights := "D:P"
	for _, who := range []string{"SY", "BA", serviceSID(service), "OW"} {
		rights += fmt.Sprintf("(A;%s;FA;;;%s)", inherited, who)
	}
	return rights
}
