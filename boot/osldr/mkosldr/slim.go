package main

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
)

// What the runtime's tables say about functions (runtime.pcHeader and
// runtime._func of Go 1.20 and later).
const (
	pclnMagic = 0xFFFFFFF1 // abi.Go120PCLnTabMagic

	hdrNfunc    = 8  // offsets in pcHeader
	hdrNames    = 32 // names of functions, up to cutab
	hdrCuOffset = 40 // cutab, then filetab, pctab, pclntab
	hdrFiles    = 48
	hdrPctab    = 56
	hdrPcln     = 64

	fnPcsp    = 16 // offsets in _func
	fnPcfile  = 20
	fnPcln    = 24
	fnNpcdata = 28
	fnSize    = 44

	pcdataStackMap = 1 // abi.PCDATA_StackMapIndex
)

var errPcln = errors.New("the Go part's function tables are not as this program knows them")

// slim takes file names, line numbers, inlining and the names of functions that are not
// OSLDR's own out of the function tables of the image: they are only for tracebacks, which
// still name OSLDR's functions, and are a tenth of what a BIOS would have to read. Stack frames and stack maps,
// which the runtime lives by, stay. Bytes are zeroed, nothing moves.
func slim(f *elf.File, image []byte, base uint64) error {
	s := f.Section(".gopclntab")
	if s == nil || s.Addr < base || s.Addr-base+s.Size > uint64(len(image)) {
		return errPcln
	}
	tab := image[s.Addr-base:][:s.Size]
	le := binary.LittleEndian
	if len(tab) < 72 || le.Uint32(tab) != pclnMagic || tab[7] != 8 {
		return errPcln
	}
	n := le.Uint64(tab[hdrNfunc:])
	cu, files := le.Uint64(tab[hdrCuOffset:]), le.Uint64(tab[hdrFiles:])
	pc, fns := le.Uint64(tab[hdrPctab:]), le.Uint64(tab[hdrPcln:])
	names := le.Uint64(tab[hdrNames:])
	if names > cu || cu > files || files > pc || pc > fns || fns+8*n > uint64(len(tab)) {
		return errPcln
	}
	keepOwn(tab[names:cu])
	pctab, ft := tab[pc:fns], tab[fns:]
	keep := make([]bool, len(pctab)+1)
	for i := range n {
		off := uint64(le.Uint32(ft[8*i+4:]))
		if off+fnSize > uint64(len(ft)) {
			return errPcln
		}
		fn := ft[off:]
		le.PutUint32(fn[fnPcfile:], 0)
		le.PutUint32(fn[fnPcln:], 0)
		tables := []uint32{le.Uint32(fn[fnPcsp:])}
		np := uint64(le.Uint32(fn[fnNpcdata:]))
		if off+fnSize+4*np > uint64(len(ft)) {
			return errPcln
		}
		for j := range np {
			p := fn[fnSize+4*j:]
			if j != pcdataStackMap {
				le.PutUint32(p, 0)
			}
			tables = append(tables, le.Uint32(p))
		}
		for _, t := range tables {
			if t != 0 {
				if err := mark(pctab, keep, int(t)); err != nil {
					return err
				}
			}
		}
	}
	for i := range pctab {
		if !keep[i] {
			pctab[i] = 0
		}
	}
	clear(tab[cu:pc])
	return nil
}

// mark keeps one table: pairs of variable-length numbers, a value difference
// (zigzag) and a distance, ended by a value difference of 0 that is not the first.
func mark(pctab []byte, keep []bool, at int) error {
	for first := true; ; first = false {
		for field := 0; field < 2; field++ {
			for start := at; ; at++ {
				if at >= len(pctab) {
					return errPcln
				}
				keep[at] = true
				if pctab[at]&0x80 == 0 {
					end := field == 0 && !first && at == start && pctab[at] == 0
					at++
					if end {
						return nil
					}
					break
				}
			}
		}
	}
}

// keepOwn zeroes the names, each ended by a NUL, of functions of other programs' packages.
// The runtime knows its own functions by numbers.
func keepOwn(names []byte) {
	for len(names) > 0 {
		n := bytes.IndexByte(names, 0)
		if n < 0 {
			return
		}
		if !bytes.HasPrefix(names, []byte("gont/")) && !bytes.HasPrefix(names, []byte("main.")) {
			clear(names[:n])
		}
		names = names[n+1:]
	}
}
