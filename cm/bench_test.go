package cm

import (
	"testing"

	"gont/cm/regf"
	"gont/ob"
)

// BenchmarkOpen opens and closes a key at depth 4 through ob; the others are parts of it.
func BenchmarkOpen(b *testing.B) {
	start(b)
	path := `\Registry\Machine\SYSTEM\Bench\One\Two\Three`
	k, _ := CreateKey(path, true)
	k.SetUint32("Value", 7)
	b.Run("ob", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			o, s := ob.OpenByName(nil, path, true, KeyType, &Opening{})
			if !s.OK() {
				b.Fatal(s)
			}
			o.Dereference()
		}
	})
	b.Run("open", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			mu.Lock()
			n, _, _ := open(master.nodes[master.r.Root()], path[9:], false, nil)
			n.release()
			mu.Unlock()
		}
	})
	b.Run("query", func(b *testing.B) {
		b.ReportAllocs()
		name := regf.Encode("Value")
		var few [64]uint16
		var data [256]byte
		for b.Loop() {
			k.QueryValue(name, few[:0], data[:])
		}
	})
	b.Run("set", func(b *testing.B) {
		b.ReportAllocs()
		name := regf.Encode("Value")
		data := make([]byte, 4)
		for b.Loop() {
			k.SetValueData(name, regf.Dword, data)
		}
	})
	b.Run("setregf", func(b *testing.B) {
		name := regf.Encode("Value")
		data := make([]byte, 4)
		for b.Loop() {
			k.node.hive.r.SetValue(k.node.cell, name, regf.Dword, data, 1)
		}
	})
}
