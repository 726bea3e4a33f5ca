package regf

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// player makes random changes to a hive and the same to a model.
type player struct {
	rnd        *rand.Rand
	h          *Hive
	root       *model
	clock      uint64
	names      []string
	maxData    int // limit of the data's size
	noVolatile bool
}

func newPlayer(t testing.TB, seed uint64) *player {
	t.Helper()
	p := &player{rnd: rand.New(rand.NewPCG(seed, 7)), clock: 1000, maxData: 40000}
	h, err := New(Options{Name: "TEST", Time: 1})
	if err != nil {
		t.Fatal(err)
	}
	p.h = h
	p.root = &model{name: "TEST", time: 1, security: string(DefaultSecurity())}
	for range 60 {
		p.names = append(p.names, p.name())
	}
	return p
}

func (p *player) name() string {
	letters := []rune("abcXYZ019_-. {}~äÖÿßΣςжЖ漢ı\U0001F600")
	n := 1 + p.rnd.IntN(12)
	if p.rnd.IntN(20) == 0 {
		n = 100
	}
	var s strings.Builder
	set := letters[:p.rnd.IntN(len(letters))+1]
	if p.rnd.IntN(3) > 0 {
		set = letters[:15]
	}
	for range n {
		s.WriteRune(set[p.rnd.IntN(len(set))])
	}
	return s.String()
}

// pick returns a random key of both.
func (p *player) pick() (Cell, *model) {
	key, m := p.h.Root(), p.root
	for len(m.sub) > 0 && p.rnd.IntN(4) > 0 {
		s := m.sub[p.rnd.IntN(len(m.sub))]
		key, m = p.h.Find(key, Encode(s.name)), s
	}
	return key, m
}

func (p *player) data() string {
	n := p.rnd.IntN(6)
	switch p.rnd.IntN(12) {
	case 0:
		n = p.rnd.IntN(p.maxData)
	case 1, 2, 3:
		n = p.rnd.IntN(300)
	}
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(p.rnd.Uint32())
	}
	return string(b)
}

// step makes one change.
func (p *player) step(t testing.TB) {
	t.Helper()
	p.clock++
	key, m := p.pick()
	if key == NoCell {
		t.Fatalf("a key of the model is not in the hive: %v", m)
	}
	fail := func(format string, args ...any) {
		t.Helper()
		t.Fatalf("%s under %q: %s", fmt.Sprintf(format, args...), m.name, p.root)
	}
	name := p.names[p.rnd.IntN(len(p.names))]
	switch p.rnd.IntN(12) {
	case 0, 1, 2:
		o := KeyOptions{Volatile: !p.noVolatile && (m.volatile || p.rnd.IntN(8) == 0), Link: p.rnd.IntN(20) == 0}
		n := &model{name: name, time: p.clock, security: m.security, volatile: o.Volatile, link: o.Link}
		if p.rnd.IntN(5) == 0 {
			n.class = p.name()
			o.Class = Encode(n.class)
		}
		if p.rnd.IntN(5) == 0 {
			o.Security = descriptor(p.rnd.IntN(4))
			n.security = string(o.Security)
		}
		_, err := p.h.Create(key, Encode(name), o, p.clock)
		switch {
		case m.find(name) != nil:
			if err != ErrExists {
				fail("create %q again: %v", name, err)
			}
		case err != nil:
			fail("create %q: %v", name, err)
		default:
			m.sub = append(m.sub, n)
			m.time = p.clock
		}
	case 3:
		err := p.h.Delete(key, p.clock)
		switch {
		case m == p.root:
			if err != ErrNoDelete {
				fail("delete the root: %v", err)
			}
		case len(m.sub) > 0:
			if err != ErrHasSubkeys {
				fail("delete a key with subkeys: %v", err)
			}
		case err != nil:
			fail("delete: %v", err)
		default:
			p.dropModel(p.root, m)
		}
	case 4:
		if m == p.root {
			return
		}
		parent := p.parentOf(p.root, m)
		_, err := p.h.Rename(key, Encode(name), p.clock)
		if o := parent.find(name); o != nil && o != m {
			if err != ErrExists {
				fail("rename to %q: %v", name, err)
			}
		} else if err != nil {
			fail("rename to %q: %v", name, err)
		} else {
			m.name, m.time, parent.time = name, p.clock, p.clock
		}
	case 5:
		i := m.value(name)
		err := p.h.DeleteValue(key, Encode(name), p.clock)
		if i < 0 {
			if err != ErrNotFound {
				fail("delete no value: %v", err)
			}
		} else if err != nil {
			fail("delete value: %v", err)
		} else {
			m.values = slices.Delete(m.values, i, i+1)
			m.time = p.clock
		}
	case 6:
		m.security = string(descriptor(p.rnd.IntN(6)))
		m.time = p.clock
		if err := p.h.SetSecurity(key, []byte(m.security), p.clock); err != nil {
			fail("security: %v", err)
		}
	default:
		if p.rnd.IntN(10) == 0 {
			name = ""
		}
		v := modelValue{name, uint32(p.rnd.IntN(12)), p.data()}
		if err := p.h.SetValue(key, Encode(name), v.typ, []byte(v.data), p.clock); err != nil {
			fail("set %q: %v", name, err)
		}
		m.time = p.clock
		if i := m.value(name); i >= 0 {
			v.name = m.values[i].name
			m.values[i] = v
		} else {
			m.values = append(m.values, v)
		}
	}
}

func (p *player) parentOf(m, sub *model) *model {
	for _, s := range m.sub {
		if s == sub {
			return m
		}
		if f := p.parentOf(s, sub); f != nil {
			return f
		}
	}
	return nil
}

func (p *player) dropModel(m, sub *model) {
	parent := p.parentOf(m, sub)
	parent.sub = slices.DeleteFunc(parent.sub, func(s *model) bool { return s == sub })
	parent.time = p.clock
}
