package ex

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"unicode/utf16"

	"gont/ke"
	"gont/nt"
)

// Product policies: what the licence allows, by name, from the value ProductPolicy of
// Control\ProductOptions. It is read once, in P1.32; programs ask by NtQueryLicenseValue.

// Policy is one of them: the registry's type, and its data.
type Policy struct {
	Type uint32
	Data []byte
}

// Parts of the value: a head of five DWORDs (the whole size, that of the entries, that of
// the end marker, flags, revision), entries, the end marker. An entry has its size, the
// name's, the type, the data's size (two bytes each), flags and a reserved DWORD, name, data,
// and goes on to a multiple of four.
const (
	policyHead     = 20
	policyEntry    = 16
	policyMarker   = 4
	policyEnd      = 0x45
	policyRevision = 1
	maximumPolicy  = 1 << 16
)

// ErrPolicy is ParsePolicies' for what is no such value.
var ErrPolicy = errors.New("not a product policy")

// ParsePolicies reads the value. Names are in upper case. The error wraps ErrPolicy and says
// what is wrong where.
func ParsePolicies(b []byte) (map[string]Policy, error) {
	le := binary.LittleEndian
	bad := func(format string, a ...any) (map[string]Policy, error) {
		return nil, fmt.Errorf("%w: %s", ErrPolicy, fmt.Sprintf(format, a...))
	}
	if len(b) < policyHead+policyMarker || len(b) > maximumPolicy {
		return bad("%d bytes", len(b))
	}
	size, entries, marker, revision := le.Uint32(b), le.Uint32(b[4:]), le.Uint32(b[8:]), le.Uint32(b[16:])
	if uint64(size) != uint64(len(b)) || marker != policyMarker || uint64(entries) != uint64(len(b))-policyHead-policyMarker {
		return bad("its sizes %d, %d, %d do not fit %d bytes", size, entries, marker, len(b))
	}
	if revision != policyRevision {
		return bad("revision %d", revision)
	}
	if le.Uint32(b[len(b)-policyMarker:]) != policyEnd {
		return bad("its end marker is wrong")
	}
	list := map[string]Policy{}
	for at := policyHead; at < len(b)-policyMarker; {
		e := b[at : len(b)-policyMarker]
		if len(e) < policyEntry {
			return bad("the entry at %#x is cut off", at)
		}
		n, name, typ, data := int(le.Uint16(e)), int(le.Uint16(e[2:])), uint32(le.Uint16(e[4:])), int(le.Uint16(e[6:]))
		if n < policyEntry+name+data || n > len(e) || n%4 != 0 || name == 0 || name%2 != 0 {
			return bad("the entry at %#x has the sizes %d, %d, %d", at, n, name, data)
		}
		units := make([]uint16, name/2)
		for i := range units {
			units[i] = le.Uint16(e[policyEntry+2*i:])
		}
		key := strings.ToUpper(string(utf16.Decode(units)))
		if _, twice := list[key]; twice {
			return bad("%s is there twice", key)
		}
		if typ == regDword && data != 4 {
			return bad("%s is a number of %d bytes", key, data)
		}
		list[key] = Policy{typ, append([]byte(nil), e[policyEntry+name:][:data]...)}
		at += n
	}
	return list, nil
}

const regDword = 4

// policies is what P1.32 has read.
var policies struct {
	mu   ke.FastMutex
	list map[string]Policy
}

// SetPolicies puts the policies into force; nil: there are none.
func SetPolicies(list map[string]Policy) {
	policies.mu.Lock()
	policies.list = list
	policies.mu.Unlock()
}

// QueryPolicy finds a policy, whatever the name's case. STATUS_OBJECT_NAME_NOT_FOUND.
func QueryPolicy(name string) (Policy, nt.Status) {
	policies.mu.Lock()
	defer policies.mu.Unlock()
	p, ok := policies.list[strings.ToUpper(name)]
	if !ok {
		return p, nt.StatusObjectNameNotFound
	}
	return p, nt.StatusSuccess
}

// PolicyNumber is a policy that is a number, or def.
func PolicyNumber(name string, def uint32) uint32 {
	p, s := QueryPolicy(name)
	if !s.OK() || p.Type != regDword {
		return def
	}
	return binary.LittleEndian.Uint32(p.Data)
}
