package cm

// Firmware is what the SMBIOS structures say of the firmware (type 0) and the machine
// (type 1).
type Firmware struct{ Vendor, Version, Date, Manufacturer, Product, ProductVersion string }

// ReadFirmware reads a table of SMBIOS structures (DSP0134 3.7, 6.1): each has its type, the
// length of its fixed part and a handle, then the fixed part, then strings that end in a zero
// each and in another one together. What does not fit ends the walk.
func ReadFirmware(table []byte) (f Firmware) {
	for len(table) >= 4 {
		typ, n := table[0], int(table[1])
		if n < 4 || n > len(table) || typ == 127 {
			return f
		}
		fixed, rest := table[:n], table[n:]
		var list []string
		for {
			end := 0
			for end < len(rest) && rest[end] != 0 {
				end++
			}
			if end == len(rest) {
				return f
			}
			text := rest[:end]
			rest = rest[end+1:]
			if end == 0 {
				break
			}
			list = append(list, printable(text))
			if len(rest) == 0 {
				return f
			}
			if rest[0] == 0 {
				rest = rest[1:]
				break
			}
		}
		if len(list) == 0 && len(rest) > 0 && rest[0] == 0 {
			rest = rest[1:] // no strings: two zeros
		}
		text := func(at int) string {
			if at < n && int(fixed[at]) >= 1 && int(fixed[at]) <= len(list) {
				return list[fixed[at]-1]
			}
			return ""
		}
		switch typ {
		case 0:
			f.Vendor, f.Version, f.Date = text(4), text(5), text(8)
		case 1:
			f.Manufacturer, f.Product, f.ProductVersion = text(4), text(5), text(6)
		}
		table = rest
	}
	return f
}

// printable is a string of the firmware's without what is no ASCII letter.
func printable(b []byte) string {
	s := make([]byte, 0, len(b))
	for _, c := range b {
		if c >= ' ' && c < 0x7F {
			s = append(s, c)
		}
	}
	return string(s)
}

// BiosDate is the date that a BIOS has at FFFF5h, as "04/01/14"; "" if those bytes are none.
func BiosDate(b []byte) string {
	if len(b) < 8 {
		return ""
	}
	for i, c := range b[:8] {
		if i%3 == 2 && c != '/' || i%3 != 2 && (c < '0' || c > '9') {
			return ""
		}
	}
	return string(b[:8])
}
