package storahci

import (
	"gont/io/ata"
	"gont/nt"
)

// carefully is how many commands go one by one when several were with the disk and it does not
// say which has failed.
const carefully = 64

// recover lets the port go on after an error (6.2.2): the command that has failed gets the
// disk's error, the others are tried again. PASSIVE_LEVEL; no task begins meanwhile.
func (p *port) recover() {
	if !p.failed {
		return // it was reset meanwhile
	}
	p.write(portIe, 0)
	status := p.read(portTfd)
	left := p.read(portSact) // stopping the engine clears it (3.3.13)
	queued, plain := p.queued, p.plain
	if status == ^uint32(0) || !p.stop() {
		// Nobody knows what the disk still does: its tasks stay until it is reset.
		p.unit.Locked(func() { p.failed, p.broken = false, true })
		return
	}
	if !p.present() {
		p.finish(queued|plain, nt.StatusDeviceNotConnected, 0, 0)
		return
	}
	// What the disk had done before is done.
	if queued != 0 {
		done := queued &^ left
		queued &^= done
		p.unit.Locked(func() { p.end(&p.queued, done, nt.StatusSuccess) })
	}
	p.clear()
	if !p.again() {
		p.unit.Locked(func() { p.failed, p.broken = false, true })
		return
	}
	failing, s := plain, ata.Status(uint8(status), uint8(status>>8))
	if queued != 0 {
		failing, s = p.which(queued, s)
	}
	if !p.settled() {
		p.unit.Locked(func() { p.failed, p.broken = false, true })
		return
	}
	p.finish(failing, s, queued&^failing, carefully)
}

// settled has the disk do a command that cannot fail, so that the port's task file shows no error
// any more: a controller may keep a queued command in PxCI as long as it does. It also shows that the
// disk takes commands again.
func (p *port) settled() bool {
	if p.read(portTfd)&(ata.StatusError|ata.StatusFault) == 0 {
		return true
	}
	if p.same() == nil {
		p.clear()
		return true
	}
	return false
}

// again brings the stopped engine to where it takes commands.
func (p *port) again() bool {
	if p.read(portTfd)&(ata.StatusBusy|ata.StatusDrq) != 0 {
		if p.c.capabilities&capOverride == 0 {
			return false
		}
		p.write(portCmd, p.read(portCmd)|cmdFis|cmdOverride)
		if !p.c.wait(engineLimit, func() bool { return p.read(portCmd)&cmdOverride == 0 }) {
			return false
		}
	}
	p.run()
	return true
}

// which asks the disk which queued command has failed, by the log of NCQ errors (Serial ATA
// 3.1, 13.7.3); 0: it does not say. The log is read also where there was one command alone: until
// then the disk takes no other.
func (p *port) which(queued uint32, s nt.Status) (failing uint32, status nt.Status) {
	unknown := uint32(0)
	if queued&(queued-1) == 0 {
		unknown = queued
	}
	const page, notQueued = 0x10, 0x80
	if err := p.command(&ata.Taskfile{Command: ata.ReadLogExt, Count: 1, Lba: page, Device: 0x40, Ext: true}, true); err != nil {
		if p.stop() {
			p.clear()
			p.again()
		}
		return unknown, s
	}
	b := p.m.Bytes[offSector:]
	if bit := uint32(1) << (b[0] & 31); b[0]&notQueued == 0 && queued&bit != 0 {
		return bit, ata.Status(b[2], b[3])
	}
	return unknown, s
}

// finish ends recovery: failing commands end with s, others are to be tried again.
func (p *port) finish(failing uint32, s nt.Status, others uint32, careful int) {
	p.unit.Locked(func() {
		all := failing | others
		p.gone = p.gone || s == nt.StatusDeviceNotConnected
		p.failed = false
		if others != 0 && failing == 0 {
			p.careful = careful
		}
		queued, plain := p.queued, p.plain
		p.queued, p.plain = 0, 0
		p.end(&queued, queued&failing, s)
		p.end(&plain, plain&failing, s)
		p.end(&queued, all&others, nt.StatusDeviceBusy)
		if p.gone {
			for _, t := range p.queue {
				t.Done(s)
			}
			p.queue = p.queue[:0]
		} else {
			p.issue()
		}
		p.write(portIe, allEvents)
	})
}
