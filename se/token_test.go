package se

import (
	"testing"
)

// TestSIDs have their written form (MS-DTYP 2.4.2.4).
func TestSIDs(t *testing.T) {
	for want, s := range map[string]SID{
		"S-1-5-18": LocalSystem, "S-1-5-32-544": Administrators, "S-1-1-0": World, "S-1-5-11": AuthenticatedUsers,
		"S-1-0":                          {},
		"S-1-281474976710655-4294967295": {[6]byte{255, 255, 255, 255, 255, 255}, []uint32{1<<32 - 1}},
		"S-1-5-21-1-2-3-500":             {[6]byte{5: 5}, []uint32{21, 1, 2, 3, 500}},
	} {
		if s.String() != want {
			t.Errorf("%v, want %s", s, want)
		}
		if !s.Equal(s) || s.Equal(SID{[6]byte{5: 9}, []uint32{18}}) {
			t.Errorf("%v is not equal to itself alone", s)
		}
	}
	if LocalSystem.Equal(Administrators) || World.Equal(SID{[6]byte{4: 1}, []uint32{0}}) {
		t.Error("different SIDs are equal")
	}
}

// TestSystemToken: SPEC P0.15: the type, and one token, that may nearly everything.
func TestSystemToken(t *testing.T) {
	k := NewSystemToken()
	if k.ID != 0x3E7 || !k.User.Equal(LocalSystem) || k.Source != "*SYSTEM*" {
		t.Errorf("token %+v", k)
	}
	groups := ""
	for _, g := range k.Groups {
		groups += g.String() + " "
	}
	if groups != "S-1-5-32-544 S-1-1-0 S-1-5-11 " {
		t.Errorf("groups %s", groups)
	}
	for p, want := range map[Privilege]bool{TcbPrivilege: true, DebugPrivilege: true, LockMemoryPrivilege: true, CreatePagefilePrivilege: true,
		LoadDriverPrivilege: false, ShutdownPrivilege: false, SystemtimePrivilege: false, TakeOwnershipPrivilege: false, 0: false, 99: false} {
		if k.Has(p) != want {
			t.Errorf("privilege %d: %v", p, !want)
		}
	}
	for _, p := range []Privilege{LoadDriverPrivilege, ShutdownPrivilege, BackupPrivilege} {
		if _, held := k.Privileges[p]; !held {
			t.Errorf("privilege %d is not held", p)
		}
	}
	// SeMachineAccountPrivilege (6) is for domain controllers' use only.
	if _, held := k.Privileges[6]; held {
		t.Error("the system holds SeMachineAccountPrivilege")
	}
	// The LUIDs are NT's.
	for p, want := range map[Privilege]Privilege{CreateTokenPrivilege: 2, IncreaseQuotaPrivilege: 5, TcbPrivilege: 7, SecurityPrivilege: 8,
		SystemtimePrivilege: 12, CreatePermanentPrivilege: 16, ShutdownPrivilege: 19, DebugPrivilege: 20} {
		if p != want {
			t.Errorf("privilege %d should be %d", p, want)
		}
	}
}
