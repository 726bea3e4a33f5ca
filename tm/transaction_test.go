package tm

import (
	"fmt"
	"strings"
	"testing"

	"gont/nt"
	"gont/ob"
)

// TestTypes (P1.14): four types with NT's names; a second time they are there already.
func TestTypes(t *testing.T) {
	if s := ob.InitSystem0(); !s.OK() {
		t.Fatal(s)
	}
	if s := InitSystem(); !s.OK() || TransactionType.Name != "TmTx" || EnlistmentType.Valid&0x1F != 0x1F {
		t.Error(s)
	}
	if s := InitSystem(); s != nt.StatusObjectNameCollision {
		t.Error("a second time:", s)
	}
}

// TestCommit: nobody commits before all have agreed; one who refuses, in either phase,
// makes all roll back.
func TestCommit(t *testing.T) {
	for _, c := range []struct {
		refuses int // enlistment
		at      Notification
		want    string
		s       nt.Status
		end     State
	}{
		{-1, 0, "0p 1p 0P 1P 0c 1c", nt.StatusSuccess, Committed},
		{1, NotifyPrepare, "0p 1p 0P 1P 0r 1r", nt.StatusTransactionAborted, Aborted},
		{0, NotifyPrePrepare, "0p 0r 1r", nt.StatusTransactionAborted, Aborted},
	} {
		tx := NewTransaction()
		var log []string
		for i := range 2 {
			tx.Enlist(&Enlistment{Notify: func(n Notification) nt.Status {
				log = append(log, fmt.Sprint(i, "pPcr"[n:n+1]))
				if i == c.refuses && n == c.at {
					return nt.StatusUnsuccessful
				}
				return nt.StatusSuccess
			}})
		}
		if s := tx.Commit(); s != c.s || tx.State() != c.end || strings.Join(log, " ") != c.want {
			t.Errorf("%v, state %d, %v", s, tx.State(), log)
		}
		if tx.Commit() != nt.StatusTransactionNotActive || tx.Rollback() != nt.StatusTransactionNotActive || tx.Enlist(nil) != nt.StatusTransactionNotActive {
			t.Error("it has ended twice")
		}
	}
	tx := NewTransaction()
	if s := tx.Rollback(); !s.OK() || tx.State() != Aborted {
		t.Error(s)
	}
}
