package nt

// Context is CONTEXT of x64, with NT's layout (WDK, winnt.h).
type Context struct {
	P1Home, P2Home, P3Home, P4Home, P5Home, P6Home uint64

	ContextFlags uint32
	MxCsr        uint32

	SegCs, SegDs, SegEs, SegFs, SegGs, SegSs uint16

	EFlags                       uint32
	Dr0, Dr1, Dr2, Dr3, Dr6, Dr7 uint64

	Rax, Rcx, Rdx, Rbx, Rsp, Rbp, Rsi, Rdi uint64
	R8, R9, R10, R11, R12, R13, R14, R15   uint64
	Rip                                    uint64

	FltSave        [512]byte // XMM_SAVE_AREA32: what FXSAVE stores
	VectorRegister [26 * 16]byte

	VectorControl, DebugControl              uint64
	LastBranchToRip, LastBranchFromRip       uint64
	LastExceptionToRip, LastExceptionFromRip uint64
}

// ContextFlags: which parts of a context are meant.
const (
	ContextAMD64          = 0x100000
	ContextControl        = ContextAMD64 | 1 // SegSs, Rsp, SegCs, Rip, EFlags
	ContextInteger        = ContextAMD64 | 2 // the other general registers
	ContextSegments       = ContextAMD64 | 4
	ContextFloatingPoint  = ContextAMD64 | 8 // FltSave, MxCsr
	ContextDebugRegisters = ContextAMD64 | 16
	ContextFull           = ContextControl | ContextInteger | ContextFloatingPoint
	ContextAll            = ContextFull | ContextSegments | ContextDebugRegisters
)

// Offsets in Context of what assembly needs.
const (
	ContextRspAt = 0x98
	ContextRbpAt = 0xA0
	ContextR14At = 0xE8
	ContextRipAt = 0xF8
)
