// Package nls translates between Unicode and the ANSI and OEM code pages, and between
// upper and lower case, by tables in the layout of NT's .nls files (SPEC P0.3): what
// RtlInitNlsTables and its kind do. Where a table is missing or damaged, one that the
// package has built in stands for it: ASCII and Latin-1 as code page, Go's tables for
// case.
//
// Tables are read in place. Install may be called at any time; the translations take no
// lock and allocate nothing but what they return.
package nls

import "fmt"

// Words of a code page's header.
const (
	hdrSize        = 0 // words of the header: 13
	hdrCodePage    = 1
	hdrMaximum     = 2 // bytes of a character: 1 or 2
	hdrDefault     = 3 // for a character that the code page does not have
	hdrUniDefault  = 4 // for bytes that are no character
	headerWords    = 13
	unicodeEntries = 1 << 16
)

// words is a run of little-endian 16-bit words in place.
type words []byte

func (w words) at(i int) uint16 { return uint16(w[2*i]) | uint16(w[2*i+1])<<8 }
func (w words) len() int        { return len(w) / 2 }

// CodePage is a code page's tables.
type CodePage struct {
	Number     uint16
	Default    uint16 // for a character that it does not have: a byte, or two, the first one high
	UniDefault uint16 // for bytes that are no character

	all       words
	multiByte words // by byte
	wide      []byte
	double    bool  // DBCS: offsets and wide are words
	offsets   words // by lead byte: of the trail bytes' table, in words from here; 0: none
}

// ParseCodePage reads a file of code page tables, which it keeps. It believes nothing of
// it: every table that a translation will use lies within the file.
func ParseCodePage(b []byte) (*CodePage, error) {
	w := words(b)
	bad := func(format string, a ...any) (*CodePage, error) {
		return nil, fmt.Errorf("code page table: "+format, a...)
	}
	if w.len() < headerWords+1 || w.at(hdrSize) != headerWords {
		return bad("no header of %d words", headerWords)
	}
	c := &CodePage{Number: w.at(hdrCodePage), Default: w.at(hdrDefault), UniDefault: w.at(hdrUniDefault), all: w}
	size := w.at(hdrMaximum)
	if size != 1 && size != 2 {
		return bad("characters of %d bytes", size)
	}
	const table = headerWords + 1
	wide := table + int(w.at(headerWords))
	if w.len() < table+256+2 {
		return bad("it ends within the characters")
	}
	c.multiByte = w[2*table:][:2*256]
	ranges := table + 256 + 1
	if w.at(table+256) != 0 {
		ranges += 256 // glyphs of control characters
	}
	if ranges >= w.len() {
		return bad("it ends before the ranges of lead bytes")
	}
	c.double = size == 2
	if c.double != (w.at(ranges) != 0) {
		return bad("characters of %d bytes and %d ranges of lead bytes", size, w.at(ranges))
	}
	unit := 1
	if c.double {
		unit = 2
		c.offsets = w[2*(ranges+1):]
		if c.offsets.len() < 256 {
			return bad("it ends within the offsets of lead bytes")
		}
		for lead := range 256 {
			if o := int(c.offsets.at(lead)); o != 0 && (o < 256 || o+256 > c.offsets.len()) {
				return bad("lead byte %02X has its table at %d", lead, o)
			}
		}
	}
	if wide <= ranges || 2*wide+unit*unicodeEntries > len(b) {
		return bad("the table of Unicode characters lies outside of it")
	}
	c.wide = b[2*wide:][:unit*unicodeEntries]
	return c, nil
}

// Bytes is the file.
func (c *CodePage) Bytes() []byte { return c.all }

// ToUnicode writes the characters of src to dst and returns how many there are; those for
// which there is no room are left out. A lead byte at the end is UniDefault
// (RtlMultiByteToUnicodeN).
func (c *CodePage) ToUnicode(dst []uint16, src []byte) (n int) {
	for i := 0; i < len(src) && n < len(dst); i++ {
		b := src[i]
		if c.double {
			if o := int(c.offsets.at(int(b))); o != 0 {
				dst[n] = c.UniDefault
				if i++; i < len(src) {
					dst[n] = c.offsets.at(o + int(src[i]))
				}
				n++
				continue
			}
		}
		dst[n] = c.multiByte.at(int(b))
		n++
	}
	return n
}

// FromUnicode writes src in the code page to dst and returns how many bytes that are; a
// character that has no room, whole, is left out with all that follow
// (RtlUnicodeToMultiByteN).
func (c *CodePage) FromUnicode(dst []byte, src []uint16) (n int) {
	for _, u := range src {
		if !c.double {
			if n == len(dst) {
				break
			}
			dst[n] = c.wide[u]
			n++
			continue
		}
		v := words(c.wide).at(int(u))
		if v > 0xFF {
			if n+2 > len(dst) {
				break
			}
			dst[n] = byte(v >> 8)
			n++
		} else if n == len(dst) {
			break
		}
		dst[n] = byte(v)
		n++
	}
	return n
}

// Size is how many bytes FromUnicode needs for src (RtlUnicodeToMultiByteSize).
func (c *CodePage) Size(src []uint16) (n int) {
	if !c.double {
		return len(src)
	}
	for _, u := range src {
		if n++; words(c.wide).at(int(u)) > 0xFF {
			n++
		}
	}
	return n
}
