package mm

import (
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
