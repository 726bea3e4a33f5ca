package rm

import (
	"gont/ke"
	"gont/nt"
)

// Category is a kind of what is audited (POLICY_AUDIT_EVENT_TYPE).
type Category uint8

// The categories.
const (
	AuditSystem Category = iota
	AuditLogon
	AuditObjectAccess
	AuditPrivilegeUse
	AuditDetailedTracking
	AuditPolicyChange
	AuditAccountManagement
	AuditDirectoryServiceAccess
	AuditAccountLogon
	Categories
)

// What of a category is audited (POLICY_AUDIT_EVENT_SUCCESS and _FAILURE).
const (
	AuditSuccess = 1
	AuditFailure = 2
)

// AuditRecord is one entry of the queue.
type AuditRecord struct {
	Category Category
	Event    uint32 // NT's number: 512 the system starts, 612 the policy has changed
	Success  bool
	Time     uint64 // system time
	Text     string
}

// MaximumAudit is how many records wait for the one who takes them (NT's bound of its
// queue); more are dropped and counted.
const MaximumAudit = 1024

var audit struct {
	mu      ke.FastMutex
	policy  [Categories]uint8
	queue   []AuditRecord
	dropped uint64
}

// SetAuditPolicy says what of each category is audited, as AuditSuccess | AuditFailure.
func SetAuditPolicy(policy []uint8) nt.Status {
	if len(policy) != int(Categories) {
		return nt.StatusInvalidParameter
	}
	for _, p := range policy {
		if p > AuditSuccess|AuditFailure {
			return nt.StatusInvalidParameter
		}
	}
	audit.mu.Lock()
	copy(audit.policy[:], policy)
	audit.mu.Unlock()
	Audit(AuditRecord{Category: AuditPolicyChange, Event: 612, Success: true, Text: "the audit policy has changed"})
	return nt.StatusSuccess
}

// Audit puts a record into the queue if the policy says so. APC_LEVEL or below.
func Audit(r AuditRecord) {
	want := uint8(AuditFailure)
	if r.Success {
		want = AuditSuccess
	}
	audit.mu.Lock()
	defer audit.mu.Unlock()
	if r.Category >= Categories || audit.policy[r.Category]&want == 0 {
		return
	}
	if len(audit.queue) == MaximumAudit {
		audit.dropped++
		return
	}
	r.Time = ke.SystemTime()
	audit.queue = append(audit.queue, r)
}

// TakeAudit takes all records out of the queue, and how many have been dropped since the
// last time.
func TakeAudit() (list []AuditRecord, dropped uint64) {
	audit.mu.Lock()
	defer audit.mu.Unlock()
	list, dropped = audit.queue, audit.dropped
	audit.queue, audit.dropped = nil, 0
	return list, dropped
}
