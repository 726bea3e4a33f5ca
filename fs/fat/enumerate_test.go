package fat

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
	"unicode/utf16"

	"gont/nt"
)

// TestShortUnits (I9): a short name in UTF-16 is what shortName says, whatever the bytes.
func TestShortUnits(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var s shortUnits
	for i := range 200_000 {
		var raw [entrySize]byte
		for j := range raw {
			switch r.IntN(6) {
			case 0:
				raw[j] = byte(r.IntN(256))
			case 1, 2:
				raw[j] = ' '
			default:
				raw[j] = byte('@' + r.IntN(60))
			}
		}
		if i%8 == 0 {
			raw[0] = kanji
		}
		raw[12] = byte(r.IntN(256))
		if got, want := s.decode(&raw), utf16.Encode([]rune(shortName(raw[:]))); !slices.Equal(got, want) {
			t.Fatalf("% x: %q, not %q", raw[:13], string(utf16.Decode(got)), string(utf16.Decode(want)))
		}
	}
}

// TestTimeDecoder (I9): the time of an entry is that of decodeTime, also behind another one.
func TestTimeDecoder(t *testing.T) {
	v := mount(t, format(t, small))
	r := rand.New(rand.NewPCG(3, 4))
	var d timeDecoder
	stamp := uint32(0)
	for range 50_000 {
		switch r.IntN(4) {
		case 0:
			stamp = r.Uint32()
		case 1:
			stamp &= 0xFFFF // no date
		case 2:
			stamp ^= 1 << r.IntN(32)
		}
		if got, want := d.decode(stamp, v), SystemTime(decodeTime(uint16(stamp>>16), uint16(stamp), 0, v.zone())); got != want {
			t.Fatalf("%08x: %d, not %d", stamp, got, want)
		}
	}
	if SystemTime(time.Time{}) != 0 || SystemTime(time.Date(1601, 1, 1, 0, 0, 1, 200, time.UTC)) != 10_000_002 {
		t.Error("the time since 1601")
	}
}

// TestListed (I9): a list has each file's names, times, and size, also that of files whose entries do not say
// it yet, few of them or many.
func TestListed(t *testing.T) {
	for _, open := range []int{0, 1, 8, 9, 60} {
		v := mount(t, format(t, shape{FAT16, 512, 4, 16 << 10}))
		mkdir(t, v, `\d`)
		sizes := map[string]uint64{}
		for i := range 60 {
			name := [3]string{"FILE%d", "f%d.txt", "a name that is longer %d.TEXT"}[i%3]
			name = fmt.Sprintf(name, i)
			put(t, v, `\d\`+name, bytes.Repeat([]byte{1}, i))
			sizes[name] = uint64(i)
			if i >= open {
				continue
			}
			n, _, err := v.Open(nil, `\d\`+name, OpenOptions{Disposition: nt.FileOpen})
			if err != nil {
				t.Fatal(err)
			}
			defer n.Close()
			if sizes[name] = uint64(5000 + i); i%2 == 0 {
				_, err = n.Extend(sizes[name])
			} else {
				err = n.SetSize(sizes[name])
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		d, _, err := v.Open(nil, `\d`, OpenOptions{Disposition: nt.FileOpen})
		if err != nil {
			t.Fatal(err)
		}
		dots := 0
		_, err = d.ReadDir(0, "", EntryFunc(func(e *Entry) bool {
			name := e.Text()
			if name == "." || name == ".." {
				dots++
				return true
			}
			want, ok := sizes[name]
			delete(sizes, name)
			if !ok || e.Size != want || e.Allocation != (want+2047)/2048*2048 {
				t.Errorf("%d open: %q of %d bytes, %d allocated; want %d", open, name, e.Size, e.Allocation, want)
			}
			if (len(name) > 12) != (e.Short != nil) {
				t.Errorf("%q: short name %q", name, string(utf16.Decode(e.Short)))
			}
			if now := SystemTime(clock()); e.Created != now || e.Written != now-now%20_000_000 || e.Accessed != SystemTime(day(clock())) {
				t.Errorf("%q: times %d %d %d", name, e.Created, e.Written, e.Accessed)
			}
			return true
		}))
		if err != nil || len(sizes) != 0 || dots != 2 {
			t.Errorf("%d open: %v, %d names are missing, %d dots", open, err, len(sizes), dots)
		}
		d.Close()
	}
}

// TestHalfCharacters (I9): a long name with half a character is listed as it is found, and found.
func TestHalfCharacters(t *testing.T) {
	v := mount(t, format(t, small))
	put(t, v, `\a long naXme`, nil)
	b, o, err := v.root.slotAt(0)
	if err != nil {
		t.Fatal(err)
	}
	for i := o; i < o+2*entrySize; i++ {
		if b.data[i] == 'X' {
			b.data[i+1] = 0xD8
		}
	}
	v.root.dir.index = nil
	var got []string
	v.root.ReadDir(0, "", EntryFunc(func(e *Entry) bool { got = append(got, e.Text()); return true }))
	if len(got) != 1 || got[0] != "a long na\uFFFDme" {
		t.Fatalf("%q", got)
	}
	for len(v.idle) > 0 {
		v.idle[0].dismiss()
	}
	if _, err := get(v, `\`+got[0]); err != nil {
		t.Error(err)
	}
}
