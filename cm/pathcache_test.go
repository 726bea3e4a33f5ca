package cm

import (
	"fmt"
	"testing"

	"gont/nt"
)

// TestPathCache: a path that is known leads to the key that it names, whatever has become of
// the key and of its node meanwhile.
func TestPathCache(t *testing.T) {
	start(t)
	const top = `\Registry\Machine\SYSTEM\Paths`
	path := func(i int) string { return fmt.Sprintf(`%s\Key%d`, top, i) }
	const keys = 3 * mostIdle
	for i := range keys {
		k, s := CreateKey(path(i), true)
		expect(t, "create", s, nt.StatusSuccess)
		expect(t, "set", k.SetUint32("Number", uint32(i)), nt.StatusSuccess)
		k.Close()
	}
	// More keys than nodes that nobody has open, in turns: nodes go and come again.
	for range 3 {
		for i := range keys {
			k := must(t, path(i))
			n, _ := k.Uint32("Number")
			expect(t, path(i), n, uint32(i))
			mu.Lock()
			expect(t, "one node a key", k.node.hive.nodes[k.node.cell], k.node)
			expect(t, "references", k.node.refs, 1)
			mu.Unlock()
			k.Close()
		}
	}
	// Deleted, made again, renamed.
	k := must(t, path(1))
	expect(t, "delete", k.Delete(), nt.StatusSuccess)
	_, s := OpenKey(path(1))
	expect(t, "a deleted key", s, nt.StatusObjectNameNotFound)
	k.Close()
	k, s = CreateKey(path(1), true)
	expect(t, "create again", s, nt.StatusSuccess)
	_, ok := k.Uint32("Number")
	expect(t, "the new key is empty", ok, false)
	k.Close()
	k = must(t, path(2))
	expect(t, "rename", k.Rename([]uint16{'X'}), nt.StatusSuccess)
	k.Close()
	_, s = OpenKey(path(2))
	expect(t, "the old name", s, nt.StatusObjectNameNotFound)
	k = must(t, top+`\X`)
	n, _ := k.Uint32("Number")
	expect(t, "the new name", n, uint32(2))
	k.Close()
	nothingOpen(t)
}

// TestHashPath: paths that differ little have different hashes.
func TestHashPath(t *testing.T) {
	seen := map[uint32]string{}
	for i := range 40 {
		for _, c := range "abc" {
			b := []byte(`\Machine\SYSTEM\CurrentControlSet\Services\Null`)[:max(i, 1)]
			b[len(b)-1] = byte(c)
			if old, ok := seen[hashPath(string(b))]; ok && old != string(b) {
				t.Errorf("%s and %s have one hash", old, b)
			}
			seen[hashPath(string(b))] = string(b)
		}
	}
}
