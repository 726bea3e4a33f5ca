package serial

import "gont/nt"

// control serves a control code, with in bytes of input and room for out bytes of output in b.
// PASSIVE_LEVEL.
func (p *port) control(code uint32, b []byte, in, out uint32) (s nt.Status, n int) {
	switch code {
	case nt.IoctlSerialSetBaudRate:
		v, ok := take[uint32](b, in)
		if !ok {
			return nt.StatusBufferTooSmall, 0
		}
		d, ok := divisor(v)
		if !ok {
			return nt.StatusInvalidParameter, 0
		}
		p.synchronize(func() { setDivisor(p.r, d); p.r.out(regIER, p.ier) })
	case nt.IoctlSerialGetBaudRate:
		var d uint16
		p.synchronize(func() { d = getDivisor(p.r); p.r.out(regIER, p.ier) })
		if d == 0 {
			d = 1
		}
		return give(b, out, uint32(clockHz)/uint32(d))
	case nt.IoctlSerialSetLineControl:
		v, ok := take[nt.SerialLineControl](b, in)
		if !ok {
			return nt.StatusBufferTooSmall, 0
		}
		bits, ok := lineBits(v)
		if !ok {
			return nt.StatusInvalidParameter, 0
		}
		p.synchronize(func() { p.r.out(regLCR, p.r.in(regLCR)&lcrBreak|bits) })
	case nt.IoctlSerialGetLineControl:
		var v uint8
		p.synchronize(func() { v = p.r.in(regLCR) })
		return give(b, out, lineOf(v))
	case nt.IoctlSerialSetBreakOn, nt.IoctlSerialSetBreakOff:
		p.synchronize(func() {
			v := p.r.in(regLCR) &^ lcrBreak
			if code == nt.IoctlSerialSetBreakOn {
				v |= lcrBreak
			}
			p.r.out(regLCR, v)
		})
	case nt.IoctlSerialSetTimeouts:
		v, ok := take[nt.SerialTimeouts](b, in)
		if !ok {
			return nt.StatusBufferTooSmall, 0
		}
		if v.ReadIntervalTimeout == never && v.ReadTotalTimeoutMultiplier == never && v.ReadTotalTimeoutConstant == never {
			return nt.StatusInvalidParameter, 0
		}
		p.process.Lock()
		p.timeouts = v
		p.process.Unlock()
		p.work()
	case nt.IoctlSerialGetTimeouts:
		p.process.Lock()
		v := p.timeouts
		p.process.Unlock()
		return give(b, out, v)
	case nt.IoctlSerialSetDtr, nt.IoctlSerialClearDtr, nt.IoctlSerialSetRts, nt.IoctlSerialClearRts:
		bit := uint8(mcrDTR)
		if code == nt.IoctlSerialSetRts || code == nt.IoctlSerialClearRts {
			bit = mcrRTS
		}
		p.synchronize(func() {
			if p.mcr &^= bit; code == nt.IoctlSerialSetDtr || code == nt.IoctlSerialSetRts {
				p.mcr |= bit
			}
			p.r.out(regMCR, p.mcr)
		})
	case nt.IoctlSerialGetDtrRts:
		var v uint32
		p.synchronize(func() { v = uint32(p.mcr & (mcrDTR | mcrRTS)) })
		return give(b, out, v)
	case nt.IoctlSerialGetModemStatus:
		var v uint32
		p.synchronize(func() { v = uint32(p.r.in(regMSR)) })
		return give(b, out, v)
	case nt.IoctlSerialGetCommStatus:
		var v nt.SerialStatus
		p.synchronize(func() { v.Errors, p.errors = p.errors, 0 })
		v.AmountInInQueue, v.AmountInOutQueue = uint32(p.rx.len()), uint32(p.tx.len())
		if p.console != nil {
			v.AmountInOutQueue = uint32(p.console.Waiting())
		}
		return give(b, out, v)
	case nt.IoctlSerialGetStats:
		var v nt.SerialStatistics
		p.synchronize(func() { v = p.statistics })
		return give(b, out, v)
	case nt.IoctlSerialClearStats:
		p.synchronize(func() { p.statistics = nt.SerialStatistics{} })
	case nt.IoctlSerialPurge:
		v, ok := take[uint32](b, in)
		if !ok {
			return nt.StatusBufferTooSmall, 0
		}
		if v == 0 || v&^15 != 0 {
			return nt.StatusInvalidParameter, 0
		}
		p.purge(v)
	case nt.IoctlSerialResetDevice:
	case nt.IoctlSerialSetQueueSize:
		if _, ok := take[[2]uint32](b, in); !ok {
			return nt.StatusBufferTooSmall, 0
		}
	default:
		return nt.StatusInvalidDeviceRequest, 0
	}
	return nt.StatusSuccess, 0
}

// purge takes away what waits. What the kernel has to say on a shared port stays.
func (p *port) purge(what uint32) {
	if what&nt.SerialPurgeRxAbort != 0 {
		p.reads.CancelFile(nil)
	}
	if what&nt.SerialPurgeTxAbort != 0 {
		p.writes.CancelFile(nil)
	}
	p.process.Lock()
	p.synchronize(func() {
		if what&nt.SerialPurgeRxClear != 0 {
			p.rx.clear()
		}
		if what&nt.SerialPurgeTxClear != 0 {
			p.tx.clear()
		}
	})
	p.process.Unlock()
	p.work()
}
