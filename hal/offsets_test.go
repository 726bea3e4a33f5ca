package hal

import (
	"bufio"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"gont/arc"
)

// TestOffsets: every offset in offsets.h is the Go field's.
func TestOffsets(t *testing.T) {
	types := map[string]reflect.Type{
		"CTX": reflect.TypeOf(Context{}), "TF": reflect.TypeOf(TrapFrame{}), "DF": reflect.TypeOf(DebugFrame{}), "PCR": reflect.TypeOf(PCR{}), "PB": reflect.TypeOf(ProcessorBlock{}), "LINE": reflect.TypeOf(deviceLine{}),
		"LPB": reflect.TypeOf(arc.LoaderParameterBlock{}), "EXT": reflect.TypeOf(arc.LoaderParameterExtension{}),
	}
	f, err := os.Open("offsets.h")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	seen := 0
	for s := bufio.NewScanner(f); s.Scan(); {
		w := strings.Fields(s.Text())
		if len(w) != 3 || w[0] != "#define" {
			continue
		}
		kind, field, ok := strings.Cut(w[1], "_")
		typ := types[kind]
		if !ok || typ == nil || strings.Contains(field, "(") {
			continue
		}
		sf, ok := typ.FieldByName(field)
		if !ok {
			t.Errorf("%s: no such field", w[1])
			continue
		}
		if n, _ := strconv.ParseUint(w[2], 0, 64); uint64(sf.Offset) != n {
			t.Errorf("%s is %d, the field's offset is %d", w[1], n, sf.Offset)
		}
		seen++
	}
	if seen < 50 {
		t.Errorf("only %d offsets compared", seen)
	}
	if n := reflect.TypeOf(Context{}).Size(); n%16 != 0 {
		t.Errorf("Context is %d bytes, not a multiple of 16", n)
	}
}
