package stornvme

import (
	"encoding/binary"
	"fmt"
	"strings"

	"gont/io/storport"
)

// Commands at the admin queue (5).
const (
	adminCreateSubmission = 0x01
	adminCreateCompletion = 0x05
	adminIdentify         = 0x06
	adminSetFeatures      = 0x09
	adminDoorbellBuffers  = 0x7C

	identifyNamespace  = 0
	identifyController = 1
	identifyActive     = 2 // list of active namespaces

	featureQueues = 0x07
)

// ask gives the controller an admin command and waits for its end. Preconditions: nobody else
// uses the queue.
func (c *controller) ask(k command) (result uint32, err error) {
	q := c.admin
	c.sequence++
	k.id = c.sequence
	q.put(&k)
	c.r.Write32(q.submit, uint32(q.tail))
	var e completion
	over := c.wait(adminLimit, func() bool {
		for {
			var ok bool
			if e, ok = q.take(); !ok {
				return false
			}
			c.r.Write32(q.complete, q.index())
			if e.id == k.id && e.queue == 0 { // not one that came too late
				return true
			}
		}
	})
	switch {
	case !over && c.r.Read32(regStatus) == ^uint32(0):
		return 0, storport.ErrGone
	case !over:
		return 0, fmt.Errorf("%w to command %02Xh", storport.ErrNoAnswer, k.opcode)
	case e.status&statusMask != 0:
		return 0, fmt.Errorf("it refuses command %02Xh with status %03Xh", k.opcode, e.status&statusMask)
	}
	return e.result, nil
}

// identify reads a page of what the controller says of itself or of a namespace.
func (c *controller) identify(what, namespace uint32) ([]byte, error) {
	c.page.Clear(0, 4096)
	_, err := c.ask(command{opcode: adminIdentify, namespace: namespace, prp1: c.page.Address, cdw: [3]uint32{what}})
	return c.page.Bytes, err
}

// description is a controller by its IDENTIFY data (5.15.2.2).
type description struct {
	model, serial string
	most          uint32 // bytes of a transfer; 0: no limit
	namespaces    uint32
	cache         bool
	doorbells     bool // it knows doorbells in memory
}

func describe(b []byte) (d description) {
	clean := func(p []byte) string {
		s := strings.Map(func(r rune) rune {
			if r < ' ' || r > '~' {
				return ' '
			}
			return r
		}, string(p))
		return strings.Join(strings.Fields(s), " ")
	}
	d.serial, d.model = clean(b[4:24]), clean(b[24:64])
	if n := b[77]; n > 0 && n < 20 {
		d.most = 4096 << n
	}
	d.namespaces = binary.LittleEndian.Uint32(b[516:])
	d.cache = b[525]&1 != 0
	d.doorbells = b[257]&1 != 0
	return d
}

// format is a namespace by its IDENTIFY data (5.15.2.1): how many sectors of which size.
func format(b []byte) (sectors uint64, size uint32, err error) {
	sectors = binary.LittleEndian.Uint64(b)
	f := binary.LittleEndian.Uint32(b[128+4*(b[26]&15):])
	switch shift := f >> 16 & 0xFF; {
	case sectors == 0:
		return 0, 0, nil // not active
	case f&0xFFFF != 0:
		return 0, 0, fmt.Errorf("its sectors have %d bytes of metadata", f&0xFFFF)
	case shift < 9 || shift > 12:
		return 0, 0, fmt.Errorf("its sectors have 2^%d bytes", shift)
	case sectors > 1<<50:
		return 0, 0, fmt.Errorf("it has %d sectors", sectors)
	default:
		return sectors, 1 << shift, nil
	}
}

// namespaces lists what is active, at most mostUnits.
func (c *controller) namespaces(all uint32) (list []uint32) {
	if b, err := c.identify(identifyActive, 0); err == nil {
		for i := 0; i < 4096 && len(list) < mostUnits; i += 4 {
			n := binary.LittleEndian.Uint32(b[i:])
			if n == 0 {
				return list
			}
			list = append(list, n)
		}
		return list
	}
	for n := uint32(1); n <= all && len(list) < mostUnits; n++ { // before NVMe 1.1
		list = append(list, n)
	}
	return list
}
