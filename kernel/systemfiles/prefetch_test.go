package systemfiles

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gont/cc"
	"gont/cm"
	"gont/fs/fat"
	"gont/io"
	"gont/io/kfile"
	"gont/io/kfile/kfiletest"
	"gont/io/storage"
	"gont/mm"
	"gont/nt"
)

// usedFiles is how many files the starts below read.
const usedFiles = 8

func usedName(i int) string { return fmt.Sprintf(`%s\dir%d\used%d`, kfiletest.System, i%3, i) }

// usedData is what a file has: not a whole number of pages, nor of sectors.
func usedData(i int) []byte {
	b := make([]byte, 60_000+i*7777)
	r := rand.New(rand.NewPCG(uint64(i), 9))
	for k := range b {
		b[k] = byte(r.Uint32())
	}
	return b
}

// scattered is the volume with the files, each in pieces between those of another one.
func scattered(t *testing.T, hive []byte) []byte {
	t.Helper()
	b := installed(t, hive)
	v, err := fat.Mount(kfiletest.Image(b), fat.Options{})
	if err != nil {
		t.Fatal(err)
	}
	open := func(path string, options uint32) *fat.Node {
		n, _, err := v.Open(nil, strings.TrimPrefix(path, kfiletest.System), fat.OpenOptions{Disposition: nt.FileOpenIf, Options: options})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	other := open(`\other`, 0)
	for i := range usedFiles {
		open(fmt.Sprintf(`\dir%d`, i%3), nt.FileDirectoryFile).Close()
		n, data := open(usedName(i), 0), usedData(i)
		for at := 0; at < len(data); at += 10_000 {
			if err := n.WriteAt(data[at:min(len(data), at+10_000)], uint64(at)); err != nil {
				t.Fatal(err)
			}
			if _, err := other.Append(make([]byte, 3000)); err != nil {
				t.Fatal(err)
			}
		}
		n.Close()
	}
	other.Close()
	if err := v.Unmount(); err != nil {
		t.Fatal(err)
	}
	return b
}

// prefetchKey makes the registry ask for the prefetcher.
func prefetchKey(t *testing.T) {
	path := `\Registry\Machine\SYSTEM\CurrentControlSet\Control`
	for _, name := range []string{`Session Manager`, `Memory Management`, `PrefetchParameters`} {
		path += `\` + name
		k, s := cm.CreateKey(path, false)
		if !s.OK() {
			t.Error(s)
			return
		}
		k.SetUint32("EnablePrefetcher", 3)
		k.Close()
	}
	cc.InitPrefetcher(false)
}

// started is what a start has done.
type started struct {
	said  []string
	disk  []byte
	reads int // of the disk, by who reads the files
	all   int // of the disk, with those of the prefetcher
}

// start is one start of a system: pages of the files are read, a part of each, and compared.
func start(t *testing.T, disk, hive []byte) (r started) {
	t.Helper()
	run(t, slices.Clone(disk), hive, func(w *kfiletest.World, said *[]string) {
		prefetchKey(t)
		reads := 0
		w.Disk.Fail = func(q *storage.Request) nt.Status {
			if q.Function == storage.Read {
				reads++
			}
			return nt.StatusSuccess
		}
		if damaged := prefetchBoot(); damaged != "" {
			*said = append(*said, damaged)
		}
		if prefetched != nil {
			prefetched.Wait(forever)
		}
		r.reads = -reads
		for i := range usedFiles {
			data, b := usedData(i), make([]byte, 30_000)
			f, s := kfile.Open(usedName(i), kfile.Options{Access: nt.FileReadData | nt.Synchronize, Disposition: nt.FileOpen, Share: nt.FileShareValid})
			if s == nt.StatusObjectNameNotFound {
				continue
			}
			if !s.OK() {
				t.Errorf("%s: %v", usedName(i), s)
				continue
			}
			at := len(data) - len(b)
			if n, err := f.ReadAt(b, int64(at)); n != len(b) || err != nil || !bytes.Equal(b, data[at:]) {
				t.Errorf("%s: %d, %v", usedName(i), n, err)
			}
			f.Close()
		}
		r.reads += reads
		r.all = reads
		writeTrace(true)
		w.Disk.Fail = nil
		r.said = slices.Clone(*said)
		if err := mm.CheckAll(); err != nil {
			t.Error(err)
		}
		io.ShutdownFileSystems()
		r.disk = slices.Clone(w.Disk.Data)
	})
	return r
}

// TestPrefetch (P1.24): what a start has used the next one reads ahead, in fewer reads, and finds it in memory; it has the same
// bytes. Traces of another volume, of files that are gone, or damaged in whatever way cost a start nothing but
// the reading of the trace.
func TestPrefetch(t *testing.T) {
	hive := systemHive(t)
	disk := scattered(t, hive)
	first := start(t, disk, hive)
	second := start(t, first.disk, hive)
	third := start(t, second.disk, hive)
	if first.reads < 30 || second.reads != 0 || second.all > first.all+8 || third.reads != 0 {
		t.Errorf("reads of the disk: the first start %d, the second %d and %d, the third %d", first.reads, second.reads, second.all, third.reads)
	}
	if len(second.said) == 0 || !strings.Contains(second.said[0], "were read ahead, in") {
		t.Errorf("%q", second.said)
	}
	trace := func(disk []byte) []byte {
		v, err := fat.Mount(kfiletest.Image(slices.Clone(disk)), fat.Options{})
		if err != nil {
			t.Fatal(err)
		}
		n, _, err := v.Open(nil, strings.TrimPrefix(bootTrace, root[:len(root)-1]), fat.OpenOptions{Disposition: nt.FileOpen})
		if err != nil {
			t.Fatal(err)
		}
		info, _ := n.Info()
		b := make([]byte, info.Size)
		if _, err := n.ReadAt(b, 0); err != nil {
			t.Fatal(err)
		}
		return b
	}
	put := func(b []byte) []byte {
		c := slices.Clone(first.disk)
		v, err := fat.Mount(kfiletest.Image(c), fat.Options{})
		if err != nil {
			t.Fatal(err)
		}
		n, _, err := v.Open(nil, strings.TrimPrefix(bootTrace, root[:len(root)-1]), fat.OpenOptions{Disposition: nt.FileOverwriteIf})
		if err == nil {
			err = n.WriteAt(b, 0)
		}
		if err != nil {
			t.Fatal(err)
		}
		n.Close()
		if err := v.Unmount(); err != nil {
			t.Fatal(err)
		}
		return c
	}
	good := trace(first.disk)
	if !bytes.Equal(good, trace(third.disk)) {
		t.Error("the same start has another trace")
	}
	decoded, err := cc.DecodeTrace(good)
	if err != nil || len(decoded.Volumes) != 1 || len(decoded.Files) != usedFiles || len(decoded.Volumes[0].Table) == 0 {
		t.Fatalf("%+v, %v", decoded, err)
	}
	slack := first.reads + 2 // the trace's own place may cost a sector of the FAT
	other := *decoded
	other.Volumes = slices.Clone(decoded.Volumes)
	other.Volumes[0].Serial++
	gone := cc.Trace{Volumes: decoded.Volumes, Files: []cc.Used{{Path: kfiletest.Volume + `\none\x`, Ranges: []cc.Range{{Page: 0, Count: 9}}},
		{Path: kfiletest.Volume, Ranges: []cc.Range{{Page: 0, Count: 9}}}, {Path: kfiletest.Volume + `\System32`, Ranges: []cc.Range{{Page: 0, Count: 9}}},
		{Path: "", Ranges: []cc.Range{{Page: 0, Count: 9}}}, {Path: `\Device\Null\x`, Ranges: []cc.Range{{Page: 0, Count: 9}}}}}
	far := *decoded
	far.Files = slices.Clone(decoded.Files)
	far.Files[0].Ranges = []cc.Range{{Page: 1 << 30, Count: 1 << 31}}
	far.Volumes = []cc.UsedVolume{{Device: decoded.Volumes[0].Device, Serial: decoded.Volumes[0].Serial, Table: []cc.Range{{Page: 5, Count: 1 << 30}, {Page: 1 << 31, Count: 7}}}}
	for name, b := range map[string][]byte{"another serial": other.Encode(), "files that are gone": gone.Encode(), "nothing": {}, "text": []byte("no trace"), "beyond the ends": far.Encode()} {
		if r := start(t, put(b), hive); r.reads > slack {
			t.Errorf("%s: %d reads, %d without a trace", name, r.reads, first.reads)
		}
	}
	random := rand.New(rand.NewPCG(24, 2))
	for i := range 8 {
		b := slices.Clone(good)
		for range 1 + random.IntN(5) {
			b[random.IntN(len(b))] = byte(random.Uint32())
		}
		if i%2 == 0 { // half of them with the checksum of what they say
			copy(b, good[:4])
			binary.LittleEndian.PutUint32(b[4:], crc32.ChecksumIEEE(b[8:]))
		}
		if r := start(t, put(b), hive); r.reads > slack {
			t.Errorf("mutant %d: %d reads, %d without a trace: %q", i, r.reads, first.reads, r.said)
		}
	}
}
