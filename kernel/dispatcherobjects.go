//go:build kernel

package main

import (
	"gont/ex"
	"gont/hal"
	"gont/ke"
	"gont/nt"
	"gont/ob"
	"gont/ps"
)

// ntCreateMutant(*handle, access, attributes, initialOwner)
func ntCreateMutant(t *ps.Thread, c *hal.Context) nt.Status {
	return createObject(t, c, ob.New(ex.MutantType, ke.NewMutant(c.R9&0xFF != 0)))
}

func ntReleaseMutant(t *ps.Thread, c *hal.Context) nt.Status {
	o, m, s := body[*ke.Mutant](t, c.R10, 0, ex.MutantType)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	if s := probeOptional(t, c.Rdx, 4); !s.OK() {
		return s
	}
	old, s := m.Release() // STATUS_ABANDONED has released nothing
	if s == nt.StatusSuccess && c.Rdx != 0 {
		return put(t, c.Rdx, &old)
	}
	return s
}

func ntQueryMutant(t *ps.Thread, c *hal.Context) nt.Status {
	o, m, s := body[*ke.Mutant](t, c.R10, nt.MutantQuery, ex.MutantType)
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
	return query(t, c, &v)
}

// ntCreateSemaphore(*handle, access, attributes, count, limit)
func ntCreateSemaphore(t *ps.Thread, c *hal.Context) nt.Status {
	limit, s := argument(t, c, 5)
	if !s.OK() {
		return s
	}
	n, l := int32(c.R9), int32(limit)
	if l <= 0 || n < 0 || n > l {
		return nt.StatusInvalidParameter
	}
	return createObject(t, c, ob.New(ex.SemaphoreType, ke.NewSemaphore(n, l)))
}

// ntReleaseSemaphore(handle, count, *previous)
func ntReleaseSemaphore(t *ps.Thread, c *hal.Context) nt.Status {
	if int32(c.Rdx) <= 0 {
		return nt.StatusInvalidParameter
	}
	o, m, s := body[*ke.Semaphore](t, c.R10, nt.SemaphoreModify, ex.SemaphoreType)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	if s := probeOptional(t, c.R8, 4); !s.OK() {
		return s
	}
	old, s := m.Release(int32(c.Rdx))
	if s.OK() && c.R8 != 0 {
		return put(t, c.R8, &old)
	}
	return s
}

func ntQuerySemaphore(t *ps.Thread, c *hal.Context) nt.Status {
	o, m, s := body[*ke.Semaphore](t, c.R10, nt.SemaphoreQuery, ex.SemaphoreType)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	n, l := m.Read()
	return query(t, c, &struct{ Current, Maximum int32 }{n, l})
}
