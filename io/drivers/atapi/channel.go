package atapi

import (
	"errors"
	"fmt"
	"sync/atomic"

	"gont/io/ata"
	"gont/io/storage"
	"gont/io/storport"
)

// Registers of the command block (ATA/ATAPI-7 volume 2, 5.1).
const (
	regData    = 0
	regError   = 1 // written: features
	regCount   = 2
	regLow     = 3
	regMid     = 4
	regHigh    = 5
	regDevice  = 6
	regStatus  = 7 // written: command
	regControl = 0 // of the control block; read: the status, which takes back no interrupt

	controlNoInterrupt = 0x02
	controlReset       = 0x04
)

// Registers of the bus master (1.0, 2).
const (
	masterCommand = 0
	masterStatus  = 2
	masterTable   = 4

	masterStart     = 0x01
	masterToMemory  = 0x08
	masterActive    = 0x01
	masterError     = 0x02
	masterInterrupt = 0x04
)

// Times, in 100 ns.
const (
	presentLimit = 2000 * storport.Millisecond // of a device whose registers answer
	readyLimit   = 8000 * storport.Millisecond // after a reset
	dataLimit    = 1000 * storport.Millisecond
)

const (
	mostSegments = 65 // one more than 256 KB need
	mostTags     = 4
	// mostDmaErrors of a disk, and it goes by PIO.
	mostDmaErrors = 3
)

// spins is how long a command is waited for at DISPATCH_LEVEL: reads of a port, each a
// microsecond on hardware.
var spins = 10_000

// limits: descriptors have 32-bit addresses and cross no 64 KB (1.0, 1.2).
var limits = storport.Limits{Below: 1 << 32, Align: 2, Boundary: 64 << 10, Segments: mostSegments}

// channel is an IDE channel with up to two disks.
type channel struct {
	number                   int
	command, control, master storport.Registers // master is nil without DMA
	wait                     func(limit uint64, f func() bool) bool
	table                    *storport.Memory // descriptors
	drives                   [2]*drive
	running                  atomic.Bool
	came                     atomic.Bool // an interrupt has

	// By the adapter's lock.
	queue  []*storport.Task
	active *storport.Task
	dma    bool // active goes by it
	sector uint32
}

// drive is a disk at a channel.
type drive struct {
	number    uint8
	disk      ata.Identity
	unit      *storport.Unit
	dmaErrors int
	pio       bool
	gone      bool
}

// status reads the status without taking back an interrupt.
func (c *channel) status() uint8 { return c.control.Read8(regControl) }

// choose selects a drive, and lets 400 ns pass (5.2.5).
func (c *channel) choose(device uint8) {
	c.command.Write8(regDevice, device)
	for range 4 {
		c.status()
	}
}

func (d *drive) select8() uint8 { return 0xA0 | d.number<<4 }

// Start is Controller's.
func (c *channel) Start(int) (units []*storport.Unit, err error) {
	c.control.Write8(regControl, controlNoInterrupt)
	if v := c.status(); v == 0xFF || v == 0x7F {
		return nil, nil // nothing is connected
	}
	if c.table = storport.Allocate(8*mostSegments, limits.Below); c.table == nil {
		return nil, storport.ErrNoMemory
	}
	if c.master != nil && c.master.Read8(masterStatus) == 0xFF {
		c.master = nil
	}
	for n := range c.drives {
		d := &drive{number: uint8(n)}
		id, err := c.identify(d)
		switch {
		case errors.Is(err, errNoDrive):
			continue
		case err != nil:
			storport.Say(fmt.Sprintf("IDE channel %d, drive %d: %v", c.number, n, err))
			continue
		}
		d.disk, d.pio = id, c.master == nil || !id.Dma || !id.DmaMode
		c.drives[n] = d
		d.unit = c.unit(d)
		units = append(units, d.unit)
	}
	c.queue = make([]*storport.Task, 0, 2*mostTags)
	c.command.Read8(regStatus)
	c.running.Store(len(units) > 0)
	if len(units) > 0 {
		c.control.Write8(regControl, 0)
	}
	return units, nil
}

func (c *channel) unit(d *drive) *storport.Unit {
	i := &d.disk
	most := uint32(65535)
	if !i.Lba48 {
		most = 256
	}
	p := storage.Port{Name: i.Model, Sectors: i.Sectors, SectorSize: i.SectorSize, Physical: i.Physical, MaximumSectors: most, Requests: mostTags,
		WriteCache: i.WriteCache, ForceUnit: i.WriteCache && i.Fua && !d.pio}
	if p.Name == "" {
		p.Name = "ATA disk"
	}
	return &storport.Unit{Port: p, Data: d}
}

var errNoDrive = errors.New("there is no disk")

// identify asks a drive what it is. Interrupts are off, and nothing else runs.
func (c *channel) identify(d *drive) (id ata.Identity, err error) {
	c.choose(d.select8())
	// Who is not there keeps no values.
	c.command.Write8(regCount, 0x55)
	c.command.Write8(regLow, 0xAA)
	c.command.Write8(regCount, 0xAA)
	c.command.Write8(regLow, 0x55)
	if c.command.Read8(regCount) != 0xAA || c.command.Read8(regLow) != 0x55 {
		return id, errNoDrive
	}
	if v := c.status(); v == 0 || v == 0xFF {
		return id, errNoDrive
	}
	if !c.wait(presentLimit, func() bool { return c.status()&ata.StatusBusy == 0 }) {
		return id, storport.ErrNoAnswer
	}
	c.command.Write8(regStatus, ata.IdentifyDevice)
	c.choose(d.select8())
	if c.status() == 0 {
		return id, errNoDrive
	}
	if !c.wait(dataLimit, func() bool {
		v := c.status()
		return v&ata.StatusBusy == 0 && v&(ata.StatusDrq|ata.StatusError|ata.StatusFault) != 0
	}) {
		return id, storport.ErrNoAnswer
	}
	if c.status()&ata.StatusDrq == 0 {
		if c.command.Read8(regMid) == 0x14 && c.command.Read8(regHigh) == 0xEB {
			return id, errNoDrive // ATAPI (9.12)
		}
		return id, fmt.Errorf("it does not say what it is (status %02Xh, error %02Xh)", c.status(), c.command.Read8(regError))
	}
	b := make([]byte, 512)
	for i := 0; i < len(b); i += 2 {
		v := c.command.Read16(regData)
		b[i], b[i+1] = byte(v), byte(v>>8)
	}
	c.command.Read8(regStatus)
	return ata.Identify(b)
}

// Reset is Controller's: the channel's, for both drives (9.2). What is no longer the disk that it
// was is gone.
func (c *channel) Reset(u *storport.Unit) (bool, error) {
	u.Locked(func() {
		if c.active != nil && c.dma {
			c.dmaError(c.active.Unit.Data.(*drive))
		}
		c.queue, c.active = c.queue[:0], nil
	})
	if c.master != nil {
		c.master.Write8(masterCommand, 0)
	}
	c.control.Write8(regControl, controlNoInterrupt|controlReset)
	c.wait(storport.Millisecond, func() bool { return false })
	c.control.Write8(regControl, controlNoInterrupt)
	c.wait(2*storport.Millisecond, func() bool { return false })
	c.wait(readyLimit, func() bool { return c.status()&ata.StatusBusy == 0 || c.status() == 0xFF })
	if c.status() == 0xFF {
		return true, fmt.Errorf("%w: nothing is connected", storport.ErrGone)
	}
	var err error
	for _, d := range c.drives {
		if d == nil || d.gone {
			continue
		}
		id, e := c.identify(d)
		if e == nil && (id.Serial != d.disk.Serial || id.Sectors != d.disk.Sectors || id.SectorSize != d.disk.SectorSize) {
			e = errors.New("it is another disk")
		}
		if e == nil {
			continue
		}
		u.Locked(func() { d.gone = true })
		if d.unit == u {
			err = fmt.Errorf("%w: %v", storport.ErrGone, e)
		} else {
			storport.Say(fmt.Sprintf("IDE channel %d, drive %d: %v", c.number, d.number, e))
		}
	}
	c.command.Read8(regStatus)
	c.came.Store(false)
	c.control.Write8(regControl, 0)
	return true, err
}

// dmaError counts an error of DMA; after some the disk goes by PIO. The lock is held.
func (c *channel) dmaError(d *drive) {
	if d.dmaErrors++; d.dmaErrors == mostDmaErrors {
		d.pio = true
	}
}

// Stop is Controller's.
func (c *channel) Stop() {
	c.running.Store(false)
	if c.master != nil {
		c.master.Write8(masterCommand, 0)
	}
	c.control.Write8(regControl, controlNoInterrupt)
	c.table.Free()
}
