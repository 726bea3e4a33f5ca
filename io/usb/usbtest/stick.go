// Package usbtest has a model of a USB mass storage device, for the tests of the drivers of host
// controllers and of mass storage. It misbehaves as it is told.
package usbtest

import (
	"encoding/binary"
)

// Result is how a device answers a transaction.
type Result uint8

// The results.
const (
	Ack   Result = iota
	Nak          // nothing yet: it is asked again
	Stall        // the endpoint is halted
	Error        // no answer, or a wrong one
)

// Endpoints of the model.
const (
	In  = 0x81
	Out = 0x02
)

// Sense is what a command fails with: key, code, qualifier.
type Sense [3]uint8

// Stick is a mass storage device. Its fields may be changed between transactions.
type Stick struct {
	Units      [][]byte // the bytes of each logical unit
	SectorSize uint32
	ReadOnly   bool
	NoCache    bool // it writes through, and says so
	Super      bool // descriptors of a SuperSpeed device, else of high speed
	Empty      bool // there is no medium
	StallShort bool // it halts the pipe where it has less data than it is asked for
	StallLun   bool // it does not know GET MAX LUN
	Silent     bool // it answers nothing on its bulk endpoints
	Deaf       bool // nor on endpoint 0
	Config     []byte
	DeviceDesc []byte
	Serial     string

	// Fail says which commands fail; nil: none. Lie may change a command's status wrapper and data.
	Fail func(lun, op uint8) (Sense, bool)
	Lie  func(op uint8, data, status []byte) (newData, newStatus []byte)
	// Before is called with each command.
	Before func(op uint8)

	Commands             map[uint8]int
	Resets, Clears, Sets int
	configuration        uint8
	haltIn, haltOut      bool
	state                int // 0 command, 1 data in, 2 data out, 3 status
	data, status         []byte
	want                 uint32
	unit                 uint8
	sense                []Sense
	tag                  uint32
}

// NewStick makes a device with units of so many bytes.
func NewStick(sizes ...int) *Stick {
	s := &Stick{SectorSize: 512, Super: true, Commands: map[uint8]int{}, sense: make([]Sense, len(sizes)), Serial: "STICK1"}
	for k, n := range sizes {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(i*7 + i>>9 + k)
		}
		s.Units = append(s.Units, b)
	}
	return s
}

// Device is the device descriptor.
func (s *Stick) Device() []byte {
	if s.DeviceDesc != nil {
		return s.DeviceDesc
	}
	d := []byte{18, 1, 0x00, 0x02, 0, 0, 0, 64, 0xF4, 0x46, 1, 0, 0, 1, 1, 2, 3, 1}
	if s.Super {
		d[3], d[7] = 3, 9
	}
	return d
}

// Configuration is the configuration's descriptors.
func (s *Stick) Configuration() []byte {
	if s.Config != nil {
		return s.Config
	}
	c := []byte{9, 2, 0, 0, 1, 1, 0, 0x80, 50, 9, 4, 0, 0, 2, 8, 6, 0x50, 0}
	for _, a := range []byte{In, Out} {
		if s.Super {
			c = append(c, 7, 5, a, 2, 0, 4, 0, 6, 0x30, 15, 0, 0, 0)
		} else {
			c = append(c, 7, 5, a, 2, 0, 2, 0)
		}
	}
	binary.LittleEndian.PutUint16(c[2:], uint16(len(c)))
	return c
}

func text(t string) []byte {
	b := []byte{byte(2 + 2*len(t)), 3}
	for i := range len(t) {
		b = append(b, t[i], 0)
	}
	return b
}

// BusReset is a reset of its port.
func (s *Stick) BusReset() {
	s.Resets++
	s.configuration = 0
	s.begin()
}

func (s *Stick) begin() {
	s.haltIn, s.haltOut, s.state, s.data, s.status = false, false, 0, nil, nil
}

// Setup is a control request: data come in out, or in the answer.
func (s *Stick) Setup(b [8]byte, out []byte) (answer []byte, r Result) {
	if s.Deaf {
		return nil, Error
	}
	value, index, n := binary.LittleEndian.Uint16(b[2:]), binary.LittleEndian.Uint16(b[4:]), int(binary.LittleEndian.Uint16(b[6:]))
	cut := func(d []byte) ([]byte, Result) { return d[:min(n, len(d))], Ack }
	switch uint16(b[0])<<8 | uint16(b[1]) {
	case 0x8006:
		switch value >> 8 {
		case 1:
			return cut(s.Device())
		case 2:
			return cut(s.Configuration())
		case 3:
			if i := int(value & 0xFF); i >= 1 && i <= 3 {
				return cut(text([]string{"GoNT", "model stick", s.Serial}[i-1]))
			}
		}
	case 0x0009:
		s.configuration = uint8(value)
		s.Sets++
		return nil, Ack
	case 0x0201:
		s.Clears++
		if index == In {
			s.haltIn = false
		}
		if index == Out {
			s.haltOut = false
		}
		return nil, Ack
	case 0xA1FE:
		if !s.StallLun {
			return cut([]byte{byte(len(s.Units) - 1)})
		}
	case 0x21FF:
		s.state, s.data, s.status = 0, nil, nil
		return nil, Ack
	}
	return nil, Stall
}

// Out is a transfer to an endpoint.
func (s *Stick) Out(address uint8, b []byte) (int, Result) {
	switch {
	case s.Silent:
		return 0, Nak
	case s.configuration == 0 || address != Out:
		return 0, Error
	case s.haltOut:
		return 0, Stall
	}
	switch s.state {
	case 0:
		if len(b) != 31 || binary.LittleEndian.Uint32(b) != 0x43425355 {
			s.haltIn, s.haltOut, s.state = true, true, 4 // until it is reset
			return 0, Stall
		}
		s.command(b)
		return len(b), Ack
	case 2:
		n := min(len(b), len(s.data))
		copy(s.data, b[:n])
		s.data = s.data[n:]
		if s.want -= uint32(len(b)); s.want == 0 {
			s.state = 3
		}
		return len(b), Ack
	}
	s.haltOut = true
	return 0, Stall
}

// In is a transfer of at most n bytes from an endpoint.
func (s *Stick) In(address uint8, n int) ([]byte, Result) {
	switch {
	case s.Silent:
		return nil, Nak
	case s.configuration == 0 || address != In:
		return nil, Error
	case s.haltIn:
		return nil, Stall
	}
	switch s.state {
	case 1:
		d := s.data[:min(n, len(s.data))]
		s.data = s.data[len(d):]
		if s.want -= uint32(len(d)); len(d) < n || s.want == 0 {
			s.state = 3
			if s.StallShort && len(d) < n {
				s.haltIn = true
				return nil, Stall
			}
		}
		return d, Ack
	case 3:
		s.state = 0
		return s.status, Ack
	}
	return nil, Nak
}

// command takes a command wrapper.
func (s *Stick) command(b []byte) {
	s.tag, s.want, s.unit = binary.LittleEndian.Uint32(b[4:]), binary.LittleEndian.Uint32(b[8:]), b[13]
	in, cdb := b[12]&0x80 != 0, b[15:31]
	s.Commands[cdb[0]]++
	if s.Before != nil {
		s.Before(cdb[0])
	}
	data, sense, failed := s.run(cdb)
	status := make([]byte, 13)
	binary.LittleEndian.PutUint32(status, 0x53425355)
	binary.LittleEndian.PutUint32(status[4:], s.tag)
	if failed {
		data, status[12] = nil, 1
		if int(s.unit) < len(s.sense) {
			s.sense[s.unit] = sense
		}
	}
	if residue := int64(s.want) - int64(len(data)); residue > 0 {
		binary.LittleEndian.PutUint32(status[8:], uint32(residue))
	}
	if in && len(data) > int(s.want) {
		data = data[:s.want]
	}
	if s.Lie != nil {
		data, status = s.Lie(cdb[0], data, status)
	}
	s.data, s.status = data, status
	switch {
	case s.want == 0:
		s.state = 3
	case in:
		s.state = 1
	default:
		s.state = 2
		if failed && s.StallShort {
			s.state, s.haltOut = 3, true
		}
	}
}

// run does a command: data are what it sends, or where what it gets goes.
func (s *Stick) run(cdb []byte) (data []byte, sense Sense, failed bool) {
	if int(s.unit) >= len(s.Units) {
		return nil, Sense{5, 0x25, 0}, true
	}
	if s.Fail != nil && cdb[0] != 3 {
		if e, is := s.Fail(s.unit, cdb[0]); is {
			return nil, e, true
		}
	}
	disk, size := s.Units[s.unit], uint64(s.SectorSize)
	sectors := uint64(len(disk)) / size
	move := func(sector, count uint64) ([]byte, Sense, bool) {
		switch {
		case s.Empty:
			return nil, Sense{2, 0x3A, 0}, true
		case sector > sectors || count > sectors-sector:
			return nil, Sense{5, 0x21, 0}, true
		case cdb[0]&0xF == 0xA && s.ReadOnly:
			return nil, Sense{7, 0x27, 0}, true
		}
		return disk[sector*size : (sector+count)*size], Sense{}, false
	}
	switch cdb[0] {
	case 0x00:
		if s.Empty {
			return nil, Sense{2, 0x3A, 0}, true
		}
		return nil, Sense{}, false
	case 0x03:
		e := s.sense[s.unit]
		s.sense[s.unit] = Sense{}
		b := make([]byte, 18)
		b[0], b[2], b[7], b[12], b[13] = 0x70, e[0], 10, e[1], e[2]
		return b, Sense{}, false
	case 0x12:
		b := make([]byte, 36)
		b[1], b[4] = 0x80, 31
		copy(b[8:], "GoNT    Model stick     1.0 ")
		return b, Sense{}, false
	case 0x1A:
		b := []byte{15, 0, 0, 0, 8, 10, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0}
		if s.ReadOnly {
			b[2] = 0x80
		}
		if s.NoCache {
			b[6] = 0
		}
		return b, Sense{}, false
	case 0x25:
		if s.Empty {
			return nil, Sense{2, 0x3A, 0}, true
		}
		b := make([]byte, 8)
		binary.BigEndian.PutUint32(b, uint32(min(sectors-1, 0xFFFFFFFF)))
		binary.BigEndian.PutUint32(b[4:], s.SectorSize)
		return b, Sense{}, false
	case 0x9E:
		b := make([]byte, 32)
		binary.BigEndian.PutUint64(b, sectors-1)
		binary.BigEndian.PutUint32(b[8:], s.SectorSize)
		return b, Sense{}, false
	case 0x28, 0x2A:
		return move(uint64(binary.BigEndian.Uint32(cdb[2:])), uint64(binary.BigEndian.Uint16(cdb[7:])))
	case 0x88, 0x8A:
		return move(binary.BigEndian.Uint64(cdb[2:]), uint64(binary.BigEndian.Uint32(cdb[10:])))
	case 0x35:
		return nil, Sense{}, false
	}
	return nil, Sense{5, 0x20, 0}, true
}
