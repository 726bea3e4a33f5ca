// Package se is the pure part of the security reference monitor: SIDs, privileges, and
// what is in a token. Token objects are ps's.
package se

import (
	"strconv"
)

// SID is a security identifier (MS-DTYP 2.4.2).
type SID struct {
	Authority    [6]byte
	SubAuthority []uint32
}

// String gives the S-1-... form.
func (s SID) String() string {
	a := uint64(0)
	for _, b := range s.Authority {
		a = a<<8 | uint64(b)
	}
	r := "S-1-" + strconv.FormatUint(a, 10)
	for _, v := range s.SubAuthority {
		r += "-" + strconv.FormatUint(uint64(v), 10)
	}
	return r
}

// Equal compares two SIDs.
func (s SID) Equal(o SID) bool { return s.String() == o.String() }

// Well-known SIDs (MS-DTYP 2.4.2.4).
var (
	LocalSystem        = SID{[6]byte{5: 5}, []uint32{18}}
	Administrators     = SID{[6]byte{5: 5}, []uint32{32, 544}}
	World              = SID{[6]byte{5: 1}, []uint32{0}}
	AuthenticatedUsers = SID{[6]byte{5: 5}, []uint32{11}}
)

// Privilege is a privilege's LUID.
type Privilege uint32

// The privileges that NT gives the system account.
const (
	CreateTokenPrivilege Privilege = iota + 2
	AssignPrimaryTokenPrivilege
	LockMemoryPrivilege
	IncreaseQuotaPrivilege
	machineAccountPrivilege // domain controllers give it to users; the system does not hold it
	TcbPrivilege
	SecurityPrivilege
	TakeOwnershipPrivilege
	LoadDriverPrivilege
	SystemProfilePrivilege
	SystemtimePrivilege
	ProfileSingleProcessPrivilege
	IncreaseBasePriorityPrivilege
	CreatePagefilePrivilege
	CreatePermanentPrivilege
	BackupPrivilege
	RestorePrivilege
	ShutdownPrivilege
	DebugPrivilege
	AuditPrivilege
	SystemEnvironmentPrivilege
)

// Token is TOKEN: who a process acts for.
type Token struct {
	ID         uint64 // LUID
	User       SID
	Groups     []SID
	Privileges map[Privilege]bool // present: held; true: enabled
	Source     string
}

// SystemLuid is SYSTEM_LUID, the identifier of the SYSTEM token.
const SystemLuid = 0x3E7

// NewSystemToken makes the token of the local system account, with the privileges
// that NT gives it.
func NewSystemToken() *Token {
	t := &Token{ID: SystemLuid, User: LocalSystem, Groups: []SID{Administrators, World, AuthenticatedUsers},
		Privileges: map[Privilege]bool{}, Source: "*SYSTEM*"}
	for p := CreateTokenPrivilege; p <= SystemEnvironmentPrivilege; p++ {
		if p == machineAccountPrivilege {
			continue
		}
		t.Privileges[p] = p != CreateTokenPrivilege && p != AssignPrimaryTokenPrivilege && p != TakeOwnershipPrivilege &&
			p != LoadDriverPrivilege && p != BackupPrivilege && p != RestorePrivilege && p != ShutdownPrivilege && p != SystemtimePrivilege && p != SystemEnvironmentPrivilege
	}
	return t
}

// Has reports whether the token holds a privilege, enabled.
func (t *Token) Has(p Privilege) bool { return t.Privileges[p] }

// Holds reports whether the token holds a privilege, enabled or not.
func (t *Token) Holds(p Privilege) bool { _, ok := t.Privileges[p]; return ok }
