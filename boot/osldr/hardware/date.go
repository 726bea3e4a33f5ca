package hardware

// Date is the date of a BIOS, the 8 bytes "mm/dd/yy" at F000:FFF5; "" where it is none.
func Date(b []byte) string {
	const form = "dd/dd/dd"
	if len(b) < len(form) {
		return ""
	}
	for i := range len(form) {
		if c := b[i]; form[i] == '/' && c != '/' || form[i] == 'd' && (c < '0' || c > '9') {
			return ""
		}
	}
	return string(b[:len(form)])
}
