package svctest

import (
	"testing"

	"gont/nt"
)

// BenchmarkOpenQueryClose is ntbench's reg.open_query_close on the model: a key at depth 4
// opened, asked for a DWORD, and closed.
func BenchmarkOpenQueryClose(b *testing.B) {
	simulate(b, func(w *world) {
		path := `\Registry\Machine\SYSTEM`
		var h uint64
		for _, name := range []string{`\Bench`, `\One`, `\Two`, `\Three`} {
			path += name
			h, _, _ = w.createKey(0, path, nt.RegOptionVolatile)
		}
		w.setValue(h, "Value", nt.RegDword, []byte{7, 0, 0, 0})
		attributes := w.attributes(0, path, 0)
		name := w.text(dataAt+0x600, "Value")
		b.ReportAllocs()
		for b.Loop() {
			w.service(nt.SvcOpenKey, resultAt, uint64(nt.KeyQueryValue), attributes)
			k := get[uint64](w, resultAt)
			if s := w.service(nt.SvcQueryValueKey, k, name, nt.KeyValuePartialInformationClass, bufferAt, 64, resultAt); !s.OK() {
				b.Fatal(s)
			}
			w.service(nt.SvcClose, k)
		}
	})
}
