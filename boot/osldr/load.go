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

// take allocates memory for n bytes below 4 GiB.
func (l *loader) take(n int, t arc.MemoryType) (content, error) {
	base, err := l.memoryMap.Alloc(max(1, pages(n)), below4G, 1, t)
	if err != nil {
		return content{}, err
	}
	return content{base * memmap.PageSize, memory(base*memmap.PageSize, n)}, nil
}

func (l *loader) free(c content) {
	l.memoryMap.Release(c.phys/memmap.PageSize, max(1, pages(len(c.data))))
}

// failed names the file and the status, and ends.
func failed(path string, err error) {
	fatal("\nGoNT could not start because this file is missing or damaged:\n  ", path, ": ", status.Text(err))
}

// read reads a file into pages of type t, unpacked when it is an LZ4 frame, or ends.
func (l *loader) read(path string, t arc.MemoryType) content {
	c, err := l.tryRead(path, t)
	switch {
	case err == status.NoMemory:
		say("\n", path, ": ", status.Text(err), "\n")
		tooLittle(l.memoryMap.Ram())
	case err != nil:
		failed(path, err)
	}
	return c
}

// tryRead is read for a file that can be done without.
func (l *loader) tryRead(path string, t arc.MemoryType) (content, error) {
	l.progress.file(path)
	f, err := l.volume.Open(path)
	if err != nil {
		return content{}, err
	}
	c, err := l.readAll(f, t)
	if err != nil || !lz4.IsFrame(c.data) {
		return c, err
	}
	n, err := lz4.Size(c.data)
	if err == nil && uint64(n) > l.memoryMap.Ram() {
		err = status.NoMemory
	}
	if err != nil {
		l.free(c)
		return content{}, err
	}
	out, err := l.take(n, t)
	if err == nil {
		if err = lz4.Decode(out.data, c.data); err != nil {
			l.free(out)
		}
	}
	l.free(c)
	return out, err
}

// readAll reads a whole file.
func (l *loader) readAll(f *fat.File, t arc.MemoryType) (content, error) {
	c, err := l.take(f.Len(), t)
	if err != nil {
		return c, err
	}
	const piece = 1 << 20
	for off := 0; off < len(c.data); off += piece {
		l.progress.part(off, len(c.data))
		end := min(off+piece, len(c.data))
		dst := c.data[off:end:end]
		if end == len(c.data) {
			dst = c.data[off:]
		}
		if err := f.ReadAt(dst, off); err != nil {
			l.free(c)
			return content{}, err
		}
	}
	return c, nil
}

// imageError is an error of package pe with its status.
func imageError(err error) error {
	if e, ok := err.(*pe.Error); ok {
		return &status.Error{Code: e.Status(), Reason: e.Reason}
	}
	return err
}

// parse reads an image's headers. A damaged image, one for another processor, and
// one that needs what nobody has end here, before anything of it runs.
func parse(path string, c content) *pe.Image {
	m, err := pe.Parse(c.data)
	if err != nil {
		failed(path, imageError(err))
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
	m.Place(memory(phys, int(m.Size)), c.data)
	l.free(c)
	return m, phys
}
