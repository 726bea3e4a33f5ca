package svctest

import (
	"testing"
	"unsafe"

	"gont/nt"
	"gont/svc"
)

// table asks for a class whose answer is a table.
func table[T any](w *world, class uint64) (rows []T, b []byte) {
	const at, length = dataAt + 64, 0x8000
	if s := w.service(nt.SvcQuerySystemInformation, class, at, 8, dataAt); s != nt.StatusInfoLengthMismatch {
		w.t.Errorf("class %#x, 8 bytes: %v", class, s)
	}
	need := get[uint32](w, dataAt)
	if s := w.service(nt.SvcQuerySystemInformation, class, at, length, 0); !s.OK() || need > length {
		w.t.Fatalf("class %#x: %v, %d bytes", class, s, need)
	}
	b = make([]byte, need)
	if s := svc.CopyFrom(w.call.Thread, pointer(b), at, uint64(need)); !s.OK() {
		w.t.Fatal(s)
	}
	rows, ok := nt.ReadTable[T](b)
	if !ok {
		w.t.Fatalf("class %#x is no table", class)
	}
	return rows, b
}

// TestTables: the classes that are this system's own (K3, O, P0.7).
func TestTables(t *testing.T) {
	simulate(t, func(w *world) {
		steps, b := table[nt.BootStep](w, nt.SystemBootTraceClass)
		if len(steps) != 2 || steps[1].ID.In(b) != "P1.9" || steps[1].Start != 5 || steps[0].Duration != 2 || steps[1].Processor != 1 || steps[1].Status != nt.StatusNoMemory {
			t.Errorf("steps: %+v", steps)
		}
		opts, b := table[nt.BootOption](w, nt.SystemBootOptionsClass)
		if len(opts) != 3 || opts[0].Name.In(b) != "SOS" || opts[0].HasValue != 0 || opts[0].Note.In(b) == "" || opts[1].Value.In(b) != "2030" ||
			opts[1].HasValue != 1 || opts[2].Problem.In(b) != "unknown boot option FROB" {
			t.Errorf("options: %+v %q", opts, b)
		}
		rows, b := table[nt.ControlEntry](w, nt.SystemControlClass)
		if len(rows) == 0 || rows[0].Name.In(b) != `ProductOptions\ProductType` || rows[0].Value.In(b) == "" || rows[0].Given != 0 {
			t.Errorf("control vector: %+v %q", rows[:1], b[:200])
		}
		drivers, b := table[nt.DriverEntry](w, nt.SystemDriverListClass)
		if len(drivers) != 2 || drivers[0].Name.In(b) != "null" || drivers[0].Tag != 3 || drivers[0].HasTag != 1 || drivers[0].Loaded != 1 ||
			drivers[1].Loaded != 0 || drivers[1].Note.In(b) != "no room" || drivers[1].Result != nt.StatusNoMemory {
			t.Errorf("drivers: %+v", drivers)
		}
		devices, b := table[nt.DeviceEntry](w, nt.SystemDeviceTreeClass)
		if len(devices) != 4 || devices[0].Parent != nt.NoParent || devices[1].Parent != 0 || devices[2].Parent != 1 || devices[3].Parent != 0 ||
			devices[2].Instance.In(b) != "card" || devices[3].Problem.In(b) != "disabled" {
			t.Errorf("devices: %+v", devices)
		}
		claims, _ := table[nt.DeviceClaim](w, nt.SystemDeviceClaimsClass)
		if len(claims) != 1 || claims[0].Device != 2 || claims[0].Kind != nt.ClaimPort || claims[0].Start != 0x3F8 || claims[0].Length != 8 {
			t.Errorf("claims: %+v", claims)
		}
		lines, b := table[nt.InterruptEntry](w, nt.SystemInterruptClass)
		if len(lines) != 3 || lines[0].Owner.In(b) != "serial" || lines[0].Line != 4 || lines[0].Flags != nt.InterruptLevel || lines[0].Served != 4 ||
			lines[1].Line != nt.NoLine || lines[2].Kind.In(b) != "all" {
			t.Errorf("interrupts: %+v", lines)
		}
		disks, b := table[nt.DiskEntry](w, nt.SystemDiskListClass)
		if len(disks) != 1 || disks[0].Name.In(b) != "model" || disks[0].Driver.In(b) != "port" || disks[0].Partitions != 1 {
			t.Errorf("disks: %+v", disks)
		}
		parts, b := table[nt.PartitionEntry](w, nt.SystemPartitionClass)
		if len(parts) != 1 || parts[0].Disk != 1 || parts[0].Number != 2 || parts[0].Kind.In(b) != "0C FAT32" || parts[0].Device.In(b) != "v" {
			t.Errorf("partitions: %+v", parts)
		}
		for class, want := range map[uint64]nt.Status{nt.SystemTableLast: nt.StatusNotImplemented, nt.SystemTableLast + 1: nt.StatusInvalidInfoClass, 0xFFFFFFFF: nt.StatusInvalidInfoClass} {
			if s := w.service(nt.SvcQuerySystemInformation, class, dataAt, 0x1000, 0); s != want {
				t.Errorf("class %#x: %v", class, s)
			}
		}
		if s := w.service(nt.SvcQuerySystemInformation, nt.SystemBootTraceClass, readOnly, 0x1000, 0); s != nt.StatusAccessViolation {
			t.Errorf("an answer to a read-only page: %v", s)
		}
	})
}

// unicode puts a UNICODE_STRING at va.
func unicode(w *world, va uint64, text string) uint64 {
	for i, c := range text {
		put(w, va+16+2*uint64(i), uint16(c))
	}
	return put(w, va, nt.UnicodeString{Length: uint16(2 * len(text)), MaximumLength: uint16(2 * len(text)), Buffer: va + 16})
}

// TestEnvironment: a variable for the next start, and what is refused.
func TestEnvironment(t *testing.T) {
	simulate(t, func(w *world) {
		name, other, value := unicode(w, dataAt, nt.BootNextVariable), unicode(w, dataAt+0x100, "PATH"), unicode(w, dataAt+0x200, "2")
		for _, c := range []struct {
			name, value uint64
			want        nt.Status
		}{{name, value, nt.StatusSuccess}, {other, value, nt.StatusVariableNotFound}, {hole, value, nt.StatusAccessViolation}, {name, hole, nt.StatusAccessViolation}} {
			if s := w.service(nt.SvcSetSystemEnvironmentValue, c.name, c.value); s != c.want {
				t.Errorf("%#x, %#x: %v, want %v", c.name, c.value, s, c.want)
			}
		}
		if w.variables[nt.BootNextVariable] != "2" {
			t.Errorf("%v", w.variables)
		}
	})
}

// TestHardError: one option stops the system, others return, bad arguments do neither.
func TestHardError(t *testing.T) {
	simulate(t, func(w *world) {
		raise := func(count, parameters, option, response uint64) nt.Status {
			return w.service(nt.SvcRaiseHardError, uint64(nt.StatusNoMemory), count, 0, parameters, option, response)
		}
		for _, c := range []struct {
			count, parameters, option, response uint64
			want                                nt.Status
		}{
			{0, 0, nt.OptionOk, dataAt, nt.StatusSuccess}, {5, dataAt, nt.OptionOk, dataAt, nt.StatusSuccess},
			{6, dataAt, nt.OptionOk, dataAt, nt.StatusInvalidParameter2}, {0, 0, nt.OptionCancelTryContinue + 1, dataAt, nt.StatusInvalidParameter5},
			{1, 0, nt.OptionShutdownSystem, dataAt, nt.StatusAccessViolation}, {2, hole - 8, nt.OptionShutdownSystem, dataAt, nt.StatusAccessViolation},
			{0, 0, nt.OptionShutdownSystem, readOnly, nt.StatusAccessViolation},
		} {
			if s := raise(c.count, c.parameters, c.option, c.response); s != c.want {
				t.Errorf("%+v: %v", c, s)
			}
		}
		if len(w.crashed) != 0 {
			t.Error("the system was stopped")
		}
		if raise(0, 0, nt.OptionShutdownSystem, dataAt); len(w.crashed) != 1 || w.crashed[0] != nt.StatusNoMemory {
			t.Errorf("stopped: %v", w.crashed)
		}
	})
}

func pointer(b []byte) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(b)) }
