// Package order says in which order drivers start (SPEC I4, I5). OSLDR makes the list of
// boot-start drivers by it, and the I/O manager that of system-start ones. It imports
// nothing of the kernel and keeps no state.
package order

import "unicode"

// Driver is what the order depends on.
type Driver struct {
	Name          string
	Group         string   // "" for none
	Tag           uint32   // 0 for none
	DependOnGroup []string // groups of which a driver has to be loaded before
	// DependOnService are services that have to be started before.
	DependOnService []string
}

// Equal compares names of groups and services without case.
func Equal(a, b string) bool {
	x, y := []rune(a), []rune(b)
	if len(x) != len(y) {
		return false
	}
	for i := range x {
		if x[i] != y[i] && unicode.ToUpper(x[i]) != unicode.ToUpper(y[i]) {
			return false
		}
	}
	return true
}

// place is what a driver is sorted by; lower comes first.
type place struct {
	group, kind int
	tag         uint64
}

func (p place) before(q place) bool {
	if p.group != q.group {
		return p.group < q.group
	}
	if p.kind != q.kind {
		return p.kind < q.kind
	}
	return p.tag < q.tag
}

// Kinds of tags in a group.
const (
	rankedTag = iota
	otherTag
	noTag
)

// Sort returns the drivers' indices in the order in which they start: groups as in
// groups (Control\ServiceGroupOrder, List), then groups that are not there, in the
// order in which drivers name them, then drivers without a group. Inside a group the tags
// as in tags(group) (Control\GroupOrderList), then other tags, then drivers without a
// tag. What is alike stays in the order of the list. tags is called at most once a
// driver.
func Sort(drivers []Driver, groups []string, tags func(group string) []uint32) []int {
	groups = groups[:len(groups):len(groups)]
	for i := range drivers {
		if g := drivers[i].Group; g != "" && find(groups, g) < 0 {
			groups = append(groups, g)
		}
	}
	list, places := make([]int, 0, len(drivers)), make([]place, len(drivers))
	for i := range drivers {
		p := placeOf(&drivers[i], groups, tags)
		places[i] = p
		at := len(list)
		for at > 0 && p.before(places[list[at-1]]) {
			at--
		}
		list = append(list, 0)
		copy(list[at+1:], list[at:])
		list[at] = i
	}
	return list
}

func placeOf(d *Driver, groups []string, tags func(group string) []uint32) place {
	p := place{group: len(groups), kind: noTag}
	var ranks []uint32
	if d.Group != "" {
		p.group = find(groups, d.Group)
		if d.Tag != 0 {
			ranks = tags(d.Group)
		}
	}
	if d.Tag == 0 || d.Group == "" {
		return p
	}
	for i, t := range ranks {
		if t == d.Tag {
			return place{p.group, rankedTag, uint64(i)}
		}
	}
	return place{p.group, otherTag, 0}
}

func find(groups []string, group string) int {
	for i, g := range groups {
		if Equal(g, group) {
			return i
		}
	}
	return -1
}

// Missing returns the first group that a driver depends on and of which no driver has been
// loaded; "" when it may be loaded (SPEC I5). loaded are the groups of the drivers that
// have been.
func Missing(d *Driver, loaded []string) string {
	for _, g := range d.DependOnGroup {
		if g != "" && find(loaded, g) < 0 {
			return g
		}
	}
	return ""
}
