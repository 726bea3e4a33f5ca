package system

import (
	"encoding/binary"
	"fmt"
	"io"
	"reflect"
	"strings"

	"gont/ex"
	devices "gont/io"
	"gont/ke"
	"gont/mm"
	"gont/ob"
	"gont/pp"
	"gont/ps"
	"gont/se"
)

// structures are those that dt knows; the kernel's own type descriptions say where their
// fields are. Their fields may be named with a path: ps.Thread has a ke.Thread in it.
var structures = []reflect.Type{
	reflect.TypeFor[devices.Device](), reflect.TypeFor[devices.Driver](), reflect.TypeFor[devices.File](), reflect.TypeFor[devices.IRP](),
	reflect.TypeFor[ex.Resource](), reflect.TypeFor[ke.Dpc](), reflect.TypeFor[ke.Event](), reflect.TypeFor[ke.Mutant](), reflect.TypeFor[ke.Process](),
	reflect.TypeFor[ke.Semaphore](), reflect.TypeFor[ke.Thread](), reflect.TypeFor[ke.Timer](), reflect.TypeFor[mm.AddressSpace](), reflect.TypeFor[mm.Mdl](),
	reflect.TypeFor[mm.Pfn](), reflect.TypeFor[mm.Section](), reflect.TypeFor[mm.Vad](), reflect.TypeFor[ob.HandleTable](), reflect.TypeFor[ob.Object](),
	reflect.TypeFor[ob.Type](), reflect.TypeFor[pp.Node](), reflect.TypeFor[ps.Process](), reflect.TypeFor[ps.Thread](), reflect.TypeFor[se.Token](),
}

// displayType is dt: without arguments the structures, with one its fields, with an address
// their values. Memory is read as all of the debugger's: what is not there is said.
func displayType(w io.Writer, c Context, args string) {
	name, at, _ := strings.Cut(strings.TrimSpace(args), " ")
	if name == "" {
		for _, t := range structures {
			fmt.Fprintf(w, "  %-20s %5d bytes\n", t, t.Size())
		}
		return
	}
	var t reflect.Type
	for _, s := range structures {
		if strings.EqualFold(s.String(), name) || t == nil && strings.EqualFold(s.Name(), name) {
			t = s
		}
	}
	if t == nil {
		fmt.Fprintf(w, "no structure is called %s; dt lists them\n", name)
		return
	}
	if at == "" {
		fields(w, t, 0, "", nil)
		fmt.Fprintf(w, "%v has %d bytes\n", t, t.Size())
		return
	}
	address, ok := hex(strings.TrimSpace(at))
	if !ok {
		fmt.Fprintf(w, "%s is not an address\n", at)
		return
	}
	b := make([]byte, t.Size())
	if n := c.Read(address, b); n < len(b) {
		fmt.Fprintf(w, "of %v at %#x there are %d of %d bytes of memory\n", t, address, n, len(b))
		return
	}
	fields(w, t, 0, "", b)
}

// fields writes the fields of a structure, those of one that is embedded in place; b is
// its memory, nil for none.
func fields(w io.Writer, t reflect.Type, base uintptr, path string, b []byte) {
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous && f.Type.Kind() == reflect.Struct {
			fields(w, f.Type, base+f.Offset, path+f.Name+".", b)
			continue
		}
		if f.Name == "_" {
			continue
		}
		fmt.Fprintf(w, "  +%03x %-28s %v", base+f.Offset, path+f.Name, f.Type)
		if b != nil {
			fmt.Fprintf(w, " : %s", value(f.Type, b[base+f.Offset:base+f.Offset+f.Type.Size()]))
		}
		fmt.Fprintln(w)
	}
}

// value writes a field's memory by its kind; what is behind a pointer is not followed.
func value(t reflect.Type, b []byte) string {
	word := func(i int) uint64 { return binary.LittleEndian.Uint64(b[8*i:]) }
	number := func() uint64 {
		var x [8]byte
		copy(x[:], b)
		return binary.LittleEndian.Uint64(x[:])
	}
	switch t.Kind() {
	case reflect.Bool:
		return fmt.Sprint(b[0] != 0)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		shift := 64 - 8*len(b)
		return fmt.Sprint(int64(number()<<shift) >> shift)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr, reflect.Pointer, reflect.UnsafePointer,
		reflect.Func, reflect.Map, reflect.Chan:
		return fmt.Sprintf("%#x", number())
	case reflect.String:
		return fmt.Sprintf("%d bytes at %#x", word(1), word(0))
	case reflect.Slice:
		return fmt.Sprintf("%d of %d at %#x", word(1), word(2), word(0))
	case reflect.Interface:
		return fmt.Sprintf("type %#x, value %#x", word(0), word(1))
	}
	return fmt.Sprintf("% x", b[:min(len(b), 16)])
}
