package order

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"testing"
)

// rules is a plain restatement of the order: of two drivers that are neighbours in the
// list, says whether the second one has to come before the first.
func rules(a, b Driver, groups []string, lists map[string][]uint32, all []Driver) bool {
	rank := func(d Driver) int {
		if d.Group == "" {
			return 1000
		}
		for i, g := range groups {
			if strings.EqualFold(g, d.Group) {
				return i
			}
		}
		for i, o := range all { // not in the list: who names the group first
			if strings.EqualFold(o.Group, d.Group) {
				return 100 + i
			}
		}
		panic("unreachable")
	}
	if x, y := rank(a), rank(b); x != y {
		return y < x
	}
	list := lists[strings.ToLower(a.Group)]
	if a.Group == "" {
		list = nil
	}
	number := func(d Driver) int {
		switch i := slices.Index(list, d.Tag); {
		case d.Tag == 0 || d.Group == "":
			return 1 << 20
		case i >= 0:
			return i
		}
		return 1 << 19
	}
	return number(b) < number(a)
}

// TestSort (I4): all lists of up to four drivers of four groups and four tags, under
// several orders, agree with the rules.
func TestSort(t *testing.T) {
	kinds := []Driver{}
	for _, g := range []string{"", "a", "B", "x"} {
		for tag := range uint32(4) {
			kinds = append(kinds, Driver{Group: g, Tag: tag})
		}
	}
	orders := [][]string{nil, {"A", "b"}, {"b", "A"}, {"b", "c", "a", "x"}}
	tagLists := []map[string][]uint32{{}, {"a": {2, 1}, "b": {3}}, {"a": {1, 2, 3}, "b": {3, 3, 1}, "x": {2}}}
	n := 0
	var try func(list []Driver)
	try = func(list []Driver) {
		for _, groups := range orders {
			for _, lists := range tagLists {
				n++
				got := Sort(list, groups, func(g string) []uint32 { return lists[strings.ToLower(g)] })
				want := make([]int, len(list))
				for i := range want {
					want[i] = i
				}
				sort.SliceStable(want, func(i, j int) bool {
					return rules(list[want[j]], list[want[i]], groups, lists, list)
				})
				if !slices.Equal(got, want) {
					t.Fatalf("%+v with groups %q, tags %v: %v, want %v", list, groups, lists, got, want)
				}
			}
		}
		most := 3
		if !testing.Short() {
			most = 4
		}
		if len(list) == most {
			return
		}
		for _, k := range kinds {
			k.Name = fmt.Sprint(len(list))
			try(append(list, k))
		}
	}
	try(nil)
	if n < 10000 {
		t.Errorf("only %d cases", n)
	}
}

// TestMissing (I5): a driver waits for a driver of each group that it depends on.
func TestMissing(t *testing.T) {
	d := &Driver{DependOnGroup: []string{"Base", "", "Port"}}
	for _, c := range []struct {
		loaded []string
		want   string
	}{{nil, "Base"}, {[]string{"port"}, "Base"}, {[]string{"BASE"}, "Port"}, {[]string{"x", "Port", "base"}, ""}} {
		if got := Missing(d, c.loaded); got != c.want {
			t.Errorf("%q loaded: %q is missing", c.loaded, got)
		}
	}
	if Missing(&Driver{}, nil) != "" {
		t.Error("a driver that depends on nothing waits")
	}
}
