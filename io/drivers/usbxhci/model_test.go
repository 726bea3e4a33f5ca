package usbxhci

import (
	"encoding/binary"

	"gont/io/storport"
	"gont/io/usb"
	"gont/io/usb/usbtest"
)

// Where the model has its registers, and how many ports and slots.
const (
	modelOp    = 0x40
	modelRt    = 0x1000
	modelDb    = 0x1800
	modelExt   = 0x800
	modelBytes = 0x2000
	modelPorts = 6 // 1 to 3 are of USB 2, 4 to 6 of USB 3
	modelSlots = 8
)

// modelPort is a port with what is plugged in.
type modelPort struct {
	device usbtest.Device
	v      uint32 // what the register has, but for what is connected
}

type modelEndpoint struct {
	state   uint32
	pa      uint64 // of the TRB that comes next
	cycle   uint32
	address uint8
	packet  uint32 // bytes
	chained bool   // the last TRB was
	wrong   int    // links that break a chain, or make one
	toggle  uint32 // of the next packet
	held    bool   // it has something to do, and the device had nothing
}

type modelSlot struct {
	on        bool
	context   uint64
	device    usbtest.Device
	endpoints [32]modelEndpoint
	addressed bool
	toggle    [32]uint32 // what the device expects
}

// model is a host controller: registers, and rings in memory. It misbehaves as it is told.
type model struct {
	command, status, config     uint32
	ring, dcbaa, table, dequeue uint64
	management                  uint32
	port                        [modelPorts + 1]modelPort
	slot                        [modelSlots + 1]modelSlot
	commands                    modelEndpoint
	eventAt                     int
	eventCycle                  uint32
	pending                     bool // an interrupt
	wide, context64             bool
	scratch                     int
	owned                       bool // by the firmware
	bad                         int  // accesses that no driver makes
	gone, mute, noRun, noHalt   bool
	noReset                     bool
	deaf                        map[uint32]bool // commands that are not answered
	refuse                      map[uint32]uint32
	lie                         func(p *uint64, status, control *uint32) bool // an event; false: it is lost
	set                         map[uint32]uint32                             // registers that read otherwise
	done                        map[uint32]int                                // commands
	warm                        int
}

func newModel() *model {
	m := &model{status: statusHalted, wide: true, deaf: map[uint32]bool{}, refuse: map[uint32]uint32{}, set: map[uint32]uint32{}, done: map[uint32]int{}}
	for p := range m.port {
		m.port[p].v = portPower | linkRxDetect<<5
	}
	return m
}

// plug plugs a device into a port, or out.
func (m *model) plug(port int, d usbtest.Device) {
	p := &m.port[port]
	p.device = d
	p.v = p.v&^(portEnabled|0xF<<10|0xF<<5) | portConnectChange | linkRxDetect<<5
	if d != nil {
		p.v = p.v &^ (0xF << 5)
		if port > 3 {
			p.v |= portEnabled | uint32(usb.Super)<<10
		} else {
			p.v |= uint32(usb.High)<<10 | linkPolling<<5
		}
	}
	for s := range m.slot {
		for e := range m.slot[s].endpoints {
			if m.slot[s].on && m.slot[s].endpoints[e].held {
				m.run(s, e)
			}
		}
	}
	m.event(uint64(port)<<24, codeSuccess<<24, eventPort<<trbType)
}

func (m *model) Read8(uint32) uint8     { m.bad++; return 0 }
func (m *model) Read16(uint32) uint16   { m.bad++; return 0 }
func (m *model) Write8(uint32, uint8)   { m.bad++ }
func (m *model) Write16(uint32, uint16) { m.bad++ }

func (m *model) Read32(o uint32) uint32 {
	if m.gone {
		return ^uint32(0)
	}
	if v, is := m.set[o]; is {
		return v
	}
	switch {
	case o == capLength:
		return modelOp | 0x0110<<16
	case o == capParams1:
		return modelSlots | 1<<8 | modelPorts<<24
	case o == capParams2:
		return uint32(m.scratch>>5)<<21 | uint32(m.scratch&31)<<27
	case o == capHcc1:
		v := uint32(modelExt / 4 << 16)
		if m.wide {
			v |= hccWide
		}
		if m.context64 {
			v |= hccContext64
		}
		return v
	case o == capDoorbell:
		return modelDb
	case o == capRuntime:
		return modelRt
	case o == modelExt: // legacy support, then two protocols
		v := uint32(extLegacy | 4<<8)
		if m.owned {
			v |= legacyBios
		}
		return v
	case o == modelExt+16:
		return extProtocol | 4<<8 | 2<<24
	case o == modelExt+24:
		return 1 | 3<<8
	case o == modelExt+32:
		return extProtocol | 3<<24
	case o == modelExt+40:
		return 4 | 3<<8
	case o == modelOp+opCommand:
		return m.command
	case o == modelOp+opStatus:
		return m.status
	case o == modelOp+opPage:
		return 1
	case o == modelOp+opRing:
		if m.command&commandRun != 0 && m.commands.held {
			return ringRuns
		}
		return 0
	case o >= modelOp+opPorts && o < modelOp+opPorts+modelPorts*portSize && (o-modelOp-opPorts)%portSize == 0:
		p := &m.port[(o-modelOp-opPorts)/portSize+1]
		v := p.v
		if p.device != nil {
			v |= portConnected
		}
		return v
	case o == modelRt+rtManagement:
		return m.management
	}
	return 0
}

func (m *model) Write32(o uint32, v uint32) {
	if m.gone {
		return
	}
	low := func(r *uint64) { *r = *r>>32<<32 | uint64(v) }
	high := func(r *uint64) { *r = *r&0xFFFFFFFF | uint64(v)<<32 }
	switch {
	case o == modelExt && v&legacyOs != 0:
		m.owned = m.owned && m.mute
	case o == modelOp+opCommand:
		m.control(v)
	case o == modelOp+opStatus:
		m.status &^= v & statusEvent
	case o == modelOp+opConfig:
		m.config = v
	case o == modelOp+opRing:
		if v&ringAbort != 0 {
			if m.commands.held && !m.mute {
				m.commands.held = false
				m.event(0, codeRingStopped<<24, eventCommand<<trbType)
			}
			return
		}
		low(&m.ring)
	case o == modelOp+opRing+4:
		high(&m.ring)
		m.commands = modelEndpoint{pa: m.ring &^ 63, cycle: uint32(m.ring & 1)}
	case o == modelOp+opDcbaa:
		low(&m.dcbaa)
	case o == modelOp+opDcbaa+4:
		high(&m.dcbaa)
	case o >= modelOp+opPorts && o < modelOp+opPorts+modelPorts*portSize:
		m.writePort(int((o-modelOp-opPorts)/portSize)+1, v)
	case o == modelRt+rtTable:
		low(&m.table)
	case o == modelRt+rtTable+4:
		high(&m.table)
		m.eventAt, m.eventCycle = 0, trbCycle
	case o == modelRt+rtDequeue:
		low(&m.dequeue)
	case o == modelRt+rtDequeue+4:
		high(&m.dequeue)
	case o == modelRt+rtManagement:
		m.management = v & managementEnable
		m.pending = m.pending && v&managementPending == 0
	case o == modelDb:
		m.runCommands()
	case o > modelDb && o <= modelDb+4*modelSlots:
		if s := int(o-modelDb) / 4; m.slot[s].on && v < 32 {
			m.run(s, int(v))
		}
	}
}

func (m *model) control(v uint32) {
	if v&commandReset != 0 {
		if m.noReset {
			m.command |= commandReset
			return
		}
		*m = model{status: statusHalted, port: m.port, wide: m.wide, context64: m.context64, scratch: m.scratch, owned: m.owned, noRun: m.noRun, noHalt: m.noHalt,
			mute: m.mute, deaf: m.deaf, refuse: m.refuse, lie: m.lie, set: m.set, done: m.done, bad: m.bad}
		for p := range m.port {
			m.port[p].v = m.port[p].v&^portEnabled | portPower
			if d := m.port[p].device; d != nil && p > 3 {
				d.BusReset()
				m.port[p].v |= portEnabled
			}
		}
		return
	}
	m.command = v
	if v&commandRun != 0 && !m.noRun {
		m.status &^= statusHalted
	} else if v&commandRun == 0 && !m.noHalt {
		m.status |= statusHalted
	}
}

func (m *model) writePort(p int, v uint32) {
	x := &m.port[p]
	x.v &^= v & portChanges
	if v&portEnabled != 0 {
		x.v &^= portEnabled
		m.bad++
	}
	if v&portReset == 0 && v&portWarmReset == 0 || x.device == nil || m.mute {
		return
	}
	if v&portWarmReset != 0 {
		m.warm++
	}
	for s := range m.slot {
		if m.slot[s].device == x.device {
			m.slot[s].addressed = false
		}
	}
	x.device.BusReset()
	x.v = x.v&^(0xF<<5) | portEnabled | portResetChange
	m.event(uint64(p)<<24, codeSuccess<<24, eventPort<<trbType)
}

// trb reads a TRB.
func trb(pa uint64) (parameter uint64, status, control uint32, ok bool) {
	var b [16]byte
	if !storport.CopyPhysical(pa, b[:], false) {
		return 0, 0, 0, false
	}
	return binary.LittleEndian.Uint64(b[:]), binary.LittleEndian.Uint32(b[8:]), binary.LittleEndian.Uint32(b[12:]), true
}

// next returns the TRB that comes next, links followed, and goes on.
func (e *modelEndpoint) next() (pa, parameter uint64, status, control uint32, ok bool) {
	for range 3 {
		parameter, status, control, ok = trb(e.pa)
		if !ok || control&trbCycle != e.cycle {
			return 0, 0, 0, 0, false
		}
		if control>>trbType&63 != trbLink {
			pa = e.pa
			e.pa += 16
			e.chained = control&trbChain != 0
			return pa, parameter, status, control, true
		}
		if chained := e.chained; control&trbChain != 0 != chained {
			e.wrong++
		}
		e.pa = parameter
		if control&trbToggle != 0 {
			e.cycle ^= trbCycle
		}
	}
	return 0, 0, 0, 0, false
}

func (m *model) event(parameter uint64, status, control uint32) {
	if m.lie != nil && !m.lie(&parameter, &status, &control) || m.table == 0 || m.command&commandRun == 0 {
		return
	}
	var b [16]byte
	storport.CopyPhysical(m.table, b[:], false)
	base, n := binary.LittleEndian.Uint64(b[:]), int(binary.LittleEndian.Uint32(b[8:])&0xFFFF)
	binary.LittleEndian.PutUint64(b[:], parameter)
	binary.LittleEndian.PutUint32(b[8:], status)
	binary.LittleEndian.PutUint32(b[12:], control&^trbCycle|m.eventCycle)
	storport.CopyPhysical(base+uint64(m.eventAt*16), b[:], true)
	if m.eventAt++; m.eventAt == n {
		m.eventAt, m.eventCycle = 0, m.eventCycle^trbCycle
	}
	m.status |= statusEvent
	m.pending = true
}

// runCommands does what the command ring has.
func (m *model) runCommands() {
	for !m.mute {
		pa, parameter, _, control, ok := m.commands.next()
		if !ok {
			return
		}
		kind := control >> trbType & 63
		m.done[kind]++
		if m.deaf[kind] {
			m.commands.held = true // it runs for ever
			return
		}
		slot, code := m.commandOf(kind, parameter, control)
		if c, is := m.refuse[kind]; is {
			code = c
		}
		m.event(pa, code<<24, eventCommand<<trbType|slot<<24)
	}
}

const (
	codeNoSlots = 9
	codeNoSlot  = 11
	codeTrb     = 5
)

func (m *model) commandOf(kind uint32, parameter uint64, control uint32) (slot, code uint32) {
	slot = control >> 24
	if kind == trbEnableSlot {
		for s := 1; s <= modelSlots; s++ {
			if !m.slot[s].on {
				m.slot[s] = modelSlot{on: true}
				return uint32(s), codeSuccess
			}
		}
		return 0, codeNoSlots
	}
	if slot == 0 || slot > modelSlots || !m.slot[slot].on {
		return slot, codeNoSlot
	}
	s := &m.slot[slot]
	size := uint64(32)
	if m.context64 {
		size = 64
	}
	word := func(pa uint64) uint32 {
		var b [4]byte
		storport.CopyPhysical(pa, b[:], false)
		return binary.LittleEndian.Uint32(b[:])
	}
	endpoint := func(id uint32) {
		in := parameter + size*uint64(id+1)
		d := uint64(word(in+8)) | uint64(word(in+12))<<32
		e := modelEndpoint{state: endpointRunning, packet: word(in+4) >> 16, pa: d &^ 15, cycle: uint32(d & 1), address: uint8(id / 2)}
		if id > 1 && id&1 == 1 {
			e.address |= 0x80
		}
		s.endpoints[id] = e
		var b [64]byte
		storport.CopyPhysical(in, b[:size], false)
		storport.CopyPhysical(s.context+size*uint64(id), b[:size], true)
		m.state(int(slot), int(id), endpointRunning)
	}
	switch kind {
	case trbDisableSlot:
		*s = modelSlot{}
	case trbAddress:
		var b [8]byte
		storport.CopyPhysical(m.dcbaa+8*uint64(slot), b[:], false)
		s.context = binary.LittleEndian.Uint64(b[:])
		root, route := word(parameter+size+4)>>16&0xFF, word(parameter+size)&0xFFFFF
		if root == 0 || root > modelPorts || m.port[root].v&portEnabled == 0 {
			return slot, codeTransaction
		}
		s.device = m.port[root].device
		for ; route != 0; route >>= 4 {
			h, is := s.device.(*usbtest.Hub)
			if !is || route&15 > 4 {
				return slot, codeTransaction
			}
			s.device = h.Ports[route&15-1]
		}
		if s.device == nil {
			return slot, codeTransaction
		}
		s.addressed = true
		endpoint(1)
	case trbConfigure, trbEvaluate:
		if add := word(parameter + 4); kind == trbConfigure {
			for id := uint32(2); id < 32; id++ {
				if drop := word(parameter); drop&(1<<id) != 0 {
					s.endpoints[id] = modelEndpoint{}
					m.state(int(slot), int(id), endpointDisabled)
				}
				if add&(1<<id) != 0 {
					endpoint(id)
				}
			}
		}
	case trbResetEndpoint, trbStopEndpoint, trbSetDequeue:
		e := &s.endpoints[control>>16&31]
		switch {
		case kind == trbResetEndpoint && e.state != endpointHalted, kind == trbStopEndpoint && e.state != endpointRunning, kind == trbSetDequeue && (e.state == endpointRunning || e.state == endpointHalted):
			return slot, codeContextState
		case kind == trbSetDequeue:
			e.pa, e.cycle = parameter&^15, uint32(parameter&1)
		default:
			if kind == trbResetEndpoint {
				e.toggle = 0
			}
			e.held = false
			m.state(int(slot), int(control>>16&31), 3)
		}
	case trbResetDevice:
		for id := 2; id < 32; id++ {
			s.endpoints[id] = modelEndpoint{}
			m.state(int(slot), id, endpointDisabled)
		}
	default:
		return slot, codeTrb
	}
	return slot, codeSuccess
}

// state sets an endpoint's, and writes it to its context.
func (m *model) state(slot, id int, v uint32) {
	s := &m.slot[slot]
	s.endpoints[id].state = v
	size := uint64(32)
	if m.context64 {
		size = 64
	}
	if s.context != 0 {
		storport.CopyPhysical(s.context+size*uint64(id), []byte{byte(v)}, true)
	}
}

type modelTrb struct {
	pa, parameter   uint64
	status, control uint32
}

// run does what an endpoint's ring has.
func (m *model) run(slot, id int) {
	s := &m.slot[slot]
	e := &s.endpoints[id]
	if e.state == 3 {
		m.state(slot, id, endpointRunning)
	}
	for e.state == endpointRunning && !m.mute {
		was := *e
		var td []modelTrb
		for {
			pa, parameter, status, control, ok := e.next()
			if !ok {
				*e = was
				return
			}
			td = append(td, modelTrb{pa, parameter, status, control})
			if kind := control >> trbType & 63; id == 1 && kind == trbStatus || id > 1 && control&trbChain == 0 {
				break
			}
		}
		var again bool
		if id == 1 {
			again = m.request(slot, td)
		} else {
			again = m.transfer(slot, id, td)
		}
		if !again {
			*e = was
			e.held = true
			return
		}
	}
}

// plugged reports whether a device is still there, and has its address.
func (m *model) plugged(s *modelSlot) bool {
	if !s.addressed {
		return false
	}
	for _, p := range m.port {
		if behind(p.device, s.device) {
			return true
		}
	}
	return false
}

// behind reports whether a device is another, or a hub's that leads to it.
func behind(d, wanted usbtest.Device) bool {
	if h, is := d.(*usbtest.Hub); is {
		for _, x := range h.Ports {
			if behind(x, wanted) {
				return true
			}
		}
	}
	return d != nil && d == wanted
}

func (m *model) report(slot, id int, t modelTrb, code, left uint32) {
	if code != codeSuccess && code != codeShort {
		m.state(slot, id, endpointHalted)
	}
	m.event(t.pa, code<<24|left, eventTransfer<<trbType|uint32(slot)<<24|uint32(id)<<16)
}

// request is a control transfer: setup, data, status.
func (m *model) request(slot int, td []modelTrb) bool {
	s := &m.slot[slot]
	last := td[len(td)-1]
	if !m.plugged(s) {
		m.report(slot, 1, td[0], codeTransaction, 0)
		return true
	}
	var setup [8]byte
	binary.LittleEndian.PutUint64(setup[:], td[0].parameter)
	var data []byte
	if len(td) == 3 {
		data = make([]byte, td[1].status&0x1FFFF)
		if setup[0]&0x80 == 0 {
			storport.CopyPhysical(td[1].parameter, data, false)
		}
	}
	answer, r := s.device.Setup(setup, data)
	switch {
	case setup[0] == 0 && setup[1] == usb.SetConfiguration:
		s.toggle = [32]uint32{}
	case setup[0] == usb.ToEndpoint && setup[1] == usb.ClearFeature:
		s.toggle[2*(setup[4]&15)+setup[4]>>7] = 0
	}
	switch r {
	case usbtest.Stall:
		m.report(slot, 1, td[min(1, len(td)-1)], codeStall, 0)
		return true
	case usbtest.Error:
		m.report(slot, 1, td[0], codeTransaction, 0)
		return true
	}
	if setup[0]&0x80 != 0 && len(td) == 3 {
		storport.CopyPhysical(td[1].parameter, answer, true)
		if left := len(data) - len(answer); left > 0 {
			m.report(slot, 1, td[1], codeShort, uint32(left))
		}
	}
	m.report(slot, 1, last, codeSuccess, 0)
	return true
}

// transfer is one of a bulk or interrupt endpoint; false: the device has nothing yet.
func (m *model) transfer(slot, id int, td []modelTrb) bool {
	s := &m.slot[slot]
	e := &s.endpoints[id]
	m.bad += e.wrong
	e.wrong = 0
	if !m.plugged(s) {
		m.report(slot, id, td[0], codeTransaction, 0)
		return true
	}
	n, whole := 0, 0
	for _, t := range td {
		whole += int(t.status & 0x1FFFF)
	}
	for _, t := range td {
		n += int(t.status & 0x1FFFF)
		if packets := (whole - n + int(e.packet) - 1) / int(max(e.packet, 1)); uint32(min(packets, 31)) != t.status>>17&31 {
			m.bad++
		}
		if a := t.parameter; a>>16 != (a+uint64(max(t.status&0x1FFFF, 1))-1)>>16 {
			m.bad++
		}
	}
	var b []byte
	var r usbtest.Result
	if e.address&0x80 != 0 {
		b, r = s.device.In(e.address, n)
		if len(b) > n {
			m.report(slot, id, td[0], codeBabble, 0)
			return true
		}
	} else {
		b = make([]byte, n)
		at := 0
		for _, t := range td {
			storport.CopyPhysical(t.parameter, b[at:at+int(t.status&0x1FFFF)], false)
			at += int(t.status & 0x1FFFF)
		}
		_, r = s.device.Out(e.address, b)
	}
	switch r {
	case usbtest.Nak:
		return false
	case usbtest.Stall:
		m.report(slot, id, td[0], codeStall, td[0].status&0x1FFFF)
		return true
	case usbtest.Error:
		m.report(slot, id, td[0], codeTransaction, td[0].status&0x1FFFF)
		return true
	}
	if e.toggle != s.toggle[id] {
		m.bad++ // host and device do not agree: the packet is lost
	}
	flip := uint32((len(b)+int(e.packet)-1)/int(max(e.packet, 1))) & 1
	e.toggle ^= flip
	s.toggle[id] ^= flip
	for i, t := range td {
		k := min(int(t.status&0x1FFFF), len(b))
		if e.address&0x80 != 0 {
			storport.CopyPhysical(t.parameter, b[:k], true)
		}
		b = b[k:]
		if left := t.status&0x1FFFF - uint32(k); left > 0 {
			m.report(slot, id, t, codeShort, left)
			if i < len(td)-1 { // some controllers tell of the last one, too
				m.report(slot, id, td[len(td)-1], codeShort, td[len(td)-1].status&0x1FFFF)
			}
			return true
		}
	}
	m.report(slot, id, td[len(td)-1], codeSuccess, 0)
	return true
}
