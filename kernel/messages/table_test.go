package messages

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// loadedImage is headers and the kernel's resource section, as the loader maps them.
func loadedImage() []byte {
	section := Section[32 : len(Section)-16] // elf2pe's marks are around it
	const at, rva = 0x40, 0x200
	img := make([]byte, rva)
	le := binary.LittleEndian
	copy(img, "MZ")
	le.PutUint32(img[0x3C:], at)
	copy(img[at:], "PE\x00\x00")
	le.PutUint16(img[at+24:], 0x20B)
	le.PutUint32(img[at+24+108:], 16)
	le.PutUint32(img[at+24+112+16:], rva)
	le.PutUint32(img[at+24+112+20:], uint32(len(section)))
	img = append(img, section...)
	le.PutUint32(img[rva+72:], le.Uint32(img[rva+72:])+rva)
	return img
}

var stopCodes = []uint32{IrqlNotLessOrEqual, KmodeExceptionNotHandled, 0x12345}

// TestTexts (P0.6, P1.4, P1.5, P1.8): the same texts come from the table and, where there is
// no table, from the fixed ones.
func TestTexts(t *testing.T) {
	v := Version{Major: 6, Minor: 1, Build: 7601, CSDBuild: 42, Pack: "Service Pack 1"}
	for name, table := range map[string]*Table{"table": {Image: loadedImage()}, "no table": {}} {
		if s := strings.TrimSpace(table.Banner(v)); s != "GoNT Operating System Version 6.1 (Build 7601.42: Service Pack 1)" {
			t.Errorf("%s: banner %q", name, s)
		}
		if s := strings.TrimSpace(table.Banner(Version{Major: 5, Minor: 0, Build: 1})); s != "GoNT Operating System Version 5.0 (Build 1)" {
			t.Errorf("%s: banner without service pack %q", name, s)
		}
		caption, version := table.Logo(v)
		if !strings.HasPrefix(caption, "Starting") || !strings.HasPrefix(version, "Version 6.1 (Build 7601.42: Service Pack 1)") {
			t.Errorf("%s: logo %q, %q", name, caption, version)
		}
		for n, want := range map[int]string{1: "1 System Processor [64 MB Memory]", 4: "4 System Processors [64 MB Memory]"} {
			if s := table.Processors(n, 64); !strings.HasPrefix(s, want) {
				t.Errorf("%s: %q", name, s)
			}
		}
		for mode := 1; mode <= 3; mode++ {
			if table.SafeMode(mode) == "" {
				t.Errorf("%s: safe mode %d has no text", name, mode)
			}
		}
	}
}

// TestStopTexts (P0.6, K1): texts of stop codes are kept, and asking for one allocates
// nothing.
func TestStopTexts(t *testing.T) {
	table := &Table{Image: loadedImage()}
	if table.Halted() != haltedText || table.Restarts() != restartsText || table.StopText(IrqlNotLessOrEqual) != "" {
		t.Error("there are texts before P0.6")
	}
	if err := table.KeepStopTexts(stopCodes); err != nil {
		t.Fatal(err)
	}
	if table.StopText(IrqlNotLessOrEqual) == "" || table.StopText(0x12345) != "" || table.Halted() == "" {
		t.Errorf("%q, %q, %q", table.StopText(IrqlNotLessOrEqual), table.StopText(0x12345), table.Halted())
	}
	if n := testing.AllocsPerRun(10, func() { table.StopText(KmodeExceptionNotHandled); table.Halted(); table.Restarts() }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	many := slices.Repeat([]uint32{IrqlNotLessOrEqual}, mostStopTexts+10)
	if err := table.KeepStopTexts(many); err != nil || table.n != mostStopTexts {
		t.Errorf("%d texts, %v", table.n, err)
	}
}

// TestDamagedTable: whatever the image holds, there is a text, or an error of KeepStopTexts.
func TestDamagedTable(t *testing.T) {
	if err := (&Table{}).KeepStopTexts(stopCodes); err == nil {
		t.Error("no image has messages")
	}
	img, rnd := loadedImage(), rand.New(rand.NewPCG(3, 4))
	refused := 0
	for range 3000 {
		b := slices.Clone(img)
		for range 1 + rnd.IntN(4) {
			b[rnd.IntN(len(b))] ^= 1 << rnd.IntN(8)
		}
		table := &Table{Image: b[:rnd.IntN(len(b)+1)]}
		if table.KeepStopTexts(stopCodes) != nil {
			refused++
		}
		if table.Halted() == "" || table.Banner(Version{}) == "" {
			t.Fatal("no text")
		}
	}
	if refused == 0 {
		t.Error("no damage was noticed")
	}
}
