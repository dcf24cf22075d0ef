package streams

import "time"

// Times are whole seconds since 1970, written as RFC 3339 in +08:00.

var china = time.FixedZone("", int(zone))

func appendTime(b []byte, t int64) []byte {
	return time.Unix(t, 0).In(china).AppendFormat(b, time.RFC3339)
}

func stamp(t int64) string { return string(appendTime(nil, t)) }

func parseTime(s string) (int64, error) {
	t, err := time.Parse(time.RFC3339, s)
	return t.Unix(), err
}
