package order

// MissingService returns the first service that a driver depends on and that has not
// been started; "" when there is none. started are the names of those that have been.
func MissingService(d *Driver, started []string) string {
	for _, n := range d.DependOnService {
		if n != "" && find(started, n) < 0 {
			return n
		}
	}
	return ""
}

// Safe reports whether a driver starts in safe mode: list has the names of the subkeys
// of Control\SafeBoot\Minimal or Network. Its group may be listed, its key, or the name
// of its file.
func Safe(d *Driver, file string, list []string) bool {
	for i := len(file) - 1; i >= 0; i-- {
		if file[i] == '\\' {
			file = file[i+1:]
			break
		}
	}
	for _, n := range list {
		if n != "" && (Equal(n, d.Group) || Equal(n, d.Name) || Equal(n, file)) {
			return true
		}
	}
	return false
}

// Action is what follows when a driver has failed (SPEC I6).
type Action int

const (
	Ignore  Action = iota // nothing
	Warn                  // log it, say it on the screen, go on
	GoOn                  // the same, where a restart with LastKnownGood would help if it were not this one
	Restart               // log it, restart with LastKnownGood
	Stop                  // log it, stop: LastKnownGood has failed
)

// Failed says what follows from ErrorControl when a driver has failed, and whether this
// is LastKnownGood already. A value that is none is 1.
func Failed(errorControl uint32, lastKnownGood bool) Action {
	switch {
	case errorControl == 0:
		return Ignore
	case errorControl == 2 && lastKnownGood:
		return GoOn
	case errorControl == 3 && lastKnownGood:
		return Stop
	case errorControl == 2 || errorControl == 3:
		return Restart
	}
	return Warn
}
