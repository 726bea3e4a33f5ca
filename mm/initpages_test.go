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
