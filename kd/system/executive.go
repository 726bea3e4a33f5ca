package system

import (
	"fmt"
	"io"
	"runtime"
	"slices"

	"gont/cm"
	"gont/cm/regf"
	"gont/ke"
	"gont/mm"
	"gont/ob"
	"gont/ps"
	"gont/se"
)

// locks tells of the executive's locks that whole components share. Those of single objects
// are in the objects: dt shows them.
func locks(w io.Writer, _ Context, _ string) {
	n, held := 0, 0
	show := func(name string, is bool) {
		if n++; is {
			held++
			fmt.Fprintf(w, "  %s: held\n", name)
		}
	}
	show("ke: the dispatcher", ke.DispatcherLocked())
	ob.DebugLocks(show)
	mm.DebugLocks(show)
	cm.DebugLocks(show)
	fmt.Fprintf(w, "%d of %d locks are held\n", held, n)
}

func token(w io.Writer, c Context, args string) {
	p := current(w, c, args)
	if p == nil {
		return
	}
	var t *se.Token
	if p.Token != nil {
		t, _ = p.Token.Body.(*se.Token)
	}
	if t == nil {
		fmt.Fprintf(w, "%s has no token\n", p.Name)
		return
	}
	fmt.Fprintf(w, "TOKEN of %s: id %x, source %s\n  user  %v\n", p.Name, t.ID, t.Source, t.User)
	for _, g := range t.Groups {
		fmt.Fprintf(w, "  group %v\n", g)
	}
	list := make([]se.Privilege, 0, len(t.Privileges))
	for v := range t.Privileges {
		list = append(list, v)
	}
	slices.Sort(list)
	for _, v := range list {
		state := "disabled"
		if t.Privileges[v] {
			state = "enabled"
		}
		fmt.Fprintf(w, "  privilege %d %s\n", v, state)
	}
}

func poolUsed(w io.Writer, _ Context, _ string) {
	var sum [2]uint64
	for _, c := range mm.DebugPoolTags() {
		fmt.Fprintf(w, "  %-4s", string(c.Tag[:]))
		for i, name := range []string{"nonpaged", "paged"} {
			p := c.Pools[i]
			sum[i] += p.Used
			fmt.Fprintf(w, "  %s: %6d blocks %8d bytes", name, p.Allocs-p.Frees, p.Used)
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintf(w, "nonpaged pool %d bytes, paged pool %d bytes\n", sum[0], sum[1])
}

// codeName names code by the runtime's tables.
func codeName(pc uintptr) string {
	if f := runtime.FuncForPC(pc); f != nil {
		return f.Name()
	}
	return fmt.Sprintf("%x", pc)
}

func timers(w io.Writer, _ Context, _ string) {
	seen := 0
	line := func(now uint64, t ke.DebugTimer) {
		fmt.Fprintf(w, "  %p  in %8d ms", t.Timer, (int64(t.Due)-int64(now))/10000)
		if t.Period != 0 {
			fmt.Fprintf(w, "  every %d ms", t.Period/10000)
		}
		if t.Dpc != 0 {
			fmt.Fprintf(w, "  DPC %s", codeName(t.Dpc))
		}
		if t.Waiter != nil {
			id := uint64(0)
			if p, _ := t.Waiter.Owner.(*ps.Thread); p != nil {
				id = p.ID
			}
			fmt.Fprintf(w, "  wait of thread %x %s", id, t.Waiter.Name)
		}
		fmt.Fprintln(w)
	}
	now, count := ke.DebugTimers(func(ke.DebugTimer) bool { return false })
	ke.DebugTimers(func(t ke.DebugTimer) bool {
		seen++
		line(now, t)
		return true
	})
	fmt.Fprintf(w, "%d timers are set", seen)
	if seen != count {
		fmt.Fprintf(w, "; the table says %d", count)
	}
	fmt.Fprintln(w)
}

func dpcs(w io.Writer, _ Context, _ string) {
	for n := range ke.MaximumProcessors {
		if ke.RunningThread(n) == nil {
			continue
		}
		count, active, waiting := ke.DebugDpcs(n)
		fmt.Fprintf(w, "  processor %d: %d have run", n, count)
		if active {
			fmt.Fprint(w, ", one runs")
		}
		fmt.Fprintf(w, ", %d wait\n", len(waiting))
		for _, pc := range waiting {
			fmt.Fprintf(w, "    %s\n", codeName(pc))
		}
	}
}

// mostListed is how many subkeys, and how many values, are shown.
const mostListed = 200

func registry(w io.Writer, _ Context, path string) {
	if path == "" {
		path = `\Registry`
	}
	subkeys, values, ok := cm.DebugKey(path, mostListed)
	if !ok {
		fmt.Fprintf(w, "there is no key %s\n", path)
		return
	}
	for _, v := range values {
		fmt.Fprintf(w, "  %-24s %s\n", v.Name, valueText(v))
	}
	for _, k := range subkeys {
		fmt.Fprintf(w, "  [%s]\n", k)
	}
	fmt.Fprintf(w, "%d values, %d subkeys\n", len(values), len(subkeys))
}

// valueText writes the data of a value by its type.
func valueText(v cm.DebugValue) string {
	text := func() string {
		u := make([]uint16, 0, len(v.Data)/2)
		for i := 0; i+1 < len(v.Data); i += 2 {
			if c := uint16(v.Data[i]) | uint16(v.Data[i+1])<<8; c != 0 || v.Type == 7 {
				u = append(u, c)
			}
		}
		return regf.Decode(u)
	}
	switch {
	case v.Type == 1 || v.Type == 2 || v.Type == 6 || v.Type == 7: // REG_SZ, REG_EXPAND_SZ, REG_LINK, REG_MULTI_SZ
		return fmt.Sprintf("%q", text())
	case v.Type == 4 && len(v.Data) == 4: // REG_DWORD
		return fmt.Sprintf("%#x", uint32(v.Data[0])|uint32(v.Data[1])<<8|uint32(v.Data[2])<<16|uint32(v.Data[3])<<24)
	}
	return fmt.Sprintf("type %d, %d bytes: % x", v.Type, len(v.Data), v.Data[:min(len(v.Data), 32)])
}
