// Package options reads a line of boot options (SPEC O). OSLDR and the kernel
// use the same reader, so that neither takes a word for something else than the
// other does. What an option means is not said here (package ex).
//
// A line is words between blanks, tabs and slashes. A word is NAME, NAME=value
// or NAME:value; the first "=" or ":" counts. Case matters in values only. Where
// an option is there more than once, the last one that makes sense is in force.
//
// The package does without strings and strconv, which OSLDR has no room for.
package options

// Option is one word of a line.
type Option struct {
	Name     string // upper case
	Value    string // as written, every byte printable ASCII
	HasValue bool   // "=" or ":" was there, whatever follows
}

// String is the word in its usual form.
func (o Option) String() string {
	if o.HasValue {
		return o.Name + "=" + o.Value
	}
	return o.Name
}

func blank(c byte) bool     { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }
func separates(c byte) bool { return c == '/' || blank(c) }

// session is the option whose value may have slashes.
const session = "SESSION"

// Next reads the first word of line and returns what follows it. ok is false
// where there is no word any more. A word without a name ("=3") is an Option
// with an empty Name.
func Next(line string) (o Option, rest string, ok bool) {
	for line != "" && separates(line[0]) {
		line = line[1:]
	}
	if line == "" {
		return o, "", false
	}
	end := 0
	for end < len(line) && !separates(line[end]) {
		if end++; end == len(session)+1 && (line[end-1] == '=' || line[end-1] == ':') && upper(line[:end-1]) == session {
			for end < len(line) && !blank(line[end]) {
				end++
			}
		}
	}
	word, rest := line[:end], line[end:]
	o.Name = word
	for i := 0; i < len(word); i++ {
		if word[i] == '=' || word[i] == ':' {
			o.Name, o.Value, o.HasValue = word[:i], Printable(word[i+1:]), true
			break
		}
	}
	o.Name = upper(Printable(o.Name))
	return o, rest, true
}

// Line is the form in which the kernel gets a line: one blank between words, no
// slashes, names in upper case, values as they were written.
func Line(line string) string {
	out := make([]byte, 0, len(line))
	for o, rest, ok := Next(line); ok; o, rest, ok = Next(rest) {
		if len(out) > 0 {
			out = append(out, ' ')
		}
		out = append(out, o.String()...)
	}
	return string(out)
}

// Value is the value of the last NAME=value with a value; name is in upper case.
func Value(line, name string) (value string) {
	for o, rest, ok := Next(line); ok; o, rest, ok = Next(rest) {
		if o.Name == name && o.Value != "" {
			value = o.Value
		}
	}
	return value
}

// Number is the number of the last NAME=number that lies between low and high,
// and 0 where there is none.
func Number(line, name string, low, high uint64) (n uint64) {
	for o, rest, ok := Next(line); ok; o, rest, ok = Next(rest) {
		if o.Name != name {
			continue
		}
		if v, ok := ParseNumber(o.Value); ok && low <= v && v <= high {
			n = v
		}
	}
	return n
}

// ParseNumber reads a decimal number, or a hexadecimal one after 0x, that fits
// into 64 bits.
func ParseNumber(s string) (n uint64, ok bool) {
	base := uint64(10)
	if len(s) > 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X') {
		base, s = 16, s[2:]
	}
	for i := 0; i < len(s); i++ {
		d := uint64(99)
		switch c := s[i]; {
		case '0' <= c && c <= '9':
			d = uint64(c - '0')
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			d = uint64(c|0x20-'a') + 10
		}
		if d >= base || n > (^uint64(0)-d)/base {
			return 0, false
		}
		n = n*base + d
	}
	return n, s != ""
}

// Printable is s with a question mark for every byte that a terminal might take
// for something else than a character of ASCII.
func Printable(s string) string {
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] > '~' {
			b := []byte(s)
			for ; i < len(b); i++ {
				if b[i] < ' ' || b[i] > '~' {
					b[i] = '?'
				}
			}
			return string(b)
		}
	}
	return s
}

func upper(s string) string {
	for i := 0; i < len(s); i++ {
		if 'a' <= s[i] && s[i] <= 'z' {
			b := []byte(s)
			for ; i < len(b); i++ {
				if 'a' <= b[i] && b[i] <= 'z' {
					b[i] -= 'a' - 'A'
				}
			}
			return string(b)
		}
	}
	return s
}

// Limits of MAXMEM, in MB. OSLDR itself needs the first 8.
const (
	LeastMaxmem = 16
	MostMaxmem  = 1 << 24
)
