package regf

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// model is a key as plain Go, against which a Hive is compared.
type model struct {
	name     string
	class    string
	security string
	time     uint64
	volatile bool
	link     bool
	values   []modelValue
	sub      []*model
}

type modelValue struct {
	name string
	typ  uint32
	data string
}

func upperOf(s string) []uint16 {
	u := Encode(s)
	for i, c := range u {
		u[i] = Upcase(c)
	}
	return u
}

func (m *model) find(name string) *model {
	for _, s := range m.sub {
		if slices.Equal(upperOf(s.name), upperOf(name)) {
			return s
		}
	}
	return nil
}

func (m *model) value(name string) int {
	return slices.IndexFunc(m.values, func(v modelValue) bool { return slices.Equal(upperOf(v.name), upperOf(name)) })
}

// sortSubs orders subkeys as a hive enumerates them.
func (m *model) sortSubs() {
	slices.SortStableFunc(m.sub, func(a, b *model) int {
		if a.volatile != b.volatile {
			if a.volatile {
				return 1
			}
			return -1
		}
		return slices.Compare(upperOf(a.name), upperOf(b.name))
	})
}

// stableOnly is what is left after the hive was written and read.
func (m *model) stableOnly() *model {
	n := *m
	n.sub = nil
	for _, s := range m.sub {
		if !s.volatile {
			n.sub = append(n.sub, s.stableOnly())
		}
	}
	return &n
}

// text is a model as lines.
func (m *model) text(w *strings.Builder, indent string) {
	fmt.Fprintf(w, "%s[%q] class %q time %d volatile %v link %v security %x\n", indent, m.name, m.class, m.time, m.volatile, m.link, m.security)
	for _, v := range m.values {
		d := v.data
		if len(d) > 64 {
			d = fmt.Sprintf("%d bytes %x", len(d), marvin32(1, []byte(d)))
		}
		fmt.Fprintf(w, "%s  %q %d %q\n", indent, v.name, v.typ, d)
	}
	m.sortSubs()
	for _, s := range m.sub {
		s.text(w, indent+"  ")
	}
}

func (m *model) String() string {
	var w strings.Builder
	m.text(&w, "")
	return w.String()
}

// read turns a key of a hive into a model, by the functions that a caller has.
func read(h *Hive, key Cell) *model {
	i := h.Key(key)
	m := &model{name: h.Name(key), class: Decode(h.AppendClass(nil, key)), time: i.LastWrite, security: string(h.Security(key)),
		volatile: key.Volatile(), link: i.Flags&FlagSymLink != 0}
	for n := range i.Values {
		v, _ := h.ValueAt(key, n)
		m.values = append(m.values, modelValue{h.ValueName(v), v.Type, string(h.AppendData(nil, v))})
	}
	for n := range i.Subkeys + i.VolatileSubkeys {
		m.sub = append(m.sub, read(h, h.Subkey(key, n)))
	}
	return m
}

func sameTree(t *testing.T, h *Hive, m *model) {
	t.Helper()
	if got, want := read(h, h.Root()).String(), m.String(); got != want {
		t.Fatalf("the hive is\n%s\nit should be\n%s", got, want)
	}
}

// fileOf returns the hive as a file.
func fileOf(t testing.TB, h *Hive) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := h.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// reload reads a file that must be sound.
func reload(t testing.TB, b []byte) *Hive {
	t.Helper()
	h, r, err := Load(bytes.Clone(b), Options{})
	if err != nil {
		t.Fatalf("load: %v", err)
	}
	for _, f := range r.List {
		t.Errorf("a sound hive has a fault: %v", f)
	}
	return h
}

func descriptor(n int) []byte {
	sd := DefaultSecurity()
	return le.AppendUint32(sd, uint32(n)) // one more word behind it: still sound
}
