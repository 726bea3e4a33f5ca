package executive

import (
	"gont/ex"
	"gont/ke"
	"gont/nt"
	"gont/ob"
	"gont/svc"
)

// NtCreateMutant(*handle, access, attributes, initialOwner)
func NtCreateMutant(c *svc.Call) nt.Status {
	return svc.CreateObject(c, ob.New(ex.MutantType, ke.NewMutant(c.Bool(4))))
}

func NtReleaseMutant(c *svc.Call) nt.Status {
	t := c.Thread
	o, m, s := svc.Body[*ke.Mutant](t, c.Arg(1), 0, ex.MutantType)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	if s := svc.ProbeOptional(t, c.Arg(2), 4); !s.OK() {
		return s
	}
	old, s := m.Release() // STATUS_ABANDONED has released nothing
	if s == nt.StatusSuccess && c.Arg(2) != 0 {
		return svc.Put(t, c.Arg(2), &old)
	}
	return s
}

func NtQueryMutant(c *svc.Call) nt.Status {
	t := c.Thread
	o, m, s := svc.Body[*ke.Mutant](t, c.Arg(1), nt.MutantQuery, ex.MutantType)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	state, mine, abandoned := m.Read()
	v := struct {
		CurrentCount             int32
		OwnedByCaller, Abandoned bool
		_                        [2]byte
	}{CurrentCount: state, OwnedByCaller: mine, Abandoned: abandoned}
	return svc.Query(c, &v)
}

// NtCreateSemaphore(*handle, access, attributes, count, limit)
func NtCreateSemaphore(c *svc.Call) nt.Status {
	limit := c.Arg(5)
	n, l := c.Int32(4), int32(limit)
	if l <= 0 || n < 0 || n > l {
		return nt.StatusInvalidParameter
	}
	return svc.CreateObject(c, ob.New(ex.SemaphoreType, ke.NewSemaphore(n, l)))
}

// NtReleaseSemaphore(handle, count, *previous)
func NtReleaseSemaphore(c *svc.Call) nt.Status {
	t := c.Thread
	if c.Int32(2) <= 0 {
		return nt.StatusInvalidParameter
	}
	o, m, s := svc.Body[*ke.Semaphore](t, c.Arg(1), nt.SemaphoreModify, ex.SemaphoreType)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	if s := svc.ProbeOptional(t, c.Arg(3), 4); !s.OK() {
		return s
	}
	old, s := m.Release(c.Int32(2))
	if s.OK() && c.Arg(3) != 0 {
		return svc.Put(t, c.Arg(3), &old)
	}
	return s
}

func NtQuerySemaphore(c *svc.Call) nt.Status {
	t := c.Thread
	o, m, s := svc.Body[*ke.Semaphore](t, c.Arg(1), nt.SemaphoreQuery, ex.SemaphoreType)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	n, l := m.Read()
	return svc.Query(c, &struct{ Current, Maximum int32 }{n, l})
}
