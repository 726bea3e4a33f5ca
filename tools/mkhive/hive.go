package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"sort"
	"strings"
	"unicode/utf16"
)

// A key of a hive that is being written. Values and subkeys are kept in the
// order the format wants: by their upper-case names.
type key struct {
	name   string
	sub    []*key
	values []value
}

type value struct {
	name string
	typ  uint32
	data []byte
}

// Types of values (winnt.h).
const (
	regSZ      = 1
	regBinary  = 3
	regDword   = 4
	regMultiSZ = 7
)

// open returns the subkey at the path, made if it is not there.
func (k *key) open(path string) *key {
next:
	for _, name := range strings.Split(path, `\`) {
		for _, s := range k.sub {
			if strings.EqualFold(s.name, name) {
				k = s
				continue next
			}
		}
		s := &key{name: name}
		k.sub = append(k.sub, s)
		sort.Slice(k.sub, func(i, j int) bool { return strings.ToUpper(k.sub[i].name) < strings.ToUpper(k.sub[j].name) })
		k = s
	}
	return k
}

func (k *key) set(name string, typ uint32, data []byte) {
	k.values = append(k.values, value{name, typ, data})
}

// The layout of a hive: a base block of 4096 bytes, then bins of whole pages,
// filled with cells. A cell begins with its size, negative when it is in use;
// offsets count from the first bin. (M. Suhanov, "Windows registry file format
// specification", github.com/msuhanov/regf.)
const (
	pageSize   = 4096
	binHeader  = 32
	noCell     = 0xffffffff
	maxBig     = 16344 // a value with more data would need the "db" format
	flagRoot   = 0x0004
	flagNoDel  = 0x0008
	flagASCII  = 0x0020
	flagVAscii = 0x0001
)

// timestamp is the FILETIME of every key, so that hives are reproducible:
// 2026-01-01 00:00 UTC in units of 100 ns since 1601.
const timestamp = (1767225600 + 11644473600) * 10_000_000

type writer struct {
	bin      []byte // the one bin, header included
	security uint32
	keys     uint32
	err      error
}

// encode writes the hive with the given root key and file name.
func encode(root *key, fileName string) ([]byte, error) {
	w := &writer{bin: make([]byte, binHeader)}
	w.security = w.alloc(securityCell())
	le := binary.LittleEndian
	// The security list is a ring; ours has one member.
	le.PutUint32(w.bin[w.security+4+4:], w.security)
	le.PutUint32(w.bin[w.security+4+8:], w.security)
	rootCell := w.key(root, noCell, true)
	if w.err != nil {
		return nil, w.err
	}
	le.PutUint32(w.bin[w.security+4+12:], w.keys)

	// What is left of the last page is one free cell.
	if rest := -len(w.bin) & (pageSize - 1); rest > 0 {
		at := len(w.bin)
		w.bin = append(w.bin, make([]byte, rest)...)
		le.PutUint32(w.bin[at:], uint32(rest))
	}
	copy(w.bin, "hbin")
	le.PutUint32(w.bin[8:], uint32(len(w.bin)))
	le.PutUint64(w.bin[20:], timestamp)

	b := make([]byte, pageSize)
	copy(b, "regf")
	le.PutUint32(b[4:], 1) // both sequence numbers: written in full
	le.PutUint32(b[8:], 1)
	le.PutUint64(b[12:], timestamp)
	le.PutUint32(b[20:], 1) // version 1.5
	le.PutUint32(b[24:], 5)
	le.PutUint32(b[32:], 1) // memory format
	le.PutUint32(b[36:], rootCell)
	le.PutUint32(b[40:], uint32(len(w.bin)))
	le.PutUint32(b[44:], 1) // clustering factor
	if n := utf16.Encode([]rune(fileName)); len(n) < 32 {
		for i, c := range n {
			le.PutUint16(b[48+2*i:], c)
		}
	}
	le.PutUint32(b[508:], checkSum(b))
	return append(b, w.bin...), nil
}

// checkSum is the XOR of the 127 words before it; 0 and -1 are avoided.
func checkSum(b []byte) uint32 {
	var s uint32
	for i := 0; i < 508; i += 4 {
		s ^= binary.LittleEndian.Uint32(b[i:])
	}
	switch s {
	case 0:
		return 1
	case 0xffffffff:
		return 0xfffffffe
	}
	return s
}

// alloc puts data into a new cell and returns its offset.
func (w *writer) alloc(data []byte) uint32 {
	at := len(w.bin)
	size := (4 + len(data) + 7) &^ 7
	w.bin = append(w.bin, make([]byte, size)...)
	binary.LittleEndian.PutUint32(w.bin[at:], uint32(-int32(size)))
	copy(w.bin[at+4:], data)
	return uint32(at)
}

func put(parts ...any) []byte {
	var b bytes.Buffer
	for _, p := range parts {
		// Only fixed-size values and byte slices come here.
		_ = binary.Write(&b, binary.LittleEndian, p)
	}
	return b.Bytes()
}

func (w *writer) ascii(name string) []byte {
	for _, c := range name {
		if c < ' ' || c > '~' {
			w.err = fmt.Errorf("name %q is not ASCII", name)
		}
	}
	return []byte(name)
}

// key writes a key node ("nk") with all below it.
func (w *writer) key(k *key, parent uint32, root bool) uint32 {
	w.keys++
	flags := uint16(flagASCII)
	if root {
		flags |= flagRoot | flagNoDel
	}
	var maxName, maxValueName, maxValue int
	for _, s := range k.sub {
		maxName = max(maxName, 2*len(s.name))
	}
	for _, v := range k.values {
		maxValueName = max(maxValueName, 2*len(v.name))
		maxValue = max(maxValue, len(v.data))
	}
	at := w.alloc(put([]byte("nk"), flags, uint64(timestamp), uint32(0), parent,
		uint32(len(k.sub)), uint32(0), uint32(noCell), uint32(noCell),
		uint32(len(k.values)), uint32(noCell), w.security, uint32(noCell),
		uint32(maxName), uint32(0), uint32(maxValueName), uint32(maxValue), uint32(0),
		uint16(len(k.name)), uint16(0), w.ascii(k.name)))
	if len(k.sub) > 0 {
		var list []byte
		for _, s := range k.sub {
			list = append(list, put(w.key(s, at, false), hash(s.name))...)
		}
		w.patch(at+32, w.alloc(put([]byte("lh"), uint16(len(k.sub)), list)))
	}
	if len(k.values) > 0 {
		var list []byte
		for _, v := range k.values {
			list = append(list, put(w.value(v))...)
		}
		w.patch(at+44, w.alloc(list))
	}
	return at
}

// patch sets a field of a cell; field counts from the cell's start, after the
// size.
func (w *writer) patch(field, v uint32) {
	binary.LittleEndian.PutUint32(w.bin[field:], v)
}

// value writes a value ("vk"). Up to four bytes of data are kept in it.
func (w *writer) value(v value) uint32 {
	size, data := uint32(len(v.data)), uint32(0)
	switch {
	case len(v.data) > maxBig:
		w.err = fmt.Errorf("value %s has %d bytes; %d at most", v.name, len(v.data), maxBig)
	case len(v.data) <= 4:
		var b [4]byte
		copy(b[:], v.data)
		size |= 0x80000000
		data = binary.LittleEndian.Uint32(b[:])
	default:
		data = w.alloc(v.data)
	}
	return w.alloc(put([]byte("vk"), uint16(len(v.name)), size, data, v.typ, uint16(flagVAscii), uint16(0), w.ascii(v.name)))
}

// hash is the one of "lh" lists.
func hash(name string) uint32 {
	var h uint32
	for _, c := range strings.ToUpper(name) {
		h = h*37 + uint32(c)
	}
	return h
}

// securityCell is the security descriptor of every key ("sk"), self-relative:
// owner and group Administrators; full access for SYSTEM and Administrators,
// reading for everyone, inherited by subkeys.
func securityCell() []byte {
	sid := func(authority byte, sub ...uint32) []byte {
		return put([]byte{1, byte(len(sub)), 0, 0, 0, 0, 0, authority}, sub)
	}
	administrators, system, world := sid(5, 32, 544), sid(5, 18), sid(1, 0)
	ace := func(mask uint32, sid []byte) []byte {
		return put([]byte{0, 2}, uint16(8+len(sid)), mask, sid)
	}
	const all, read = 0x000f003f, 0x00020019
	aces := append(append(ace(all, system), ace(all, administrators)...), ace(read, world)...)
	acl := put([]byte{2, 0}, uint16(8+len(aces)), uint16(3), uint16(0), aces)
	owner := uint32(20 + len(acl))
	sd := put([]byte{1, 0}, uint16(0x8004), owner, owner+uint32(len(administrators)), uint32(0), uint32(20),
		acl, administrators, administrators)
	return put([]byte("sk"), uint16(0), uint32(0), uint32(0), uint32(0), uint32(len(sd)), sd)
}

func text(s string) []byte { return put(utf16.Encode([]rune(s + "\x00"))) }

func dword(v uint32) []byte { return put(v) }
