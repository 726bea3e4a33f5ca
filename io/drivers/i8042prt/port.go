package i8042prt

import (
	"sync/atomic"

	"gont/io"
	"gont/ke"
	"gont/nt"
)

// queueLength is how many keys wait for who reads them (NT's default).
const queueLength = 100

// keyboard is the keyboard that works.
type keyboard struct {
	b           bus
	synchronize func(func())
	expect      func()
	dpc         *ke.Dpc

	// The interrupt's lock.
	decoder decoder
	out     [16]uint8 // bytes for the keyboard that it has not acknowledged
	outs    int
	again   int // times that it wanted to hear the first one again
	lost    uint32
	leds    uint16
	repeat  nt.KeyboardTypematic
	put     atomic.Uint32
	took    atomic.Uint32
	keys    [queueLength]nt.KeyboardInputData
	reads   io.CancelQueue
	process ke.SpinLock // who moves keys to requests
}

func newKeyboard(b bus) *keyboard {
	k := &keyboard{b: b, repeat: nt.KeyboardTypematic{Rate: 30, Delay: 250}}
	k.dpc = ke.NewDpc(func(any) { k.work() })
	return k
}

// service is the service routine: it takes what the controller has, until it has nothing
// more. The interrupt's lock is held.
func (k *keyboard) service() (mine bool) {
	for range 64 {
		s := k.b.status()
		if s&statusOutput == 0 || s == 0xFF {
			break
		}
		mine = true
		c := k.b.data()
		if s&statusAux != 0 {
			continue
		}
		switch {
		case c == answerAck && k.outs > 0:
			copy(k.out[:], k.out[1:k.outs])
			k.outs--
			k.again = 0
			k.push()
			continue
		case c == answerResend && k.outs > 0:
			if k.again++; k.again > 3 {
				k.outs, k.again = 0, 0
			}
			k.push()
			continue
		}
		if key, ok := k.decoder.next(c); ok {
			if k.put.Load()-k.took.Load() == queueLength {
				k.lost++
				continue
			}
			p := k.put.Load()
			k.keys[p%queueLength] = key
			k.put.Store(p + 1)
		}
	}
	if k.put.Load() != k.took.Load() {
		k.dpc.Insert(nil)
	}
	return mine
}

// push gives the keyboard the first byte that waits.
func (k *keyboard) push() {
	if k.outs == 0 {
		return
	}
	if !until(k.b, 1_000_000, func() bool { return k.b.status()&statusInput == 0 }) {
		k.outs = 0
		return
	}
	k.b.write(k.out[0])
}

// say sends bytes to the keyboard, which acknowledges one after the other. It returns false
// when too many wait. IRQL <= DISPATCH_LEVEL.
func (k *keyboard) say(list ...uint8) (ok bool) {
	k.synchronize(func() {
		if ok = k.outs+len(list) <= len(k.out); !ok {
			k.outs, k.again = 0, 0 // it does not answer
			return
		}
		n := copy(k.out[k.outs:], list)
		if k.outs += n; k.outs == n {
			k.push()
		}
	})
	k.expect()
	return ok
}

// work gives keys to the reads that wait. IRQL <= DISPATCH_LEVEL.
func (k *keyboard) work() {
	for {
		k.process.Lock()
		var irp *io.IRP
		if k.put.Load() != k.took.Load() {
			if irp = k.reads.Remove(nil); irp != nil {
				irp.IoStatus = io.IoStatus{Status: nt.StatusSuccess, Information: uint64(k.move(irp.SystemBuffer))}
			}
		}
		k.process.Unlock()
		if irp == nil {
			return
		}
		io.CompleteRequest(irp, 6)
	}
}

// keySize is the size of KEYBOARD_INPUT_DATA.
const keySize = 12

// move copies keys to a buffer, as many as there are and fit.
func (k *keyboard) move(b []byte) (n int) {
	for ; len(b)-n >= keySize && k.took.Load() != k.put.Load(); n += keySize {
		d := k.keys[k.took.Load()%queueLength]
		for i, v := range [...]uint16{d.UnitID, d.MakeCode, d.Flags, 0, 0, 0} {
			b[n+2*i], b[n+2*i+1] = byte(v), byte(v>>8)
		}
		k.took.Add(1)
	}
	return n
}
