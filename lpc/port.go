package lpc

import (
	"gont/ke"
	"gont/nt"
	"gont/ob"
)

// Limits of a port: bytes of a message (NT's LPC_MAX_MESSAGE_LENGTH on 64 bits is about
// as much), and messages that wait for the server.
const (
	MaximumMessage = 512
	MaximumQueue   = 64
)

// Port is a server's port. As a dispatcher object it is signalled while messages wait.
type Port struct {
	*ke.Semaphore // counts the messages
	mu            ke.FastMutex
	messages      []*Message
	ended         bool
}

// Message is a request on its way.
type Message struct {
	Data   []byte
	answer []byte
	status nt.Status
	done   *ke.Event
}

// CreatePort makes a permanent port of that name. The caller has a reference to the object.
// Statuses of ob.Insert.
func CreatePort(name string) (*ob.Object, nt.Status) {
	o := ob.New(WaitablePortType, NewPort())
	if s := ob.Insert(nil, o, name, true, true); !s.OK() {
		o.Dereference()
		return nil, s
	}
	return o, nt.StatusSuccess
}

// NewPort makes a port without an object.
func NewPort() *Port { return &Port{Semaphore: ke.NewSemaphore(0, MaximumQueue)} }

// Request sends a message and waits for the answer, at most until timeout (as for
// ke.WaitForSingleObject; nil: without end). Besides that wait's statuses it returns the
// server's, STATUS_PORT_MESSAGE_TOO_LONG, STATUS_INSUFFICIENT_RESOURCES when too many wait,
// STATUS_PORT_DISCONNECTED when the port is at its end. PASSIVE_LEVEL.
func (p *Port) Request(data []byte, mode ke.Mode, timeout *int64) ([]byte, nt.Status) {
	if len(data) > MaximumMessage {
		return nil, nt.StatusPortMessageTooLong
	}
	m := &Message{Data: append([]byte(nil), data...), done: ke.NewEvent(nt.NotificationEvent, false)}
	p.mu.Lock()
	switch {
	case p.ended:
		p.mu.Unlock()
		return nil, nt.StatusPortDisconnected
	case len(p.messages) == MaximumQueue:
		p.mu.Unlock()
		return nil, nt.StatusInsufficientResources
	}
	p.messages = append(p.messages, m)
	p.mu.Unlock()
	p.Release(1)
	s := ke.WaitForSingleObject(m.done, mode, false, timeout)
	if s == nt.StatusSuccess {
		return m.answer, m.status
	}
	p.mu.Lock() // one that the server has not seen is taken back
	for i, x := range p.messages {
		if x == m {
			p.messages = append(p.messages[:i], p.messages[i+1:]...)
			break
		}
	}
	p.mu.Unlock()
	return nil, s
}

// Receive waits for the next message; nil when the port is at its end. PASSIVE_LEVEL.
func (p *Port) Receive() *Message {
	for {
		ke.WaitForSingleObject(p.Semaphore, ke.KernelMode, false, nil)
		p.mu.Lock()
		var m *Message
		if len(p.messages) > 0 {
			m, p.messages = p.messages[0], p.messages[1:]
		}
		ended := p.ended
		p.mu.Unlock()
		if m != nil || ended {
			return m
		} // else its sender has taken it back
	}
}

// Reply answers a message, once.
func (m *Message) Reply(answer []byte, s nt.Status) {
	m.answer, m.status = answer, s
	m.done.Set()
}

// End is the port's end: those who wait for an answer get STATUS_PORT_DISCONNECTED, the
// server nil.
func (p *Port) End() {
	p.mu.Lock()
	waiting := p.messages
	p.messages, p.ended = nil, true
	p.mu.Unlock()
	for _, m := range waiting {
		m.Reply(nil, nt.StatusPortDisconnected)
	}
	p.Release(1)
}
