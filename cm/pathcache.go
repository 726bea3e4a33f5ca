package cm

import (
	"strings"
	"unsafe"
)

// pathCache knows where some full paths lead that have been opened before, as the hash of
// key control blocks does in NT. It holds no references: what deletes or moves a key, changes
// where a link leads, or takes a hive away empties it. A key that is made changes no path
// that was known. mu guards it.
type pathCache struct {
	slots [pathSlots]pathSlot
	some  bool
}

// pathSlot is a path that is known; the next one with the same hash takes its place.
type pathSlot struct {
	path string // what follows \Registry; "" in a slot that is free
	at   place
	n    *node // of the place, as it was last
}

var paths pathCache

// pathSlots is how many paths are known at most, longestPath how long one may be in bytes.
const (
	pathSlots   = 512
	longestPath = 256
)

// find returns the node that a path leads to, with a reference for the caller; nil when
// that is not known, or the node's hive is busy. mu is held.
func (p *pathCache) find(path string) *node {
	e := &p.slots[hashPath(path)%pathSlots]
	if e.path != path || path == "" || e.at.h.busy != nil {
		return nil
	}
	if e.n.deleted || e.n.dropped {
		e.n = e.at.h.node(e.at.c)
	} else {
		e.n.reference()
	}
	return e.n
}

// add remembers where a path leads. It makes a copy of the path.
func (p *pathCache) add(path string, at place, n *node) {
	if path == "" || len(path) > longestPath {
		return
	}
	p.slots[hashPath(path)%pathSlots] = pathSlot{strings.Clone(path), at, n}
	p.some = true
}

// forget empties the cache.
func (p *pathCache) forget() {
	if p.some {
		clear(p.slots[:])
		p.some = false
	}
}

// hashPath is a hash of a path, eight bytes at a time.
func hashPath(s string) uint32 {
	const odd = 0x9E3779B97F4A7C15 // 2^64 by the golden ratio
	h := uint64(len(s))
	for len(s) >= 8 {
		h = (h ^ *(*uint64)(unsafe.Pointer(unsafe.StringData(s)))) * odd
		h ^= h >> 32
		s = s[8:]
	}
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * odd
	}
	return uint32(h >> 32)
}
