package order

// Started remembers which drivers have been started, for those that depend on them.
type Started struct{ drivers []*Driver }

// Add says that a driver has been started.
func (s *Started) Add(d *Driver) { s.drivers = append(s.drivers, d) }

// Missing returns what d depends on and has not been started, "" when there is nothing.
// It starts only if of each group that it names a driver has been, and each service.
func (s *Started) Missing(d *Driver) (name string, group bool) {
	for _, g := range d.DependOnGroup {
		if g != "" && !s.has(func(x *Driver) bool { return Same(x.Group, g) }) {
			return g, true
		}
	}
	for _, n := range d.DependOnService {
		if n != "" && !s.has(func(x *Driver) bool { return Same(x.Name, n) }) {
			return n, false
		}
	}
	return "", false
}

func (s *Started) has(is func(*Driver) bool) bool {
	for _, x := range s.drivers {
		if is(x) {
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
