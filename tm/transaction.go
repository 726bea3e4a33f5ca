package tm

import (
	"gont/ke"
	"gont/nt"
)

// State is where a transaction is.
type State uint8

// States of a transaction, in the order of its life. A transaction that is in doubt
// would need a log; there are none here.
const (
	Active State = iota
	PrePreparing
	Preparing
	Committed
	Aborted
)

// Notification is what an enlistment is told.
type Notification uint8

// Notifications, in the order of a commit; Rollback is the other end.
const (
	NotifyPrePrepare Notification = iota
	NotifyPrepare
	NotifyCommit
	NotifyRollback
)

// Transaction is KTRANSACTION without a log.
type Transaction struct {
	mu    ke.FastMutex
	state State
	list  []*Enlistment
}

// Enlistment is KENLISTMENT: one who takes part in a transaction. Notify is called in the
// committing thread; what it returns for NotifyPrePrepare and NotifyPrepare is its vote.
type Enlistment struct {
	Notify func(Notification) nt.Status
}

// NewTransaction begins a transaction.
func NewTransaction() *Transaction { return &Transaction{} }

// State returns where the transaction is.
func (t *Transaction) State() State {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.state
}

// Enlist takes part. STATUS_TRANSACTION_NOT_ACTIVE once the commit or rollback has begun.
func (t *Transaction) Enlist(e *Enlistment) nt.Status {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.state != Active {
		return nt.StatusTransactionNotActive
	}
	t.list = append(t.list, e)
	return nt.StatusSuccess
}

// begin moves the transaction from a state to the next; false if it was elsewhere.
func (t *Transaction) begin(from, to State) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.state != from {
		return false
	}
	t.state = to
	return true
}

// Commit is the two phases: all are asked to prepare, and only when all have agreed is
// anybody told to commit. One who refuses makes all roll back: STATUS_TRANSACTION_ABORTED.
// STATUS_TRANSACTION_NOT_ACTIVE for a second one who ends it.
func (t *Transaction) Commit() nt.Status {
	if !t.begin(Active, PrePreparing) {
		return nt.StatusTransactionNotActive
	}
	for phase, n := range []Notification{NotifyPrePrepare, NotifyPrepare} {
		t.begin(PrePreparing, PrePreparing+State(phase))
		for _, e := range t.list {
			if !e.Notify(n).OK() {
				t.abort()
				return nt.StatusTransactionAborted
			}
		}
	}
	t.begin(Preparing, Committed)
	for _, e := range t.list {
		e.Notify(NotifyCommit)
	}
	return nt.StatusSuccess
}

// Rollback ends an active transaction.
func (t *Transaction) Rollback() nt.Status {
	if !t.begin(Active, PrePreparing) {
		return nt.StatusTransactionNotActive
	}
	t.abort()
	return nt.StatusSuccess
}

func (t *Transaction) abort() {
	t.mu.Lock()
	t.state = Aborted
	t.mu.Unlock()
	for _, e := range t.list {
		e.Notify(NotifyRollback)
	}
}
