package storahci

import (
	"bytes"
	"encoding/binary"
	"math/bits"

	"gont/io/ata"
	"gont/io/storport"
)

// model is an AHCI controller with a disk at port 1; it misbehaves as it is told.
type model struct {
	regs [0x1100 / 4]uint32
	data []byte
	id   [512]byte
	size int // of a sector

	manual   bool // commands wait for serve
	gone     bool // the controller
	stuck    bool // the engine does not stop
	dead     bool // a reset of the controller does not end
	busy     bool // the disk stays busy after a reset
	noLog    bool
	short    bool                   // one sector less is moved
	fail     func(lba uint64) uint8 // the error register, 0 none
	failing  int                    // tag of the NCQ command that has failed, -1 none
	logged   int                    // the same, in the log
	loggedE  uint8
	early    uint32 // completions of slots that were not issued
	flushes  int
	together int // NCQ commands at a time that were seen
	plain    int // commands without NCQ
	comreset int
	resets   int
	halted   bool // after an error, until the engine was stopped
	locked   bool // after the error of a queued command, until the log was read
	unclean  int  // queued commands while the task file showed an error
}

const disk = 1 // port

func newModel(sectors, depth int) *model {
	m := &model{data: make([]byte, sectors*512), size: 512, failing: -1}
	for i := range m.data {
		m.data[i] = byte(i*5 + i>>9)
	}
	w := func(n int, v uint16) { binary.LittleEndian.PutUint16(m.id[2*n:], v) }
	w(0, 0x40)
	w(27, 'M'<<8|'o')
	w(49, 0x300)
	w(60, uint16(sectors))
	w(83, 0x4000|1<<10|1<<13)
	w(85, 1<<5)
	w(100, uint16(sectors))
	if depth > 0 {
		w(75, uint16(depth-1))
		w(76, 0x100)
	}
	m.regs[regCap/4] = capWide | capNcq | capOverride | 31<<8 | 5
	m.regs[regPi/4] = 3
	m.plug()
	return m
}

func (m *model) plug() {
	*m.port(portSsts) = 0x113
	*m.port(portSig) = signatureDisk
	*m.port(portTfd) = ata.StatusReady
}

func (m *model) port(o int) *uint32 { return &m.regs[(portBase+disk*portSize+o)/4] }

func (m *model) Read8(uint32) uint8     { panic("the registers are 32 bits wide") }
func (m *model) Read16(uint32) uint16   { panic("the registers are 32 bits wide") }
func (m *model) Write8(uint32, uint8)   { panic("the registers are 32 bits wide") }
func (m *model) Write16(uint32, uint16) { panic("the registers are 32 bits wide") }

func (m *model) Read32(o uint32) uint32 {
	if m.gone {
		return ^uint32(0)
	}
	return m.regs[o/4]
}

func (m *model) Write32(o, v uint32) {
	if m.gone {
		return
	}
	r := &m.regs[o/4]
	switch {
	case o == regIs:
		*r &^= v
	case o == regGhc:
		if *r = v; v&ghcReset != 0 && !m.dead {
			m.resets++
			*r = 0
			m.stuck = false
			*m.port(portCmd), *m.port(portCi), *m.port(portSact) = 0, 0, 0
			m.locked, m.halted, m.failing = false, false, -1
		}
	case o < portBase:
	case o&(portSize-1) == portIs || o&(portSize-1) == portSerr:
		*r &^= v
	case o&(portSize-1) == portCmd:
		m.command(r, v)
	case o&(portSize-1) == portSctl:
		if *r&15 == 1 && v&15 == 0 && o == portBase+disk*portSize+portSctl {
			m.comreset++
			m.locked, m.halted, m.failing = false, false, -1
			if m.busy {
				*m.port(portTfd) = ata.StatusBusy
			} else {
				*m.port(portTfd) = ata.StatusReady
			}
		}
		*r = v
	case o&(portSize-1) == portSact:
		*r |= v
	case o&(portSize-1) == portCi:
		if *m.port(portCmd)&cmdStart == 0 {
			panic("a command while the engine stands")
		}
		*r |= v
		if !m.manual || *m.port(portIe) == 0 { // who polls is served at once
			m.serve(32)
		}
	default:
		*r = v
	}
}

func (m *model) command(r *uint32, v uint32) {
	*r = v&^(cmdRuns|cmdFisRuns|cmdOverride) | *r&(cmdRuns|cmdFisRuns)
	set := func(bit, runs uint32) {
		if v&bit != 0 {
			*r |= runs
		} else if !m.stuck {
			*r &^= runs
			if bit == cmdStart && r == m.port(portCmd) { // 3.3.13, 3.3.14
				*m.port(portCi), *m.port(portSact) = 0, 0
				m.failing, m.halted = -1, false
			}
		}
	}
	set(cmdStart, cmdRuns)
	set(cmdFis, cmdFisRuns)
}

// event makes the port tell something.
func (m *model) event(v uint32) {
	*m.port(portIs) |= v
	if *m.port(portIe)&v != 0 {
		m.regs[regIs/4] |= 1 << disk
	}
}

func (m *model) interrupts() bool {
	return m.regs[regIs/4] != 0 && m.regs[regGhc/4]&ghcInt != 0
}

func (m *model) wide(o int) uint64 { return uint64(*m.port(o)) | uint64(*m.port(o + 4))<<32 }

func fetch(pa uint64, n int) []byte {
	b := make([]byte, n)
	if !storport.CopyPhysical(pa, b, false) {
		panic("the controller was told of memory that there is not")
	}
	return b
}

// serve does up to most commands, the highest slot first.
func (m *model) serve(most int) {
	m.together = max(m.together, bits.OnesCount32(*m.port(portSact)))
	for ; most > 0 && *m.port(portCi) != 0 && m.failing < 0 && !m.halted; most-- {
		m.one(31 - bits.LeadingZeros32(*m.port(portCi)))
	}
	if m.early != 0 {
		*m.port(portCi) &^= m.early
		*m.port(portSact) &^= m.early
	}
}

func (m *model) one(slot int) {
	header := fetch(m.wide(portClb)+uint64(32*slot), 32)
	flags := binary.LittleEndian.Uint32(header)
	table := binary.LittleEndian.Uint64(header[8:])
	f := fetch(table, 20)
	command := f[2]
	lba := uint64(f[4]) | uint64(f[5])<<8 | uint64(f[6])<<16 | uint64(f[8])<<24 | uint64(f[9])<<32 | uint64(f[10])<<40
	bit := uint32(1) << slot
	ncq := command == ata.ReadFpdma || command == ata.WriteFpdma
	data, write := []byte(nil), flags&(1<<6) != 0
	if m.locked && command != ata.ReadLogExt {
		m.end(slot, false, ata.ErrorAbort)
		return
	}
	if ncq && *m.port(portTfd)&ata.StatusError != 0 {
		m.unclean++
	}
	switch command {
	case ata.IdentifyDevice:
		data = m.id[:]
	case ata.ReadLogExt:
		if m.noLog {
			m.locked = false
			m.end(slot, false, ata.ErrorAbort)
			return
		}
		m.locked = false
		data = make([]byte, 512)
		data[0], data[2], data[3] = byte(m.logged), ata.StatusError|ata.StatusReady, m.loggedE
	case ata.ReadFpdma, ata.WriteFpdma:
		n := int(f[3]) | int(f[11])<<8
		if int(f[12]>>3) != slot || *m.port(portSact)&bit == 0 {
			panic("the tag of a queued command is not its slot")
		}
		data = m.data[int(lba)*m.size : (int(lba)+n)*m.size]
	case ata.ReadDmaExt, ata.WriteDmaExt, ata.WriteDmaFuaExt:
		if *m.port(portSact) != 0 {
			panic("a command beside queued ones")
		}
		m.plain++
		n := int(f[12]) | int(f[13])<<8
		data = m.data[int(lba)*m.size : (int(lba)+n)*m.size]
	case ata.FlushCacheExt:
		if *m.port(portSact) != 0 {
			panic("a flush beside queued commands")
		}
		m.flushes++
	default:
		m.end(slot, false, ata.ErrorAbort)
		return
	}
	if m.fail != nil && command != ata.IdentifyDevice && command != ata.ReadLogExt {
		if e := m.fail(lba); e != 0 {
			m.end(slot, ncq, e)
			return
		}
	}
	moved := m.move(table, int(flags>>16), data, write)
	count := make([]byte, 4)
	binary.LittleEndian.PutUint32(count, uint32(moved))
	storport.CopyPhysical(m.wide(portClb)+uint64(32*slot+4), count, true)
	*m.port(portCi) &^= bit
	if !ncq {
		*m.port(portTfd) = ata.StatusReady
	}
	if ncq {
		*m.port(portSact) &^= bit
		m.event(1 << 3)
	} else {
		m.event(1)
	}
}

// end ends a command with an error: nothing more is done until the engine was stopped.
func (m *model) end(slot int, ncq bool, e uint8) {
	*m.port(portTfd) = uint32(ata.StatusReady|ata.StatusError) | uint32(e)<<8
	if ncq {
		m.failing, m.logged, m.loggedE, m.locked = slot, slot, e, true
	}
	m.halted = true
	m.event(1 << 30)
}

func (m *model) move(table uint64, n int, data []byte, write bool) (moved int) {
	if m.short && len(data) > 512 {
		data = data[:len(data)-512]
	}
	for i := range n {
		e := fetch(table+tablePrdt+uint64(16*i), 16)
		pa, k := binary.LittleEndian.Uint64(e), int(binary.LittleEndian.Uint32(e[12:])&0x3FFFFF)+1
		k = min(k, len(data)-moved)
		p := data[moved : moved+k]
		if write {
			c := bytes.Clone(p)
			storport.CopyPhysical(pa, c, false)
			copy(p, c)
		} else {
			storport.CopyPhysical(pa, p, true)
		}
		moved += k
	}
	return moved
}
