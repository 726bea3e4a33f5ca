package mm

import "strings"

// Driver verifier settings (SPEC P0.9), of Control\Session Manager\Memory Management.

// What VerifyDriverLevel asks for.
const (
	VerifySpecialPool = 1 << 0 // blocks in special pool
	VerifyIrql        = 1 << 1 // IRQL at the return of a driver's routines
	VerifyPool        = 1 << 3 // what a driver has not freed when it is unloaded
	VerifyIo          = 1 << 4 // IRPs
	// VerifyAll is what this system does something for.
	VerifyAll = VerifySpecialPool | VerifyIrql | VerifyPool | VerifyIo
)

// Verifier says which drivers are verified, and how.
type Verifier struct {
	Level   uint32
	All     bool     // VerifyDrivers is "*"
	Drivers []string // file names in lower case, ".sys" included, each once
}

// Verified is what the kernel's start has decided (P0.9).
var Verified Verifier

// NewVerifier reads the settings. drivers is VerifyDrivers: file names with blanks between
// them, or "*"; level is VerifyDriverLevel, 0 for special pool where drivers are named; random
// is how many of loaded, the drivers that OSLDR has loaded, are chosen by chance. In safe
// mode nothing is verified. problems has a sentence for what is ignored.
func NewVerifier(drivers string, level uint32, random int, loaded []string, chance func(n int) int, safeMode bool) (v Verifier, problems []string) {
	names := strings.Fields(strings.ToLower(drivers))
	if len(names) == 0 && random == 0 {
		return v, nil
	}
	if safeMode {
		return v, []string{"the driver verifier is off in safe mode"}
	}
	if other := level &^ VerifyAll; other != 0 {
		problems = append(problems, "VerifyDriverLevel asks for checks that there are not; they are left out")
	}
	if v.Level = level & VerifyAll; level == 0 {
		v.Level = VerifySpecialPool
	}
	for _, n := range names {
		if n == "*" {
			v.All = true
			continue
		}
		v.add(n)
	}
	if v.All {
		v.Drivers = nil
		return v, problems
	}
	left := make([]string, 0, len(loaded))
	for _, l := range loaded {
		if !v.Watches(l) {
			left = append(left, l)
		}
	}
	for ; random > 0 && len(left) > 0; random-- {
		i := chance(len(left))
		v.add(strings.ToLower(left[i]))
		left = append(left[:i], left[i+1:]...)
	}
	return v, problems
}

func (v *Verifier) add(name string) {
	if !strings.Contains(name, ".") {
		name += ".sys"
	}
	if !v.Watches(name) {
		v.Drivers = append(v.Drivers, name)
	}
}

// Watches reports whether the driver of that file is verified. Case does not matter, nor
// whether ".sys" is there.
func (v *Verifier) Watches(file string) bool {
	if v.All {
		return true
	}
	if !strings.Contains(file, ".") {
		file += ".sys"
	}
	for _, d := range v.Drivers {
		if strings.EqualFold(d, file) {
			return true
		}
	}
	return false
}

// String is for people: what is verified, and how; "" for nothing.
func (v *Verifier) String() string {
	if !v.All && len(v.Drivers) == 0 {
		return ""
	}
	s := "all drivers"
	if !v.All {
		s = strings.Join(v.Drivers, ", ")
	}
	for i, name := range []string{"special pool", "IRQL", "", "pool", "I/O"} {
		if v.Level&(1<<i) != 0 && name != "" {
			s += ", " + name
		}
	}
	return s
}

// SetVerifier puts settings in force: with special pool and all drivers, every block of pool
// is verified; with some, those whose tags are the drivers' names (DriverTag). Precondition:
// phase 0, nothing has been allocated.
func SetVerifier(v Verifier) {
	Verified = v
	if v.Level&VerifySpecialPool == 0 {
		return
	}
	if v.All {
		verifier.Store(true)
	}
	for _, d := range v.Drivers {
		tuning.specialTags = append(tuning.specialTags, DriverTag(d))
	}
}

// DriverTag is the tag of a driver's pool blocks: the first four letters of its name, the
// first one a capital, blanks behind a shorter one.
func DriverTag(name string) Tag {
	t := Tag{' ', ' ', ' ', ' '}
	name, _, _ = strings.Cut(strings.ToLower(name), ".")
	copy(t[:], name)
	if 'a' <= t[0] && t[0] <= 'z' {
		t[0] -= 'a' - 'A'
	}
	return t
}
