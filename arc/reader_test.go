package arc

import (
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"
)

// arena is a piece of memory that stands for the loader's: address PhysMap is its
// first byte.
type arena struct{ words []uint64 }

func (a *arena) reader() Reader {
	return Reader{At: func(address, n uint64) unsafe.Pointer {
		size := uint64(len(a.words)) * 8
		if address < PhysMap || address-PhysMap > size || n > size-(address-PhysMap) || n == 0 {
			return nil
		}
		return unsafe.Add(unsafe.Pointer(&a.words[0]), address-PhysMap)
	}}
}

func (a *arena) take(n uintptr) (unsafe.Pointer, uint64) {
	at := len(a.words)
	if at+int(n+7)/8 > cap(a.words) {
		panic("the arena is full")
	}
	a.words = a.words[:at+int(n+7)/8]
	return unsafe.Pointer(&a.words[at]), PhysMap + uint64(at)*8
}

func (a *arena) text(s string) uint64 {
	p, va := a.take(uintptr(len(s)) + 1)
	copy(unsafe.Slice((*byte)(p), len(s)+1), s+"\x00")
	return va
}

func put[T any](a *arena, v T) (*T, uint64) {
	p, va := a.take(unsafe.Sizeof(v))
	*(*T)(p) = v
	return (*T)(p), va
}

// ring links entries, which begin with their link, behind a head.
func ring(a *arena, head uint64, entries ...uint64) {
	at := func(va uint64) *ListEntry { return (*ListEntry)(unsafe.Pointer(&a.words[(va-PhysMap)/8])) }
	all := append(append([]uint64{head}, entries...), head)
	for i := 1; i < len(all); i++ {
		at(all[i-1]).Flink, at(all[i]).Blink = all[i], all[i-1]
	}
}

// built is a block with two drivers, two disks and a tree of four components.
type built struct {
	arena
	block, disks, root, nls uint64
}

func build() *built {
	b := &built{arena: arena{make([]uint64, 0, 4096)}}
	a := &b.arena
	a.take(64)
	_, b.block = put(a, LoaderParameterBlock{})
	heads := b.block + uint64(unsafe.Offsetof(LoaderParameterBlock{}.BootDriverListHead))
	image, base := a.take(32)
	copy(unsafe.Slice((*byte)(image), 32), "MZ image")
	_, ldr := put(a, LdrDataTableEntry{DllBase: base, SizeOfImage: 32, EntryPoint: base + 16})
	_, one := put(a, BootDriverEntry{RegistryPath: a.text(`\Registry\Machine\System\CurrentControlSet\Services\One`),
		FilePath: a.text(`\Windows\System32\drivers\one.sys`), LdrEntry: ldr, ErrorControl: 3})
	_, two := put(a, BootDriverEntry{RegistryPath: a.text(`\Registry\Machine\System\CurrentControlSet\Services\Two`),
		Status: 0xC000000F, Reason: a.text("file not found")})
	ring(a, heads, one, two)
	_, b.disks = put(a, ArcDiskInformation{})
	_, d0 := put(a, ArcDiskSignature{Signature: 1, ArcName: a.text("multi(0)disk(0)rdisk(0)")})
	_, d1 := put(a, ArcDiskSignature{Signature: 2, ArcName: a.text("multi(0)disk(0)rdisk(1)"), ValidPartitionTable: 1})
	ring(a, b.disks, d0, d1)
	data := AppendResources(nil, 1, 2, []PartialResource{{Type: ResourcePort, Share: 1, Start: 0x3F8, Length: 8},
		{Type: ResourceInterrupt, Share: 1, Flags: 1, Start: 4 | 4<<32}, {Type: ResourceDeviceSpecific, Data: []byte("clock")}})
	p, dataAt := a.take(uintptr(len(data)))
	copy(unsafe.Slice((*byte)(p), len(data)), data)
	root, rootAt := put(a, ConfigurationComponentData{ComponentEntry: ConfigurationComponent{Class: SystemClass, Type: ArcSystem, Identifier: a.text("AT/AT COMPATIBLE")}})
	cpu, cpuAt := put(a, ConfigurationComponentData{Parent: rootAt, ComponentEntry: ConfigurationComponent{Class: ProcessorClass, Type: CentralProcessor}})
	bus, busAt := put(a, ConfigurationComponentData{Parent: rootAt, ComponentEntry: ConfigurationComponent{Class: AdapterClass, Type: MultiFunctionAdapter}})
	_, comAt := put(a, ConfigurationComponentData{Parent: busAt, ConfigurationData: dataAt, ComponentEntry: ConfigurationComponent{Class: ControllerClass,
		Type: SerialController, Identifier: a.text("COM1"), IdentifierLength: 5, ConfigurationDataLength: uint32(len(data))}})
	root.Child, cpu.Sibling, bus.Child = cpuAt, busAt, comAt
	b.root = rootAt
	_, b.nls = put(a, NlsDataBlock{Ansi: NlsTable{base, 32}})
	return b
}

// TestReaders (B8): what OSLDR hangs on the block is read back.
func TestReaders(t *testing.T) {
	b := build()
	r := b.reader()
	drivers, ok := r.BootDrivers(b.block)
	if !ok || len(drivers) != 2 || drivers[0].Name != "One" || string(drivers[0].Image[:8]) != "MZ image" || drivers[0].ErrorControl != 3 ||
		drivers[1].Name != "Two" || drivers[1].Status != 0xC000000F || drivers[1].Reason != "file not found" || drivers[1].Image != nil {
		t.Errorf("drivers %+v, %v", drivers, ok)
	}
	disks, ok := r.Disks(b.disks)
	if !ok || len(disks) != 2 || disks[1].Name != "multi(0)disk(0)rdisk(1)" || disks[1].Signature != 2 {
		t.Errorf("disks %+v, %v", disks, ok)
	}
	c, ok := r.Components(b.root)
	if !ok || c.Identifier != "AT/AT COMPATIBLE" || len(c.Children) != 2 || len(c.Children[1].Children) != 1 {
		t.Fatalf("tree %+v, %v", c, ok)
	}
	com := c.Children[1].Children[0]
	list, ok := Resources(com.Data)
	if !ok || com.Identifier != "COM1" || com.Type.String() != "SerialController" || len(list) != 3 || list[0].Start != 0x3F8 ||
		list[0].Length != 8 || list[1].Start != 4|4<<32 || string(list[2].Data) != "clock" {
		t.Errorf("%+v: %+v, %v", com, list, ok)
	}
	ansi, oem, table := r.NlsTables(b.nls)
	if len(ansi) != 32 || oem != nil || table != nil {
		t.Errorf("NLS tables of %d, %d, %d bytes", len(ansi), len(oem), len(table))
	}
}

// TestReadersOfNothing (B8): addresses that lead nowhere are no crash.
func TestReadersOfNothing(t *testing.T) {
	r := build().reader()
	for _, at := range []uint64{0, 8, PhysMap - 8, PhysMap + 1, PhysMap + 1<<40, ^uint64(7)} {
		if list, ok := r.BootDrivers(at); ok || list != nil {
			t.Errorf("drivers at %#x: %v", at, list)
		}
		if list, ok := r.Disks(at); ok || list != nil {
			t.Errorf("disks at %#x: %v", at, list)
		}
		if c, ok := r.Components(at); ok || c != nil {
			t.Errorf("tree at %#x: %v", at, c)
		}
		if a, _, _ := r.NlsTables(at); a != nil {
			t.Errorf("NLS at %#x", at)
		}
	}
	if s, ok := r.Text(0); s != "" || !ok {
		t.Errorf("no text: %q, %v", s, ok)
	}
	for n := range 64 {
		Resources(slices.Repeat([]byte{0xFF}, n))
	}
}

// TestDamagedBlocks (B8): whatever the words of a block are, every walk ends.
func TestDamagedBlocks(t *testing.T) {
	good := build()
	rnd := rand.New(rand.NewPCG(1, 2))
	noticed := 0
	for range 20000 {
		b := *good
		b.words = slices.Clone(good.words)
		for range 1 + rnd.IntN(3) {
			i := rnd.IntN(len(b.words))
			if rnd.IntN(2) == 0 {
				b.words[i] = PhysMap + uint64(rnd.IntN(len(b.words)))*8 // an address that is one
			} else {
				b.words[i] ^= 1 << rnd.IntN(64)
			}
		}
		r := b.reader()
		_, ok1 := r.BootDrivers(b.block)
		_, ok2 := r.Disks(b.disks)
		c, ok3 := r.Components(b.root)
		if c != nil {
			for _, k := range c.Children {
				Resources(k.Data)
			}
		}
		r.NlsTables(b.nls)
		if !ok1 || !ok2 || !ok3 {
			noticed++
		}
	}
	if noticed < 1000 {
		t.Errorf("only %d damages were noticed", noticed)
	}
}

// TestCircles (B8): a list and a tree that go in circles end, and are damaged.
func TestCircles(t *testing.T) {
	b := build()
	head := b.block + uint64(unsafe.Offsetof(LoaderParameterBlock{}.BootDriverListHead))
	first := b.words[(head-PhysMap)/8]
	b.words[(first-PhysMap)/8], b.words[(first-PhysMap)/8+1] = first, first
	if _, ok := b.reader().BootDrivers(b.block); ok {
		t.Error("a list in a circle is whole")
	}
	b = build()
	d := func(at uint64) *ConfigurationComponentData {
		return (*ConfigurationComponentData)(unsafe.Pointer(&b.words[(at-PhysMap)/8]))
	}
	cpu := d(b.root).Child
	d(cpu).Sibling = cpu
	if _, ok := b.reader().Components(b.root); ok {
		t.Error("a sibling of itself is whole")
	}
}

// TestRestartMessage (I6): a message comes back; registers with a time of day, with
// zeros, with "every", or with another sum are none.
func TestRestartMessage(t *testing.T) {
	for kind := RestartEntry; kind < maxRestart; kind++ {
		for n := range 256 {
			m := RestartMessage{Kind: kind, Number: uint8(n)}
			s, min, h := m.Registers()
			if got, ok := TakeRestart(s, min, h); !ok || got != m {
				t.Fatalf("%+v comes back as %+v, %v", m, got, ok)
			}
			for bit := range 24 {
				x := uint32(1) << bit
				if got, ok := TakeRestart(s^byte(x), min^byte(x>>8), h^byte(x>>16)); ok {
					t.Fatalf("%+v with bit %d changed is %+v", m, bit, got)
				}
			}
		}
	}
	for a := range 256 {
		for b := range 256 {
			for c := range 256 {
				if _, ok := TakeRestart(byte(a), byte(b), byte(c)); ok && (a < restartMark || a >= restartMark+int(maxRestart)) {
					t.Fatalf("%#x %#x %#x is a message", a, b, c)
				}
			}
		}
	}
}
