// Package lpc has the ports of local procedure calls (SPEC P1.30): the object types, and
// ports that kernel threads serve. Ports of programs are not there yet.
//
// Locks: a port's own, a leaf. IRQL: PASSIVE_LEVEL to wait, APC_LEVEL or below otherwise.
package lpc

import (
	"gont/nt"
	"gont/ob"
)

// The port types. NT's LPC types of today are the ALPC one and the waitable one; their
// old names in \ObjectTypes lead there.
var (
	PortType         *ob.Type // "ALPC Port"
	WaitablePortType *ob.Type
)

// Rights to a port (PORT_CONNECT, PORT_ALL_ACCESS).
const (
	PortConnect   nt.AccessMask = 1
	PortAllAccess               = nt.StandardAll&^nt.Synchronize | PortConnect
)

// InitSystem is LpcInitSystem (SPEC P1.30): both port types, and the alias \ObjectTypes\Port.
func InitSystem() nt.Status {
	const read = nt.ReadControl
	t := ob.Type{Name: "ALPC Port", Valid: PortAllAccess, Generic: [4]nt.AccessMask{read | PortConnect, PortConnect, 0, PortAllAccess}, Delete: deletePort}
	var s nt.Status
	if PortType, s = ob.CreateType(t); !s.OK() {
		return s
	}
	t.Name, t.Waitable = "WaitablePort", true
	t.Valid |= nt.Synchronize
	t.Generic[2], t.Generic[3] = nt.Synchronize, t.Valid
	if WaitablePortType, s = ob.CreateType(t); !s.OK() {
		return s
	}
	return ob.CreateSymbolicLink(`\ObjectTypes\Port`, `\ObjectTypes\`+PortType.Name)
}

func deletePort(o *ob.Object) { o.Body.(*Port).End() }
