//go:build tamago && osldr

package main

import (
	"gont/arc"
	"gont/boot/osldr/fat"
	"gont/boot/osldr/lz4"
	"gont/boot/osldr/memmap"
	"gont/boot/osldr/status"
	"gont/pe"
)

const below4G = (4 << 30) / memmap.PageSize

func pages(n int) uint64 { return (uint64(n) + memmap.PageSize - 1) / memmap.PageSize }

// need allocates pages below 4 GiB or says that there is too little memory.
func (l *loader) need(n uint64, t arc.MemoryType) uint64 {
	base, err := l.memoryMap.Alloc(n, below4G, 1, t)
	if err != nil {
		say("Not enough memory for ", status.Dec(n*memmap.PageSize/1024), " KB more.\n")
		tooLittle(l.memoryMap.Ram())
	}
	return base * memmap.PageSize
}

// content is a file in memory of its own, page-aligned.
type content struct {
	phys uint64
	data []byte
}

func (l *loader) free(c content) {
	l.memoryMap.Release(c.phys/memmap.PageSize, pages(len(c.data)))
}

// failed names the file and the status, and ends.
func failed(path string, err error) {
	fatal("\nGoNT could not start because this file is missing or damaged:\n  ", path, ": ", status.Text(err))
}

// read reads a file into pages of type t, unpacked when it is an LZ4 frame.
func (l *loader) read(path string, t arc.MemoryType) content {
	say(".")
	f, err := l.volume.Open(path)
	if err != nil {
		failed(path, err)
	}
	c := l.readAll(path, f, t)
	if !lz4.IsFrame(c.data) {
		return c
	}
	n, err := lz4.Size(c.data)
	if err == nil && uint64(n) > l.memoryMap.Ram() {
		err = status.NoMemory
	}
	if err != nil {
		failed(path, err)
	}
	out := content{phys: l.need(max(1, pages(n)), t)}
	out.data = memory(out.phys, n)
	say(".")
	if err := lz4.Decode(out.data, c.data); err != nil {
		failed(path, err)
	}
	l.free(c)
	return out
}

func (l *loader) readAll(path string, f *fat.File, t arc.MemoryType) content {
	c := content{phys: l.need(max(1, pages(f.Len())), t)}
	c.data = memory(c.phys, f.Len())
	const piece = 1 << 20 // a dot each
	for off := 0; off < len(c.data); off += piece {
		if off > 0 {
			say(".")
		}
		end := min(off+piece, len(c.data))
		dst := c.data[off:end:end]
		if end == len(c.data) {
			dst = c.data[off:]
		}
		if err := f.ReadAt(dst, off); err != nil {
			failed(path, err)
		}
	}
	return c
}

// parse reads an image's headers. A damaged image, one for another processor, and
// one that needs what nobody has end here, before anything of it runs.
func parse(path string, c content) *pe.Image {
	m, err := pe.Parse(c.data)
	if e, ok := err.(*pe.Error); ok {
		failed(path, &status.Error{Code: e.Status(), Reason: e.Reason})
	}
	return m
}

// looksLikeImage tells whether a file means to be an image. What other files are
// loaded for is the kernel's affair.
func looksLikeImage(data []byte) bool { return len(data) >= 2 && data[0] == 'M' && data[1] == 'Z' }

// image puts a kernel's sections in their places. The pages are contiguous.
func (l *loader) image(path string) (*pe.Image, uint64) {
	c := l.read(path, arc.LoaderOsloaderHeap)
	m := parse(path, c)
	if m.Base < arc.KernelBase {
		failed(path, status.BadImage("image is not linked for the kernel's window"))
	}
	phys := l.need(pages(int(m.Size)), arc.LoaderSystemCode)
	mem := memory(phys, int(m.Size))
	place(mem, c.data, m)
	l.free(c)
	return m, phys
}

// place copies headers and sections and zeroes the rest.
func place(mem, file []byte, m *pe.Image) {
	at := uint32(copy(mem, file[:m.HeaderSize]))
	for i := range m.Sections {
		s := &m.Sections[i]
		clear(mem[at:s.RVA])
		copy(mem[s.RVA:], file[s.FileOffset:s.FileOffset+s.FileSize])
		at = s.RVA + s.FileSize
	}
	clear(mem[at:])
}
