package storahci

import (
	"errors"
	"fmt"
	"sync/atomic"

	"gont/io/ata"
	"gont/io/storage"
	"gont/io/storport"
)

// Registers of a port (3.3).
const (
	portClb  = 0x00
	portFb   = 0x08
	portIs   = 0x10
	portIe   = 0x14
	portCmd  = 0x18
	portTfd  = 0x20
	portSig  = 0x24
	portSsts = 0x28
	portSctl = 0x2C
	portSerr = 0x30
	portSact = 0x34
	portCi   = 0x38

	cmdStart    = 1 << 0
	cmdSpinUp   = 1 << 1
	cmdPower    = 1 << 2
	cmdOverride = 1 << 3
	cmdFis      = 1 << 4
	cmdFisRuns  = 1 << 14
	cmdRuns     = 1 << 15
	cmdActive   = 1 << 28 // interface, 31:28

	// Events (3.3.5): what has ended, what has changed, what has gone wrong.
	eventChanged = 1<<6 | 1<<22
	eventError   = 1<<30 | 1<<29 | 1<<28 | 1<<27 | 1<<24 | 1<<23 | 1<<4
	allEvents    = eventChanged | eventError | 0xF

	signatureDisk = 0x00000101
)

// Layout of a port's memory (4.2): command list, received FIS, a sector, command tables.
const (
	offFis    = 1024
	offSector = 1536
	offTables = 2048
	tableFis  = 0
	tablePrdt = 128
	// mostSegments is one more than 256 KB need.
	mostSegments = 65
	tableSize    = (tablePrdt + 16*mostSegments + 127) &^ 127
)

// port is a port with a disk. The adapter's lock guards what is below events.
type port struct {
	c      *hba
	number int
	base   uint32
	m      *storport.Memory
	disk   ata.Identity
	unit   *storport.Unit
	events atomic.Uint32

	queue   []*storport.Task // not issued yet; has room for all
	queued  uint32           // NCQ commands that the disk has, by slot
	plain   uint32           // the other one
	failed  bool             // recovery is to come
	careful int              // so many commands go without NCQ, to find out which one fails
	broken  bool             // nothing goes until it is reset
	gone    bool
}

func newPort(c *hba, n int) *port {
	return &port{c: c, number: n, base: portBase + uint32(n)*portSize}
}

func (p *port) read(o uint32) uint32     { return p.c.r.Read32(p.base + o) }
func (p *port) write(o uint32, v uint32) { p.c.r.Write32(p.base+o, v) }

// present reports whether the link to a device is up (3.3.10).
func (p *port) present() bool {
	v := p.read(portSsts)
	return v&15 == 3 && v != ^uint32(0)
}

// start finds out what is at the port; nil, nil when no disk is.
func (p *port) start() (*storport.Unit, error) {
	if v := p.read(portSsts); v&15 == 0 || v == ^uint32(0) {
		// Firmware has brought links up. Staggered spin-up (10.1.1) may be left to do.
		if v == ^uint32(0) || p.read(portCmd)&cmdSpinUp != 0 || p.c.capabilities&(1<<27) == 0 {
			return nil, nil
		}
	}
	if !p.stop() {
		return nil, storport.ErrNoAnswer
	}
	limit := uint64(0)
	if p.c.capabilities&capWide == 0 {
		limit = 1 << 32
	}
	if p.m = storport.Allocate(offTables+p.c.slots*tableSize, limit); p.m == nil {
		return nil, storport.ErrNoMemory
	}
	u, err := p.find()
	if u == nil && p.stop() {
		p.m.Free()
	}
	return u, err
}

// find looks at the device, which the engine is ready for.
func (p *port) find() (*storport.Unit, error) {
	p.prepare()
	if !p.c.wait(linkLimit/10, p.present) {
		return nil, nil
	}
	if !p.ready() {
		return nil, fmt.Errorf("the disk stays busy (status %02Xh)", p.read(portTfd)&0xFF)
	}
	p.run()
	if v := p.read(portSig); v != signatureDisk {
		return nil, nil // a CD-ROM, a port multiplier
	}
	if err := p.command(&ata.Taskfile{Command: ata.IdentifyDevice}, true); err != nil {
		return nil, err
	}
	d, err := ata.Identify(p.m.Bytes[offSector : offSector+512])
	if err != nil {
		return nil, err
	}
	p.disk = d
	n := 1
	if p.c.capabilities&capNcq != 0 && d.Ncq > 1 {
		n = min(d.Ncq, p.c.slots)
	}
	most := uint32(65535)
	if !d.Lba48 {
		most = 256
	}
	p.queue = make([]*storport.Task, 0, p.c.slots)
	p.unit = &storport.Unit{Data: p, Port: storage.Port{Name: d.Model, Sectors: d.Sectors, SectorSize: d.SectorSize, Physical: d.Physical,
		MaximumSectors: most, Requests: max(n, min(4, p.c.slots)), WriteCache: d.WriteCache, ForceUnit: d.WriteCache && d.Fua}}
	if p.unit.Port.Name == "" {
		p.unit.Port.Name = "ATA disk"
	}
	p.write(portIe, allEvents)
	return p.unit, nil
}

// prepare tells the controller where the port's memory is. Preconditions: it is stopped.
func (p *port) prepare() {
	p.write(portIe, 0)
	p.write(portClb, uint32(p.m.Address))
	p.write(portClb+4, uint32(p.m.Address>>32))
	p.write(portFb, uint32(p.m.Address+offFis))
	p.write(portFb+4, uint32((p.m.Address+offFis)>>32))
	p.clear()
	p.write(portCmd, p.read(portCmd)&^0xF0000000|cmdFis|cmdSpinUp|cmdPower|cmdActive)
}

// clear forgets errors and events.
func (p *port) clear() {
	p.write(portSerr, ^uint32(0))
	p.write(portIs, ^uint32(0))
	p.c.r.Write32(regIs, 1<<p.number)
}

// stop stops the engine (10.3.2); false when it does not.
func (p *port) stop() bool {
	off := func(bit, runs uint32) bool {
		if p.read(portCmd)&(bit|runs) == 0 {
			return true
		}
		p.write(portCmd, p.read(portCmd)&^bit)
		return p.c.wait(engineLimit, func() bool { return p.read(portCmd)&runs == 0 })
	}
	return off(cmdStart, cmdRuns) && off(cmdFis, cmdFisRuns)
}

// ready waits until the disk is neither busy nor wants data.
func (p *port) ready() bool {
	return p.c.wait(readyLimit, func() bool { return p.read(portTfd)&(ata.StatusBusy|ata.StatusDrq) == 0 || !p.present() }) && p.present()
}

// run starts the engine.
func (p *port) run() { p.write(portCmd, p.read(portCmd)|cmdFis|cmdStart) }

// reset resets link and disk (10.4.2). Preconditions: the engine is stopped.
func (p *port) reset() error {
	p.write(portSctl, p.read(portSctl)&^0xF|1)
	const hold = 1 * storport.Millisecond
	p.c.wait(hold, func() bool { return false })
	p.write(portSctl, p.read(portSctl)&^0xF)
	p.prepare()
	if !p.c.wait(linkLimit, p.present) {
		p.stop()
		return storport.ErrGone
	}
	p.write(portSerr, ^uint32(0))
	if !p.ready() {
		if !p.stop() {
			return storport.ErrNoAnswer
		}
		return fmt.Errorf("%w: the disk stays busy", storport.ErrGone)
	}
	p.run()
	if err := p.same(); err != nil {
		if !p.stop() {
			return storport.ErrNoAnswer
		}
		return fmt.Errorf("%w: %v", storport.ErrGone, err)
	}
	p.clear()
	p.write(portIe, allEvents)
	return nil
}

// same asks whether the disk is still the one that was found.
func (p *port) same() error {
	if err := p.command(&ata.Taskfile{Command: ata.IdentifyDevice}, true); err != nil {
		return err
	}
	d, err := ata.Identify(p.m.Bytes[offSector : offSector+512])
	if err == nil && (d.Serial != p.disk.Serial || d.Sectors != p.disk.Sectors || d.SectorSize != p.disk.SectorSize) {
		err = errors.New("it is another disk")
	}
	return err
}

// command gives the disk a command by itself and waits for its end; read: a sector of data comes
// to offSector. Preconditions: the engine runs, and has nothing to do.
func (p *port) command(t *ata.Taskfile, read bool) error {
	var data []storport.Segment
	if read {
		p.m.Clear(offSector, 512)
		data = []storport.Segment{{Address: p.m.Address + offSector, Length: 512}}
	}
	p.table(0, t, data, false)
	p.write(portCi, 1)
	const taskFile = 1 << 30
	over := p.c.wait(commandLimit, func() bool { return p.read(portCi)&1 == 0 || p.read(portIs)&taskFile != 0 || !p.present() })
	status := p.read(portTfd)
	switch {
	case !p.present():
		return storport.ErrGone
	case !over:
		return storport.ErrNoAnswer
	case status&(ata.StatusError|ata.StatusFault) != 0:
		return fmt.Errorf("command %02Xh fails: status %02Xh, error %02Xh", t.Command, status&0xFF, status>>8&0xFF)
	}
	return nil
}

// table makes a slot's command header and table (4.2.2, 4.2.3).
func (p *port) table(slot int, t *ata.Taskfile, data []storport.Segment, write bool) {
	at := offTables + slot*tableSize
	t.Fis(p.m.Bytes[at+tableFis : at+tableFis+20])
	for i, s := range data {
		e := at + tablePrdt + 16*i
		p.m.Put32(e, uint32(s.Address))
		p.m.Put32(e+4, uint32(s.Address>>32))
		p.m.Put32(e+8, 0)
		p.m.Put32(e+12, s.Length-1)
	}
	const fisWords, isWrite = 5, 1 << 6
	flags := uint32(fisWords | len(data)<<16)
	if write {
		flags |= isWrite
	}
	h := slot * 32
	p.m.Put32(h, flags)
	p.m.Put32(h+8, uint32(p.m.Address)+uint32(at))
	p.m.Put32(h+12, uint32((p.m.Address+uint64(at))>>32))
	p.m.Store32(h+4, 0) // bytes that were moved
}
