// Package etw is event tracing (SPEC P1.49): providers, each with a GUID, write events into
// the sessions that have enabled them; a program starts, reads and stops sessions by a
// service.
//
// A session's buffer is a ring of nonpaged pool: when it is full, new events are counted as
// lost and the old ones stay until they are read.
//
// Locks: one for all, a leaf. IRQL: APC_LEVEL or below.
package etw

import (
	"encoding/binary"
	"slices"
	"strings"
	"sync/atomic"

	"gont/ke"
	"gont/mm"
	"gont/nt"
)

// Provider is a source of events.
type Provider struct {
	ID   nt.GUID
	Name string
	// Rundown writes into a session that has just enabled the provider what there is
	// already; nil for nothing.
	Rundown func(write func(event uint16, data []byte))

	enabled atomic.Int32 // sessions that have enabled it
}

// Limits.
const (
	MaximumSessions = 8
	MinimumBuffer   = 4 << 10 // bytes
	MaximumBuffer   = 1 << 20
	MaximumData     = 1024 // bytes of an event
	MaximumName     = 63   // characters
)

// Session is a logger.
type Session struct {
	name      string
	id        uint16
	buffer    []byte
	head      uint64 // bytes ever written; the ring has those from tail on
	tail      uint64
	lost      uint64
	written   uint64
	providers []*Provider
}

var (
	mu        ke.FastMutex
	providers []*Provider
	sessions  []*Session
	nextID    uint16
)

var tag = mm.Tag{'E', 't', 'w', 'B'}

// Reset forgets all providers and sessions. For phase 1 and tests.
func Reset() {
	mu.Lock()
	defer mu.Unlock()
	for _, s := range sessions {
		mm.FreePool(s.buffer, tag)
	}
	providers, sessions, nextID = nil, nil, 0
}

// Register adds a provider. STATUS_OBJECTID_EXISTS when its GUID is there already.
func Register(p *Provider) nt.Status {
	mu.Lock()
	defer mu.Unlock()
	for _, o := range providers {
		if o.ID == p.ID {
			return nt.StatusObjectIDExists
		}
	}
	providers = append(providers, p)
	return nt.StatusSuccess
}

// Providers lists what is registered.
func Providers() []*Provider {
	mu.Lock()
	defer mu.Unlock()
	return slices.Clone(providers)
}

// Start makes a session with a buffer of size bytes (rounded up to whole kilobytes) and
// returns its number. Names are compared as NT does. STATUS_OBJECT_NAME_COLLISION,
// STATUS_INSUFFICIENT_RESOURCES, STATUS_INVALID_PARAMETER.
func Start(name string, size uint32) (id uint16, s nt.Status) {
	if name == "" || len([]rune(name)) > MaximumName || size < MinimumBuffer || size > MaximumBuffer {
		return 0, nt.StatusInvalidParameter
	}
	mu.Lock()
	defer mu.Unlock()
	for _, o := range sessions {
		if strings.EqualFold(o.name, name) {
			return 0, nt.StatusObjectNameCollision
		}
	}
	if len(sessions) == MaximumSessions {
		return 0, nt.StatusInsufficientResources
	}
	b := mm.AllocatePool(mm.NonPagedPool, int(size+1023)&^1023, tag)
	if b == nil {
		return 0, nt.StatusInsufficientResources
	}
	nextID++
	sessions = append(sessions, &Session{name: name, id: nextID, buffer: b})
	return nextID, nt.StatusSuccess
}

// find returns the session of that number. mu is held.
func find(id uint16) *Session {
	for _, s := range sessions {
		if s.id == id {
			return s
		}
	}
	return nil
}

// Lookup returns the number of the session of that name, 0 for none.
func Lookup(name string) uint16 {
	mu.Lock()
	defer mu.Unlock()
	for _, s := range sessions {
		if strings.EqualFold(s.name, name) {
			return s.id
		}
	}
	return 0
}

// Stop ends a session; events that nobody has read are dropped. STATUS_WMI_INSTANCE_NOT_FOUND.
func Stop(id uint16) nt.Status {
	mu.Lock()
	defer mu.Unlock()
	s := find(id)
	if s == nil {
		return nt.StatusWmiInstanceNotFound
	}
	for _, p := range s.providers {
		p.enabled.Add(-1)
	}
	sessions = slices.DeleteFunc(sessions, func(o *Session) bool { return o == s })
	mm.FreePool(s.buffer, tag)
	return nt.StatusSuccess
}

// Enable lets a provider write into a session, after what it has already.
// STATUS_WMI_GUID_NOT_FOUND; a second time changes nothing.
func Enable(id uint16, provider nt.GUID) nt.Status {
	mu.Lock()
	s := find(id)
	if s == nil {
		mu.Unlock()
		return nt.StatusWmiInstanceNotFound
	}
	i := slices.IndexFunc(providers, func(p *Provider) bool { return p.ID == provider })
	if i < 0 {
		mu.Unlock()
		return nt.StatusWmiGuidNotFound
	}
	p := providers[i]
	if slices.Contains(s.providers, p) {
		mu.Unlock()
		return nt.StatusSuccess
	}
	s.providers = append(s.providers, p)
	p.enabled.Add(1)
	mu.Unlock()
	if p.Rundown != nil {
		p.Rundown(func(event uint16, data []byte) { write(p, event|nt.EventRundown, data, id) })
	}
	return nt.StatusSuccess
}

// Enabled reports whether anybody wants the provider's events: who has work to make one
// asks first.
func (p *Provider) Enabled() bool { return p.enabled.Load() != 0 }

// Write writes an event into all sessions that have enabled the provider. Data beyond
// MaximumData is cut off.
func (p *Provider) Write(event uint16, data []byte) {
	if p.Enabled() {
		write(p, event, data, 0)
	}
}

// write writes into one session, or into all (only 0) that have enabled p.
func write(p *Provider, event uint16, data []byte, only uint16) {
	data = data[:min(len(data), MaximumData)]
	h := nt.EventHeader{Size: uint16(nt.EventHeaderSize + len(data)), Event: event, Processor: uint16(ke.CurrentProcessor()), Time: ke.SystemTime()}
	mu.Lock()
	defer mu.Unlock()
	h.Provider = uint16(slices.Index(providers, p))
	for _, s := range sessions {
		if (only == 0 || s.id == only) && slices.Contains(s.providers, p) {
			s.put(h, data)
		}
	}
}

// put appends a record.
func (s *Session) put(h nt.EventHeader, data []byte) {
	if s.head-s.tail+uint64(h.Size) > uint64(len(s.buffer)) {
		s.lost++
		return
	}
	var b [nt.EventHeaderSize]byte
	le := binary.LittleEndian
	le.PutUint16(b[0:], h.Size)
	le.PutUint16(b[2:], h.Event)
	le.PutUint16(b[4:], h.Provider)
	le.PutUint16(b[6:], h.Processor)
	le.PutUint64(b[8:], h.Time)
	s.append(b[:])
	s.append(data)
	s.written++
}

func (s *Session) append(b []byte) {
	for len(b) > 0 {
		n := copy(s.buffer[s.head%uint64(len(s.buffer)):], b)
		s.head += uint64(n)
		b = b[n:]
	}
}

// Read takes whole records out of a session, as many as fit into most bytes.
// STATUS_BUFFER_TOO_SMALL when not even the first does, STATUS_NO_MORE_ENTRIES when there is
// none.
func Read(id uint16, most int) ([]byte, nt.Status) {
	mu.Lock()
	defer mu.Unlock()
	s := find(id)
	if s == nil {
		return nil, nt.StatusWmiInstanceNotFound
	}
	n := uint64(len(s.buffer))
	at := func(i uint64) uint64 { return uint64(s.buffer[i%n]) }
	var out []byte
	for s.tail < s.head {
		size := at(s.tail) | at(s.tail+1)<<8
		if len(out)+int(size) > most {
			if len(out) == 0 {
				return nil, nt.StatusBufferTooSmall
			}
			break
		}
		for i := range size {
			out = append(out, s.buffer[(s.tail+i)%n])
		}
		s.tail += size
	}
	if len(out) == 0 {
		return nil, nt.StatusNoMoreEntries
	}
	return out, nt.StatusSuccess
}

// Query says how a session is.
func Query(id uint16) (q nt.TraceSession, s nt.Status) {
	mu.Lock()
	defer mu.Unlock()
	x := find(id)
	if x == nil {
		return q, nt.StatusWmiInstanceNotFound
	}
	return nt.TraceSession{ID: uint32(id), BufferSize: uint32(len(x.buffer)), Waiting: uint32(x.head - x.tail), Providers: uint32(len(x.providers)),
		Written: x.written, Lost: x.lost}, nt.StatusSuccess
}
