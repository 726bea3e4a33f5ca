package nt

import (
	"math/rand/v2"
	"testing"
)

func TestTable(t *testing.T) {
	b := NewTable[BootStep](3)
	for _, id := range []string{"P0.1", "", "P1.47", "P1.99"} { // one too many
		text := b.Text(id)
		b.Add(BootStep{ID: text, Start: uint64(len(id)), Status: StatusUnsuccessful})
	}
	table := b.Bytes()
	rows, ok := ReadTable[BootStep](table)
	if !ok || len(rows) != 3 || rows[0].ID.In(table) != "P0.1" || rows[1].ID.In(table) != "" || rows[2].ID.In(table) != "P1.47" || rows[2].Start != 5 {
		t.Errorf("%v %+v", ok, rows)
	}
	few := NewTable[BootStep](9) // fewer than there is room for
	few.Add(BootStep{ID: few.Text("P1.2")})
	table = few.Bytes()
	if rows, ok := ReadTable[BootStep](table); !ok || len(rows) != 1 || rows[0].ID.In(table) != "P1.2" {
		t.Errorf("%v %+v", ok, rows)
	}
	if rows, ok := ReadTable[BootStep](NewTable[BootStep](0).Bytes()); !ok || len(rows) != 0 {
		t.Errorf("no rows: %v %+v", ok, rows)
	}
}

// TestTableDamaged: no answer makes the reader go beyond it.
func TestTableDamaged(t *testing.T) {
	b := NewTable[InterruptEntry](4)
	for range 4 {
		b.Add(InterruptEntry{Owner: b.Text("owner"), Kind: b.Text("pin")})
	}
	whole := b.Bytes()
	r := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		d := append([]byte(nil), whole[:r.IntN(len(whole)+1)]...)
		for range r.IntN(4) {
			if len(d) > 0 {
				d[r.IntN(min(len(d), 64))] = byte(r.Uint32())
			}
		}
		rows, _ := ReadTable[InterruptEntry](d)
		for _, row := range rows {
			row.Owner.In(d)
			row.Kind.In(d)
		}
	}
	for n := range 8 {
		if _, ok := ReadTable[InterruptEntry](whole[:n]); ok {
			t.Errorf("%d bytes are a table", n)
		}
	}
}
