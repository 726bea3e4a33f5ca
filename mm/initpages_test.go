package mm

import (
	"slices"
	"testing"

	"gont/arc"
)

// TestMarkInit (P1.1, P1.44, P1.47): what is marked stays when the loader's memory goes, and
// can be freed later; nothing but the loader's can be marked.
func TestMarkInit(t *testing.T) {
	runs := []Run{{arc.LoaderFree, 256, 100}, {arc.LoaderBootDriver, 356, 10}}
	if err := Initialize(newMachine(500), runs, 0); err != nil {
		t.Fatal(err)
	}
	marked := MarkInit(352, 8) // four free ones before
	if len(marked) != 4 || marked[0] != 356 {
		t.Fatal(marked)
	}
	if again := MarkInit(356, 4); again != nil {
		t.Error("twice:", again)
	}
	if n := FreeLoaderBlock(runs); n != 6 {
		t.Errorf("%d pages were the loader's", n)
	}
	if n := FreePages(marked); int(n) != 4 {
		t.Errorf("%d pages were init memory", n)
	}
	if err := Check(); err != nil {
		t.Error(err)
	}
}

// TestMarkInitSections: an image that is none has nothing to mark.
func TestMarkInitSections(t *testing.T) {
	if err := Initialize(newMachine(500), []Run{{arc.LoaderFree, 256, 100}, {arc.LoaderBootDriver, 356, 10}}, 0); err != nil {
		t.Fatal(err)
	}
	for _, image := range [][]byte{nil, {'M', 'Z'}, make([]byte, 4096)} {
		if list := MarkInitSections(image, 356); list != nil {
			t.Errorf("%d bytes: %v", len(image), list)
		}
	}
}

// TestInstalled: pieces that follow each other are one; what cannot be used is left out.
func TestInstalled(t *testing.T) {
	got := Installed([]Run{{arc.LoaderFree, 0, 10}, {arc.LoaderSystemCode, 10, 5}, {arc.LoaderBad, 15, 1}, {arc.LoaderFree, 16, 4},
		{arc.LoaderFirmwarePermanent, 20, 5}, {arc.LoaderBBTMemory, 25, 5}, {arc.LoaderFree, 40, 2}})
	want := []Run{{arc.LoaderFree, 0, 15}, {arc.LoaderFree, 16, 4}, {arc.LoaderFree, 40, 2}}
	if !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
	if Installed(nil) != nil {
		t.Error("no memory has pieces")
	}
}

// TestLowPages (P1.8): only pages that the loader has left alone below 640 KiB, and all four
// or none.
func TestLowPages(t *testing.T) {
	free := func(base, size uint64) Run { return Run{arc.LoaderFirmwareTemporary, base, size} }
	for _, c := range []struct {
		runs []Run
		want [4]uint64
		ok   bool
	}{
		{[]Run{{arc.LoaderFree, 0, 100}, free(5, 2), free(0x90, 9)}, [4]uint64{0x5000, 0x6000, 0x90000, 0x91000}, true},
		{[]Run{free(0x9E, 8)}, [4]uint64{0x9E000, 0x9F000}, false},
		{[]Run{free(0x100, 100)}, [4]uint64{}, false},
		{nil, [4]uint64{}, false},
	} {
		if low, ok := LowPages(c.runs); low != c.want || ok != c.ok {
			t.Errorf("%v: %#x, %v", c.runs, low, ok)
		}
	}
}

// TestMarkInitOfImage (P1.1): the pages of the INIT section of an image, and no others.
func TestMarkInitOfImage(t *testing.T) {
	m := goodImage()
	m.sections = append(m.sections, imageSection{name: "INIT", va: 0x8000, size: 0x800, data: pattern(0x200, 4), flags: rx})
	memory := make([]byte, m.size)
	copy(memory, m.bytes()[:m.headers])
	runs := []Run{{arc.LoaderFree, 256, 100}, {arc.LoaderBootDriver, 356, uint64(m.size) / PageSize}}
	if err := Initialize(newMachine(500), runs, 0); err != nil {
		t.Fatal(err)
	}
	if list := MarkInitSections(memory, 356); !slices.Equal(list, []uint32{356 + 8}) {
		t.Errorf("%v", list)
	}
}
