package ps

import (
	"gont/nt"
	"gont/ob"
)

// DebugObjectType is the type of the objects over which one process debugs another (SPEC
// P0.17). There is none yet: the services that make them come with user-mode debugging.
var DebugObjectType *ob.Type

// Rights to a debug object (ntdbg.h).
const (
	DebugReadEvent        = 1
	DebugProcessAssign    = 2
	DebugSetInformation   = 4
	DebugQueryInformation = 8
	debugAll              = nt.StandardAll | 0xF
)

// InitDebugging is DbgkInitialize.
func InitDebugging() (s nt.Status) {
	DebugObjectType, s = ob.CreateType(ob.Type{Name: "DebugObject", Valid: debugAll, Generic: [4]nt.AccessMask{
		nt.ReadControl | DebugReadEvent, nt.ReadControl | DebugProcessAssign, nt.ReadControl | nt.Synchronize, debugAll}})
	return s
}
