// Package cutplan is what nttest/cuts does to files, step by step, until its machine is killed:
// the program does it and the host's test, which looks at the disk afterwards, computes what
// has to be there.
package cutplan

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
)

// Kind is what an operation does.
type Kind int

// The operations.
const (
	Create    Kind = iota // a new file
	Append                // bytes behind a file's end
	Overwrite             // bytes in a file
	Truncate              // a file ends at At
	Rename                // a file gets the name To; a file that has it goes
	Delete
)

func (k Kind) String() string {
	return [...]string{"create", "append", "overwrite", "truncate", "rename", "delete"}[k]
}

// Operation is one of them. Data, for the first three, go to At.
type Operation struct {
	Kind     Kind
	Name, To string
	At       int
	Data     []byte
}

// Plan is the state after some steps.
type Plan struct {
	Files map[string][]byte
	Done  int // steps
	r     *rand.Rand
	next  uint32
}

// FlushEvery is how many steps there are to a flush.
const FlushEvery = 3

// New begins a plan.
func New(seed uint64) *Plan {
	return &Plan{Files: map[string][]byte{}, r: rand.New(rand.NewPCG(seed, 5))}
}

const (
	mostFiles = 12
	mostBytes = 40_000
	perStep   = 3
	record    = 8
)

// records are a file's bytes from at on: its number and the place, eight bytes each.
func records(number uint32, at, n int) []byte {
	b := make([]byte, n*record)
	for i := 0; i < len(b); i += record {
		binary.LittleEndian.PutUint32(b[i:], number)
		binary.LittleEndian.PutUint32(b[i+4:], uint32(at+i)+1)
	}
	return b
}

// OwnBytes says whether bytes are those that a file with one of these numbers may have, or zeros.
func OwnBytes(b []byte, numbers map[uint32]bool) bool {
	for i := 0; i+record <= len(b); i += record {
		x := b[i : i+record]
		if binary.LittleEndian.Uint64(x) != 0 && (!numbers[Number(x)] || binary.LittleEndian.Uint32(x[4:]) != uint32(i)+1) {
			return false
		}
	}
	return true
}

// Number is the number of the file that bytes are of; its upper half is the version.
func Number(b []byte) uint32 {
	if len(b) < record {
		return 0
	}
	return binary.LittleEndian.Uint32(b) & 0xFFFF
}

func (p *Plan) pick() string {
	var list []string
	for n := range p.Files {
		list = append(list, n)
	}
	slices.Sort(list)
	return list[p.r.IntN(len(list))]
}

// Step returns the operations of the next step, and does them to Files. What is done in a step is
// done to different files.
func (p *Plan) Step() (list []Operation) {
	used := map[string]bool{}
	for range perStep {
		o := p.operation()
		if used[o.Name] || used[o.To] && o.To != "" {
			continue
		}
		used[o.Name], used[o.To] = true, true
		p.apply(o)
		list = append(list, o)
	}
	p.Done++
	return list
}

func (p *Plan) operation() Operation {
	n := 1 + p.r.IntN(1000)
	if len(p.Files) < 3 || len(p.Files) < mostFiles && p.r.IntN(4) == 0 {
		p.next++
		return Operation{Kind: Create, Name: fmt.Sprintf("File with number %d.dat", p.next), Data: records(p.next, 0, n)}
	}
	name := p.pick()
	b := p.Files[name]
	number := Number(b) | p.r.Uint32()<<16
	switch k := p.r.IntN(8); {
	case k < 2 && len(b) < mostBytes:
		return Operation{Kind: Append, Name: name, At: len(b), Data: records(number, len(b), n)}
	case k < 4:
		at := p.r.IntN(len(b)/record) * record
		return Operation{Kind: Overwrite, Name: name, At: at, Data: records(number, at, min(n, (len(b)-at)/record))}
	case k < 5:
		return Operation{Kind: Truncate, Name: name, At: (1 + p.r.IntN(len(b)/record)) * record}
	case k < 7:
		to := fmt.Sprintf("renamed %d", p.r.IntN(20))
		if p.r.IntN(3) == 0 {
			to = p.pick()
		}
		if to != name {
			return Operation{Kind: Rename, Name: name, To: to}
		}
	}
	return Operation{Kind: Delete, Name: name}
}

func (p *Plan) apply(o Operation) {
	b := p.Files[o.Name]
	switch o.Kind {
	case Create, Append, Overwrite:
		b = append(slices.Clone(b), make([]byte, max(0, o.At+len(o.Data)-len(b)))...)
		copy(b[o.At:], o.Data)
		p.Files[o.Name] = b
	case Truncate:
		p.Files[o.Name] = slices.Clone(b[:o.At])
	case Rename:
		delete(p.Files, o.Name)
		p.Files[o.To] = b
	case Delete:
		delete(p.Files, o.Name)
	}
}
