package fat

import "gont/boot/osldr/status"

// Directory entries (specification chapters 6 and 7).
const (
	entrySize   = 32
	attrVolume  = 0x08
	attrDir     = 0x10
	attrLong    = 0x0F
	maxDirBytes = 65536 * entrySize
	maxNameLen  = 255
)

// Open finds a file by its full path, components separated by '\', letter
// case ignored for ASCII. Long and short names both match. The error is NoSuchFile,
// PathNotFound, a disk error, or Corrupt.
func (v *Volume) Open(path string) (*File, error) {
	dir := v.root
	for {
		for path != "" && path[0] == '\\' {
			path = path[1:]
		}
		name := path
		for i := 0; i < len(path); i++ {
			if path[i] == '\\' {
				name = path[:i]
				break
			}
		}
		path = path[len(name):]
		if name == "" {
			return nil, status.NoSuchFile
		}
		e, err := v.find(dir, name)
		last := path == ""
		switch {
		case err != nil:
			return nil, err
		case e == nil && last:
			return nil, status.NoSuchFile
		case e == nil:
			return nil, status.PathNotFound
		case !last && e[11]&attrDir == 0:
			return nil, status.PathNotFound
		case last && e[11]&attrDir != 0:
			return nil, &status.Error{Code: 0xC00000BA, Reason: "it is a directory"}
		}
		first := le16(e[20:])<<16 | le16(e[26:])
		if last {
			return v.file(first, le32(e[28:]))
		}
		dir = first
	}
}

// find returns the short entry of name in the directory at cluster dir, nil
// when it is not there.
func (v *Volume) find(dir uint32, name string) ([]byte, error) {
	most := uint32(maxDirBytes/SectorSize)/v.perCluster + 1
	runs, err := v.chain(dir, 1, min(most, v.lastCluster)+1)
	if err != nil {
		return nil, err
	}
	var long longName
	buf := make([]byte, min(16, v.perCluster)*SectorSize)
	for _, r := range runs {
		for r.sectors > 0 {
			n := min(r.sectors, uint32(len(buf))/SectorSize)
			if err := v.disk.ReadSectors(r.lba, buf[:n*SectorSize]); err != nil {
				return nil, err
			}
			r.lba += uint64(n)
			r.sectors -= n
			for e := buf[:n*SectorSize]; len(e) > 0; e = e[entrySize:] {
				switch {
				case e[0] == 0:
					return nil, nil
				case e[0] == 0xE5:
					long.reset()
				case e[11]&0x3F == attrLong:
					long.add(e[:entrySize])
				case e[11]&attrVolume != 0:
					long.reset()
				default:
					if long.matches(e, name) || sameName(shortName(e), name) {
						return e[:entrySize], nil
					}
					long.reset()
				}
			}
		}
	}
	return nil, nil
}

// longName collects the parts of a long name, which stand before their short
// entry, last part first.
type longName struct {
	chars [260]uint16
	want  byte // sequence number of the next part, 0 when complete or none
	sum   byte
	have  bool
}

func (l *longName) reset() { l.have, l.want = false, 0 }

func (l *longName) add(e []byte) {
	n := e[0]
	if n&0x40 != 0 {
		l.have, l.want, l.sum = true, n&0x3F, e[13]
		for i := range l.chars {
			l.chars[i] = 0
		}
	}
	n &= 0x3F
	if !l.have || n == 0 || n > 20 || n != l.want || e[13] != l.sum {
		l.reset()
		return
	}
	at := int(n-1) * 13
	for i := 0; i < 13; i++ {
		o := 1 + 2*i
		if i >= 5 {
			o = 14 + 2*(i-5)
		}
		if i >= 11 {
			o = 28 + 2*(i-11)
		}
		l.chars[at+i] = uint16(le16(e[o:]))
	}
	l.want--
}

// matches says whether a complete long name belongs to short entry e and
// equals name.
func (l *longName) matches(e []byte, name string) bool {
	if !l.have || l.want != 0 || len(name) > maxNameLen {
		return false
	}
	var sum byte
	for _, c := range e[:11] {
		sum = sum>>1 | sum<<7
		sum += c
	}
	if sum != l.sum {
		return false
	}
	for i := 0; i < len(name); i++ {
		c := l.chars[i]
		if c >= 0x80 || upper(byte(c)) != upper(name[i]) {
			return false
		}
	}
	end := l.chars[len(name)]
	return end == 0 || end == 0xFFFF
}

// shortName is e's 8.3 name with its dot.
func shortName(e []byte) string {
	var b [12]byte
	n := 0
	for i := 0; i < 8 && e[i] != ' '; i++ {
		b[n] = e[i]
		n++
	}
	if e[8] != ' ' {
		b[n] = '.'
		n++
		for i := 8; i < 11 && e[i] != ' '; i++ {
			b[n] = e[i]
			n++
		}
	}
	if n > 0 && b[0] == 0x05 { // stands for 0xE5
		b[0] = 0xE5
	}
	return string(b[:n])
}

func upper(c byte) byte {
	if 'a' <= c && c <= 'z' {
		return c - 32
	}
	return c
}

func sameName(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := 0; i < len(a); i++ {
		if upper(a[i]) != upper(b[i]) {
			return false
		}
	}
	return true
}
