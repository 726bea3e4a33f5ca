package arc

// RestartOf makes a message of a variable of the system's environment (package nt
// names them): BootNext with the number of an entry from 1 on, LastKnownGood with TRUE.
// current is the entry of this start. known is false for another name, ok for a
// value that makes no sense. LastKnownGood with FALSE is RestartNothing.
func RestartOf(name, value string, current uint32) (m RestartMessage, known, ok bool) {
	switch {
	case equalFold(name, "BootNext"):
		n := 0
		for i := 0; i < len(value); i++ {
			if value[i] < '0' || value[i] > '9' || n > 256 {
				return m, true, false
			}
			n = n*10 + int(value[i]-'0')
		}
		if n < 1 || n > 256 {
			return m, true, false
		}
		return RestartMessage{Kind: RestartEntry, Number: uint8(n - 1)}, true, true
	case equalFold(name, "LastKnownGood") && equalFold(value, "FALSE"):
		return m, true, true
	case equalFold(name, "LastKnownGood"):
		ok = equalFold(value, "TRUE") && current <= 255
		return RestartMessage{Kind: RestartAskedGood, Number: uint8(current)}, true, ok
	}
	return m, false, false
}

// equalFold compares ASCII; OSLDR does without package strings.
func equalFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := 0; i < len(a); i++ {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
