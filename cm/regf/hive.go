package regf

// Errors of the functions that read and change a hive.
const (
	ErrNotFound    = Error("there is no such key or value")
	ErrExists      = Error("a key of this name exists")
	ErrName        = Error("a name of this kind is not allowed")
	ErrHasSubkeys  = Error("the key has subkeys")
	ErrNoDelete    = Error("the key cannot be deleted or renamed")
	ErrNotVolatile = Error("a volatile key has volatile subkeys only")
	ErrTooDeep     = Error("keys are at most 512 levels deep")
	ErrTooBig      = Error("the data are too big for a value")
	ErrSecurity    = Error("the security descriptor is not valid")
	ErrNoMemory    = Error("there is no memory for the hive")
	ErrFull        = Error("the hive has 2 GB and is full")
)

// Options of New and Load.
type Options struct {
	// Memory for the bins; Heap when nil.
	Memory Memory
	// Upcase gives the upper-case letter of a UTF-16 unit; regf.Upcase when
	// nil. Lists are sorted by it.
	Upcase func(uint16) uint16
	// Name is what New writes into the base block, at most 31 characters.
	Name string
	// Time of the root key that New makes.
	Time uint64
	// Security is the descriptor of the root key, also for Load when the
	// hive's has gone; DefaultSecurity() when nil.
	Security []byte
	// Logs for Load: what the hive's log files hold, the first before the
	// second. They are looked at when the hive is dirty.
	Logs [][]byte
	// Adopt lets Load keep the bins in the caller's bytes instead of copying
	// them into Memory.
	Adopt bool
	// Poll is called now and then while Load, or CopyTree from the hive, has much to
	// do: in the kernel it lets other threads run. nil: nothing.
	Poll func()
	// Reclaim lets Load free cells that nothing refers to.
	Reclaim bool
}

// Hive is one hive in memory.
type Hive struct {
	base   [sectorSize]byte // the part of the base block that has a meaning
	stable store
	vol    store
	root   Cell
	upcase func(uint16) uint16
	latin  [256]uint16 // upcase of the first letters
	// volKids are the volatile subkeys of stable keys; the bytes of a stable
	// key say nothing of them.
	volKids map[Cell]kids
	// Security cells by a hash of their content, and one cell of each ring.
	shared     [2]map[uint32]Cell
	ring       [2]Cell
	bigSingles bool // a value of over 16344 bytes lies in one cell, as before 1.4
	log        logState
	poll       func()
}

type kids struct {
	list  Cell
	count uint32
}

func (o *Options) defaults() {
	if o.Memory == nil {
		o.Memory = Heap{}
	}
	if o.Upcase == nil {
		o.Upcase = Upcase
	}
	if o.Security == nil {
		o.Security = DefaultSecurity()
	}
	if o.Poll == nil {
		o.Poll = func() {}
	}
}

func newHive(o *Options) *Hive {
	o.defaults()
	h := &Hive{poll: o.Poll, upcase: o.Upcase, volKids: map[Cell]kids{}, ring: [2]Cell{NoCell, NoCell}}
	for c := range h.latin {
		h.latin[c] = o.Upcase(uint16(c))
	}
	h.stable.mem, h.vol.mem = o.Memory, o.Memory
	h.vol.bit = volatileBit
	h.log.stale = [2]bool{true, true}
	h.shared[0], h.shared[1] = map[uint32]Cell{}, map[uint32]Cell{}
	return h
}

// New makes a hive that has only a root key. The root's name is the part of
// o.Name behind the last backslash. It fails with ErrNoMemory, and with
// ErrSecurity for a descriptor that is not valid.
func New(o Options) (*Hive, error) {
	h := newHive(&o)
	h.initBase(Encode(o.Name), o.Time)
	name := Encode(o.Name)
	for i := len(name) - 1; i >= 0; i-- {
		if name[i] == '\\' {
			name = name[i+1:]
			break
		}
	}
	if len(name) == 0 || len(name) > MaxKeyName {
		name = Encode("ROOT")
	}
	c, err := h.newKey(&h.stable, NoCell, encodeName(name), KeyOptions{Security: o.Security}, o.Time)
	if err != nil {
		h.Close()
		return nil, err
	}
	nk := h.cell(c)
	le.PutUint16(nk[nkFlags:], le.Uint16(nk[nkFlags:])|FlagHiveEntry|FlagNoDelete)
	h.root = c
	le.PutUint32(h.base[baseRoot:], uint32(c))
	return h, nil
}

// Close gives the hive's memory back. Nothing is written.
func (h *Hive) Close() {
	h.stable.release()
	h.vol.release()
	clear(h.volKids)
}

// Root is the cell of the root key.
func (h *Hive) Root() Cell { return h.root }

// Length is the size of the hive's file in bytes, if it were written now.
func (h *Hive) Length() int { return baseSize + int(h.stable.size()) }

// Version is the version of the format: 5 for 1.5.
func (h *Hive) Version() int { return int(le.Uint32(h.base[baseMinor:])) }

// storeOf returns the store that a cell lies in.
func (h *Hive) storeOf(c Cell) *store {
	if c&volatileBit != 0 {
		return &h.vol
	}
	return &h.stable
}

// cell returns the data of a cell in use, to be read.
func (h *Hive) cell(c Cell) []byte {
	s, off := &h.stable, uint32(c)
	if c&volatileBit != 0 {
		s, off = &h.vol, off&^uint32(volatileBit)
	}
	in := &s.bins[s.binOf[off/pageSize]]
	b := in.b[off-in.off:]
	n := -int32(le.Uint32(b))
	return b[4:n:n]
}

// write returns the data of a cell in use, to be changed: its pages will be
// part of the next flush.
func (h *Hive) write(c Cell) []byte {
	b := h.cell(c)
	h.storeOf(c).mark(uint32(c&^volatileBit), uint32(len(b))+4)
	return b
}

func (h *Hive) free(c Cell) {
	if c != NoCell {
		h.storeOf(c).freeCell(c)
	}
}

// touch sets a key's time of the last change.
func (h *Hive) touch(key Cell, now uint64) { le.PutUint64(h.write(key)[nkTime:], now) }

// kids returns the list of a key's stable or volatile subkeys, and how many
// there are.
func (h *Hive) kids(key Cell, volatile bool) kids {
	if volatile && !key.Volatile() {
		if k, ok := h.volKids[key]; ok {
			return k
		}
		return kids{NoCell, 0}
	}
	if volatile != key.Volatile() {
		return kids{NoCell, 0} // a volatile key has no stable ones
	}
	nk := h.cell(key)
	k := kids{Cell(le.Uint32(nk[nkList:])), le.Uint32(nk[nkCount:])}
	if k.count == 0 {
		k.list = NoCell // other systems leave something there
	}
	return k
}

func (h *Hive) setKids(key Cell, volatile bool, k kids) {
	if volatile && !key.Volatile() {
		if k.count == 0 {
			delete(h.volKids, key)
		} else {
			h.volKids[key] = k
		}
		return
	}
	nk := h.write(key)
	le.PutUint32(nk[nkList:], uint32(k.list))
	le.PutUint32(nk[nkCount:], k.count)
}

// Use is what a hive takes: bytes of cells in use and of free cells, and the
// number of each, in the part that is written to the file.
type Use struct {
	UsedBytes, FreeBytes uint64
	Used, Free, Bins     int
}

// Use counts the hive's cells.
func (h *Hive) Use() Use {
	u := Use{Bins: len(h.stable.bins)}
	end := h.stable.size()
	for off, ok := h.stable.next(0, end); ok; off, ok = h.stable.next(off+8, end) {
		if n := h.stable.cellSize(off); n < 0 {
			u.Used, u.UsedBytes = u.Used+1, u.UsedBytes+uint64(-n)
		} else {
			u.Free, u.FreeBytes = u.Free+1, u.FreeBytes+uint64(n)
		}
	}
	return u
}
