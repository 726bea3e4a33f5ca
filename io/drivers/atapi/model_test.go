package atapi

import (
	"bytes"
	"encoding/binary"

	"gont/io/ata"
	"gont/io/storport"
)

// driveModel is a drive at the channel.
type driveModel struct {
	data []byte
	id   [512]byte
}

// model is an IDE channel with a bus master; it misbehaves as it is told.
type model struct {
	drives  [2]*driveModel
	regs    [8]uint8
	high    [8]uint8 // what was written before
	state   uint8
	control uint8
	master  [8]uint8
	table   uint32
	irq     bool // the drive's line
	armed   bool // a DMA command waits for the bus master

	buffer  []byte // PIO data
	at      int
	lba     uint64
	left    int
	writing bool

	manual   bool // commands wait for serve
	waiting  bool
	stuck    bool  // nothing is done any more
	gone     bool  // nothing is connected
	noDma    bool  // transfers by DMA end with the bus master's error bit
	hanging  bool  // resets leave the drives busy
	fail     uint8 // the error register, for every transfer
	resets   int
	dma, pio int // commands
	flushes  int
}

// pattern is what drives are full of.
var pattern = func() []byte {
	b := make([]byte, 70000*512)
	for i := range b {
		b[i] = byte(i*3 + i>>9)
	}
	return b
}()

func newDrive(sectors int, lba48 bool) *driveModel {
	d := &driveModel{data: bytes.Clone(pattern[:sectors*512])}
	w := func(n int, v uint16) { binary.LittleEndian.PutUint16(d.id[2*n:], v) }
	w(0, 0x40)
	w(10, uint16(sectors))
	w(27, 'I'<<8|'d')
	w(49, 0x300)
	w(60, uint16(sectors))
	w(61, uint16(sectors>>16))
	w(63, 0x0407)
	w(85, 1<<5)
	if lba48 {
		w(83, 0x4000|1<<10|1<<13)
		w(100, uint16(sectors))
		w(101, uint16(sectors>>16))
	}
	return d
}

func newModel(lba48 bool) *model {
	m := &model{state: ata.StatusReady}
	m.drives[0], m.drives[1] = newDrive(4096, lba48), newDrive(2048, lba48)
	return m
}

func (m *model) drive() *driveModel { return m.drives[m.regs[regDevice]>>4&1] }

func (m *model) status() uint8 {
	switch {
	case m.gone:
		return 0xFF
	case m.drive() == nil:
		return 0
	}
	return m.state
}

// command, control and bus master are three views of it.
type commandBlock struct{ *model }
type controlBlock struct{ *model }
type masterBlock struct{ *model }

func (c controlBlock) Read16(uint32) uint16   { panic("16 bits") }
func (c controlBlock) Read32(uint32) uint32   { panic("32 bits") }
func (c controlBlock) Write16(uint32, uint16) { panic("16 bits") }
func (c controlBlock) Write32(uint32, uint32) { panic("32 bits") }
func (c controlBlock) Read8(uint32) uint8     { return c.status() }
func (c controlBlock) Write8(_ uint32, v uint8) {
	if c.control&controlReset == 0 && v&controlReset != 0 {
		c.resets++
		c.model.buffer, c.armed, c.waiting, c.irq, c.stuck = nil, false, false, false, false
		c.regs[regDevice] = 0
		c.state = ata.StatusReady
		if c.hanging {
			c.state = ata.StatusBusy
		}
	}
	c.control = v
}

func (c commandBlock) Read32(uint32) uint32   { panic("32 bits") }
func (c commandBlock) Write32(uint32, uint32) { panic("32 bits") }
func (c commandBlock) Read8(o uint32) uint8 {
	if c.gone {
		return 0xFF
	}
	if o == regStatus {
		c.irq = false
		return c.status()
	}
	if c.drive() == nil {
		return 0
	}
	return c.regs[o]
}

func (c commandBlock) Write8(o uint32, v uint8) {
	if c.gone {
		return
	}
	if o == regStatus {
		if c.drive() != nil && !c.stuck {
			c.command(v)
		}
		return
	}
	c.high[o], c.regs[o] = c.regs[o], v
}

func (c commandBlock) Read16(uint32) uint16 {
	if c.gone || c.at+2 > len(c.model.buffer) {
		return 0xFFFF
	}
	v := binary.LittleEndian.Uint16(c.model.buffer[c.at:])
	if c.at += 2; c.at == len(c.model.buffer) {
		c.model.buffer, c.state = nil, ata.StatusReady
		if c.left--; c.left > 0 {
			c.sector()
		}
	}
	return v
}

func (c commandBlock) Write16(_ uint32, v uint16) {
	if c.gone || c.at+2 > len(c.model.buffer) {
		return
	}
	binary.LittleEndian.PutUint16(c.model.buffer[c.at:], v)
	if c.at += 2; c.at == len(c.model.buffer) {
		copy(c.drive().data[c.lba*512:], c.model.buffer)
		c.lba++
		c.model.buffer, c.state = nil, ata.StatusReady
		if c.left--; c.left > 0 {
			c.model.buffer, c.at, c.state = make([]byte, 512), 0, ata.StatusReady|ata.StatusDrq
		}
		c.interrupt()
	}
}

// sector gets the next sector of a read by PIO.
func (m *model) sector() {
	m.offer(m.drive().data[m.lba*512 : m.lba*512+512])
	m.lba++
	m.interrupt()
}

func (m *model) offer(b []byte) {
	m.buffer, m.at, m.state = bytes.Clone(b), 0, ata.StatusReady|ata.StatusDrq
}

func (m *model) interrupt() {
	if m.control&controlNoInterrupt == 0 {
		m.irq = true
		m.master[masterStatus] |= masterInterrupt
	}
}

func (m *model) command(v uint8) {
	r, h := &m.regs, &m.high
	lba := uint64(r[regLow]) | uint64(r[regMid])<<8 | uint64(r[regHigh])<<16
	n := int(r[regCount])
	switch v {
	case ata.ReadSectorsExt, ata.WriteSectorsExt, ata.ReadDmaExt, ata.WriteDmaExt:
		lba |= uint64(h[regLow])<<24 | uint64(h[regMid])<<32 | uint64(h[regHigh])<<40
		if n |= int(h[regCount]) << 8; n == 0 {
			n = 65536
		}
	default:
		lba |= uint64(r[regDevice]&15) << 24
		if n == 0 {
			n = 256
		}
	}
	m.lba, m.left = lba, n
	m.state, m.irq = ata.StatusReady, false
	if m.fail != 0 && v != ata.IdentifyDevice {
		m.state, r[regError] = ata.StatusReady|ata.StatusError, m.fail
		m.interrupt()
		return
	}
	switch v {
	case ata.IdentifyDevice:
		m.left = 1
		m.offer(m.drive().id[:])
		m.interrupt()
	case ata.ReadSectors, ata.ReadSectorsExt:
		m.pio++
		m.sector()
	case ata.WriteSectors, ata.WriteSectorsExt:
		m.pio++
		m.buffer, m.at, m.state = make([]byte, 512), 0, ata.StatusReady|ata.StatusDrq
	case ata.ReadDma, ata.ReadDmaExt, ata.WriteDma, ata.WriteDmaExt:
		m.dma++
		m.state, m.armed, m.writing = ata.StatusBusy, true, v == ata.WriteDma || v == ata.WriteDmaExt
	case ata.FlushCache, ata.FlushCacheExt:
		m.flushes++
		m.interrupt()
	default:
		m.state, r[regError] = ata.StatusReady|ata.StatusError, ata.ErrorAbort
		m.interrupt()
	}
}

func (c masterBlock) Read16(uint32) uint16   { panic("16 bits") }
func (c masterBlock) Read32(uint32) uint32   { panic("32 bits") }
func (c masterBlock) Write16(uint32, uint16) { panic("16 bits") }
func (c masterBlock) Read8(o uint32) uint8 {
	if c.gone {
		return 0xFF
	}
	return c.model.master[o]
}
func (c masterBlock) Write32(_ uint32, v uint32) { c.table = v }
func (c masterBlock) Write8(o uint32, v uint8) {
	switch o {
	case masterStatus:
		s := &c.model.master[o]
		*s = *s&^(v&(masterError|masterInterrupt))&^0x60 | v&0x60
	case masterCommand:
		c.model.master[o] = v
		if v&masterStart == 0 {
			c.model.master[masterStatus] &^= masterActive
			return
		}
		c.model.master[masterStatus] |= masterActive
		if c.waiting = true; !c.manual {
			c.serve()
		}
	}
}

// serve moves the data of the command that waits.
func (m *model) serve() {
	if !m.waiting || !m.armed || m.stuck {
		return
	}
	m.waiting, m.armed = false, false
	m.state = ata.StatusReady
	s := &m.master[masterStatus]
	if m.noDma {
		*s = *s&^masterActive | masterError
		m.interrupt()
		return
	}
	toMemory := m.master[masterCommand]&masterToMemory != 0
	if toMemory == m.writing {
		panic("the bus master goes the wrong way")
	}
	data := m.drive().data[m.lba*512:][:m.left*512]
	for i := 0; ; i++ {
		e := make([]byte, 8)
		storport.CopyPhysical(uint64(m.table)+uint64(8*i), e, false)
		pa, n := binary.LittleEndian.Uint32(e), int(binary.LittleEndian.Uint16(e[4:]))
		if n == 0 {
			n = 1 << 16
		}
		if pa>>16 != (pa+uint32(n)-1)>>16 {
			panic("a descriptor crosses 64 KB")
		}
		n = min(n, len(data))
		if !storport.CopyPhysical(uint64(pa), data[:n], toMemory) {
			panic("the bus master was told of memory that there is not")
		}
		if data = data[n:]; e[7]&0x80 != 0 {
			break
		}
	}
	if len(data) > 0 {
		panic("the descriptors are too short")
	}
	*s &^= masterActive
	m.interrupt()
}
