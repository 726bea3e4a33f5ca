//go:build tamago && osldr

package main

import (
	"runtime/goos"
	"unsafe"

	"gont/arc"
	"gont/boot/osldr/memmap"
	"gont/boot/osldr/registry"
	"gont/boot/osldr/status"
)

// hiveFiles is the directory config for package registry.
type hiveFiles struct {
	l         *loader
	directory string
}

func (h hiveFiles) Read(name string) ([]byte, error) {
	c, err := h.l.tryRead(h.directory+name, arc.LoaderRegistryData)
	return c.data, err
}

func (h hiveFiles) Free(data []byte) { h.l.free(content{address(data), data}) }

// Room: what package regf keeps beside a hive is in the Go heap, at most half the size
// of the files, and OSLDR's own heap is small.
func (h hiveFiles) Room(size int) {
	if size > 256<<10 {
		h.l.growHeap(size/2 + megabyte)
	}
}

// hivePages gives the pages of cells that have no room in the hive's file.
type hivePages struct{ l *loader }

func (p hivePages) Alloc(size int) []byte {
	c, err := p.l.take(size, arc.LoaderRegistryData)
	if err != nil {
		return nil
	}
	clear(c.data)
	return c.data
}

func (p hivePages) Free(b []byte) { p.l.free(content{address(b), b}) }

// address is where bytes lie that are page-aligned, and have a page also when there
// are none of them.
func address(b []byte) uint64 { return uint64(uintptr(unsafe.Pointer(unsafe.SliceData(b)))) }

// runtimeBloc is where the runtime takes its next memory.
//
//go:linkname runtimeBloc runtime.bloc
var runtimeBloc uintptr

//go:linkname setGCPercent runtime/debug.setGCPercent
func setGCPercent(percent int32) int32

// growHeap lets the Go heap go on in another piece of memory, and has its garbage
// collected from now on. Where there is no memory the heap stays.
func (l *loader) growHeap(n int) {
	setGCPercent(25)
	c, err := l.take(n, arc.LoaderOsloaderHeap)
	if err != nil {
		return
	}
	clear(c.data)
	const stack = 64 << 10 // the runtime leaves it free at the end (mem_tamago.go)
	runtimeBloc = uintptr(c.phys)
	goos.RamSize = uint(c.phys+pages(n)*memmap.PageSize) + stack + goos.RamStackOffset - goos.RamStart
}

// hive loads the SYSTEM hive and chooses the control set, and says what was wrong.
func (l *loader) hive(directory string, reason arc.LastKnownGood) (*registry.System, registry.Choice) {
	const name = "SYSTEM"
	s, err := registry.Load(hiveFiles{l, directory}, hivePages{l})
	var c registry.Choice
	if err == nil {
		c, err = s.Choose(reason)
	}
	for _, line := range s.Lines {
		l.note(line)
	}
	if err != nil {
		if _, ok := err.(*status.Error); !ok {
			err = status.Corrupt(err.Error())
		}
		failed(directory+name, err)
	}
	return s, c
}

// hiveForKernel is the hive as a file in one piece.
func (l *loader) hiveForKernel(s *registry.System, path string) content {
	n := s.Hive.Length()
	c := content{address(s.Data), s.Data}
	if s.Data == nil || n > cap(s.Data) {
		var err error
		if c, err = l.take(n, arc.LoaderRegistryData); err != nil {
			failed(path, err)
		}
	}
	c.data = c.data[:n]
	if err := s.Whole(c.data); err != nil {
		failed(path, err)
	}
	if p := address(s.Data); p != c.phys {
		s.Hive.Close()
		if s.Data != nil {
			l.free(content{p, s.Data})
		}
	}
	return c
}

// note says a line, and keeps it for the kernel.
func (l *loader) note(line string) {
	l.progress.say(line)
	l.report += line + "\n"
}
