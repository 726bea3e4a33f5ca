// Package tm is the transaction manager in the kernel (SPEC P1.14): the four object types,
// and the volatile transactions that need no log. No service leads to it yet.
//
// Locks: one transaction's, a leaf; notifications are called without it.
package tm

import (
	"gont/nt"
	"gont/ob"
)

// The object types, with NT's names.
var TransactionManagerType, TransactionType, ResourceManagerType, EnlistmentType *ob.Type

// InitSystem makes the types (SPEC P1.14).
func InitSystem() nt.Status {
	for _, t := range []struct {
		p        **ob.Type
		name     string
		specific nt.AccessMask // all rights of the type's own
		read     nt.AccessMask
	}{
		{&TransactionType, "TmTx", 0x3F, 0x01},        // query, set, enlist, commit, rollback, propagate
		{&TransactionManagerType, "TmTm", 0x3F, 0x01}, // query, set, recover, rename, create RM, bind
		{&ResourceManagerType, "TmRm", 0x7F, 0x01},    // query, set, recover, enlist, notifications, register, complete
		{&EnlistmentType, "TmEn", 0x1F, 0x01},         // query, set, recover, subordinate, superior
	} {
		all := nt.StandardAll | t.specific
		o, s := ob.CreateType(ob.Type{Name: t.name, Valid: all,
			Generic: [4]nt.AccessMask{nt.ReadControl | t.read, nt.ReadControl | t.specific&^t.read, nt.Synchronize, all}})
		if !s.OK() {
			return s
		}
		*t.p = o
	}
	return nt.StatusSuccess
}
