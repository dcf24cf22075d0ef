package desk

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// whole takes a whole number between two bounds, written in digits.
func whole(name string, needed bool, to *int, least, most int) field {
	return field{name: name, needed: needed, take: func(raw json.RawMessage) *Error {
		n, ok := integer(string(raw))
		if !ok || int64(n) < int64(least) || int64(n) > int64(most) {
			return refused(http.StatusBadRequest, fmt.Sprintf("%s 须是 %d 到 %d 的整数。", name, least, most), fmt.Sprintf("%s must be a whole number from %d to %d.", name, least, most))
		}
		*to = int(n)
		return nil
	}}
}

// flag takes true or false.
func flag(name string, needed bool, to *bool) field {
	return field{name: name, needed: needed, take: func(raw json.RawMessage) *Error {
		switch string(raw) {
		case "true":
			*to = true
		case "false":
			*to = false
		default:
			return refused(http.StatusBadRequest, name+" 须是 true 或 false。", name+" must be true or false.")
		}
		return nil
	}}
}
