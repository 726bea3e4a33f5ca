package tuning

import (
	"encoding/binary"
	"testing"

	"gont/cm/control"
	"gont/ob"
	"gont/ps"
)

// with is a vector of defaults but for some numbers.
func with(t *testing.T, numbers map[control.ID]uint32) *control.Vector {
	t.Helper()
	v := control.Read(func(key, name string) (uint32, []byte, bool) {
		for id, n := range numbers {
			if e := control.Table[id]; e.Key == key && e.Name == name {
				return 4, binary.LittleEndian.AppendUint32(nil, n), true // REG_DWORD
			}
		}
		return 0, nil, false
	})
	if len(v.Problems) != 0 {
		t.Fatal(v.Problems)
	}
	return v
}

// TestUsers (P0.7): each setting of the table has a user, and no user is of a setting that
// is not there; a setting without user is an error.
func TestUsers(t *testing.T) {
	if err := Apply(with(t, nil)); err != nil || len(users) != len(control.Table) {
		t.Errorf("%d users of %d settings, %v", len(users), len(control.Table), err)
	}
	set := users[control.GlobalFlag]
	delete(users, control.GlobalFlag)
	defer func() { users[control.GlobalFlag] = set }()
	if err := Apply(with(t, nil)); err == nil {
		t.Error("a setting without user is none's fault")
	}
}

// TestEffects (P0.7): settings come to the variables of their components.
func TestEffects(t *testing.T) {
	defer Apply(with(t, nil))
	if err := Apply(with(t, map[control.ID]uint32{control.GlobalFlag: 0x2040, control.CSDVersion: 0x100, control.ObCaseInsensitive: 0})); err != nil {
		t.Fatal(err)
	}
	if ps.PebSettings.GlobalFlag != 0x2040 || ps.PebSettings.CSDVersion != 0x100 || ob.CaseInsensitive {
		t.Errorf("%+v, %v", ps.PebSettings, ob.CaseInsensitive)
	}
	if Apply(with(t, nil)); ps.PebSettings.GlobalFlag != 0 || !ob.CaseInsensitive {
		t.Errorf("defaults: %+v, %v", ps.PebSettings, ob.CaseInsensitive)
	}
}
