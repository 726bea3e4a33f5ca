package fat

import (
	"fmt"
	"testing"

	"gont/nt"
)

// benchVolume has a directory of 1000 files.
func benchVolume(b *testing.B) *Volume {
	d := &disk{data: make([]byte, 64<<20), sector: 512}
	if err := Format(d, FormatOptions{Kind: FAT32}); err != nil {
		b.Fatal(err)
	}
	v := mount(b, d)
	mkdir(b, v, `\dir`)
	for i := range 1000 {
		put(b, v, fmt.Sprintf(`\dir\file number %d.txt`, i), []byte("x"))
	}
	if err := v.Flush(); err != nil {
		b.Fatal(err)
	}
	return v
}

func BenchmarkOpenClose(b *testing.B) {
	v := benchVolume(b)
	b.ReportAllocs()
	for b.Loop() {
		n, _, err := v.Open(nil, `\dir\file number 500.txt`, OpenOptions{Disposition: nt.FileOpen})
		if err != nil {
			b.Fatal(err)
		}
		n.Close()
	}
}

func BenchmarkCreateDelete(b *testing.B) {
	v := benchVolume(b)
	b.ReportAllocs()
	for b.Loop() {
		n, _, err := v.Open(nil, `\dir\a new file.txt`, OpenOptions{Disposition: nt.FileCreate})
		if err != nil {
			b.Fatal(err)
		}
		n.SetDelete(true)
		n.Close()
	}
}

func BenchmarkRename(b *testing.B) {
	v := benchVolume(b)
	n, _, err := v.Open(nil, `\dir\file number 500.txt`, OpenOptions{Disposition: nt.FileOpen})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		i++
		if err := n.Rename(nil, [2]string{"one name.txt", "other name.txt"}[i&1], false); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReadDir(b *testing.B) {
	v := benchVolume(b)
	n, _, err := v.Open(nil, `\dir`, OpenOptions{Disposition: nt.FileOpen})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		count := 0
		n.ReadDir(0, "*", EntryFunc(func(*Entry) bool { count++; return true }))
		if count != 1002 {
			b.Fatal(count)
		}
	}
}

func BenchmarkRead4K(b *testing.B) {
	v := benchVolume(b)
	put(b, v, `\large`, make([]byte, 1<<20))
	n, _, err := v.Open(nil, `\large`, OpenOptions{Disposition: nt.FileOpen})
	if err != nil {
		b.Fatal(err)
	}
	p := make([]byte, 4096)
	b.ReportAllocs()
	for b.Loop() {
		n.ReadAt(p, 512<<10)
	}
}
