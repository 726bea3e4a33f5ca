// Package rm is the part of the security reference monitor that has threads and objects
// (SPEC P1.16, P1.41): \Security, the queue of audit records, and the command thread that
// the security authority talks to. Package se has the rest, which is pure.
//
// Locks: the queue's and the sessions', leaves. IRQL: PASSIVE_LEVEL but where something
// else is said.
package rm

import (
	"encoding/binary"

	"gont/ex"
	"gont/ke"
	"gont/lpc"
	"gont/nt"
	"gont/ob"
	"gont/ps"
	"gont/se"
)

// LsaInitialized is \Security\LSA_AUTHENTICATION_INITIALIZED, which the security authority
// sets when others can log on.
var LsaInitialized *ke.Event

// InitSystem1 is SeInitSystem in phase 1 (SPEC P1.16): the directory \Security, the event
// of the security authority, and auditing, which is off until somebody sets a policy.
func InitSystem1() nt.Status {
	if _, s := ob.CreateDirectory(`\Security`); !s.OK() {
		return s
	}
	LsaInitialized = ke.NewEvent(nt.NotificationEvent, false)
	o := ob.New(ex.EventType, LsaInitialized)
	defer o.Dereference()
	if s := ob.Insert(nil, o, `\Security\LSA_AUTHENTICATION_INITIALIZED`, true, true); !s.OK() {
		return s
	}
	audit.mu.Lock()
	audit.policy, audit.queue, audit.dropped = [Categories]uint8{}, nil, 0
	audit.mu.Unlock()
	sessions.mu.Lock()
	sessions.list = map[uint64]int{se.SystemLuid: 1}
	sessions.mu.Unlock()
	return nt.StatusSuccess
}

// Commands of the security authority (RM_COMMAND_MESSAGE): a number, four bytes, little
// endian, and its data.
const (
	CommandSetAudit      = 1 // a byte for each category
	CommandCreateSession = 2 // a logon session's LUID, eight bytes
	CommandDeleteSession = 3
)

// CommandPort is \SeRmCommandPort.
var CommandPort *lpc.Port

// commandPriority is NT's for this thread.
const commandPriority = ke.LowRealtime + 1

// InitPhase1 is SeRmInitPhase1 (SPEC P1.41): the port, the thread that serves it, and a
// look whether the thread answers.
func InitPhase1() nt.Status {
	o, s := lpc.CreatePort(`\SeRmCommandPort`)
	if !s.OK() {
		return s
	}
	CommandPort = o.Body.(*lpc.Port)
	ke.StartThread(ps.CreateSystemThread("SepRmCommandServerThread", commandPriority, func(*ps.Thread) { serve() }).Thread)
	// An unknown command has an answer, too.
	limit := int64(-10 * 10_000_000)
	if _, s := CommandPort.Request(make([]byte, 4), ke.KernelMode, &limit); s != nt.StatusInvalidParameter {
		return nt.StatusUnsuccessful
	}
	return nt.StatusSuccess
}

func serve() {
	for m := CommandPort.Receive(); m != nil; m = CommandPort.Receive() {
		m.Reply(nil, command(m.Data))
	}
}

// command does what a message asks for.
func command(b []byte) nt.Status {
	if len(b) < 4 {
		return nt.StatusInvalidParameter
	}
	data := b[4:]
	switch n := binary.LittleEndian.Uint32(b); {
	case n == CommandSetAudit:
		return SetAuditPolicy(data)
	case n == CommandCreateSession && len(data) == 8:
		return createSession(binary.LittleEndian.Uint64(data))
	case n == CommandDeleteSession && len(data) == 8:
		return deleteSession(binary.LittleEndian.Uint64(data))
	}
	return nt.StatusInvalidParameter
}

// sessions are the logon sessions there are, by LUID, with the number of tokens and others
// that refer to each.
var sessions struct {
	mu   ke.FastMutex
	list map[uint64]int
}

// maximumSessions bounds what the security authority may make.
const maximumSessions = 4096

func createSession(luid uint64) nt.Status {
	sessions.mu.Lock()
	defer sessions.mu.Unlock()
	if _, there := sessions.list[luid]; there {
		return nt.StatusLogonSessionExists
	}
	if len(sessions.list) == maximumSessions {
		return nt.StatusInsufficientResources
	}
	sessions.list[luid] = 0
	return nt.StatusSuccess
}

func deleteSession(luid uint64) nt.Status {
	sessions.mu.Lock()
	defer sessions.mu.Unlock()
	n, there := sessions.list[luid]
	if !there {
		return nt.StatusNoSuchLogonSession
	}
	if n > 0 {
		return nt.StatusBadLogonSessionState
	}
	delete(sessions.list, luid)
	return nt.StatusSuccess
}
