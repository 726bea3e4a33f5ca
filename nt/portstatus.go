package nt

import "maps"

// Statuses of ports, transactions, file locks and jobs.
const (
	StatusNotifyCleanup        Status = 0x0000010B
	StatusNotifyEnumDir        Status = 0x0000010C
	StatusPortMessageTooLong   Status = 0xC000002F
	StatusPortDisconnected     Status = 0xC0000037
	StatusFileLockConflict     Status = 0xC0000054
	StatusLockNotGranted       Status = 0xC0000055
	StatusRangeNotLocked       Status = 0xC000007E
	StatusInvalidLockRange     Status = 0xC00001A1
	StatusTransactionAborted   Status = 0xC000010F
	StatusTransactionNotActive Status = 0xC0190003
	StatusProcessInJob         Status = 0x00000124
	StatusProcessNotInJob      Status = 0x00000123
	StatusQuotaExceeded        Status = 0xC0000044
	StatusObjectIDExists       Status = 0xC000022B
	StatusWmiGuidNotFound      Status = 0xC0000295
	StatusWmiInstanceNotFound  Status = 0xC0000296
	StatusProcedureNotFound    Status = 0xC000007A
	StatusNoSuchLogonSession   Status = 0xC000005F
	StatusLogonSessionExists   Status = 0xC00000EE
	StatusBadLogonSessionState Status = 0xC0000104
)

func init() {
	maps.Copy(statusNames, map[Status]string{
		StatusNotifyCleanup: "STATUS_NOTIFY_CLEANUP", StatusNotifyEnumDir: "STATUS_NOTIFY_ENUM_DIR",
		StatusPortMessageTooLong: "STATUS_PORT_MESSAGE_TOO_LONG", StatusPortDisconnected: "STATUS_PORT_DISCONNECTED",
		StatusFileLockConflict: "STATUS_FILE_LOCK_CONFLICT", StatusLockNotGranted: "STATUS_LOCK_NOT_GRANTED",
		StatusRangeNotLocked: "STATUS_RANGE_NOT_LOCKED", StatusInvalidLockRange: "STATUS_INVALID_LOCK_RANGE",
		StatusTransactionAborted: "STATUS_TRANSACTION_ABORTED", StatusTransactionNotActive: "STATUS_TRANSACTION_NOT_ACTIVE",
		StatusProcessInJob: "STATUS_PROCESS_IN_JOB", StatusProcessNotInJob: "STATUS_PROCESS_NOT_IN_JOB",
		StatusObjectIDExists: "STATUS_OBJECTID_EXISTS", StatusWmiGuidNotFound: "STATUS_WMI_GUID_NOT_FOUND",
		StatusWmiInstanceNotFound: "STATUS_WMI_INSTANCE_NOT_FOUND",
		StatusProcedureNotFound:   "STATUS_PROCEDURE_NOT_FOUND", StatusQuotaExceeded: "STATUS_QUOTA_EXCEEDED", StatusNoSuchLogonSession: "STATUS_NO_SUCH_LOGON_SESSION",
		StatusLogonSessionExists: "STATUS_LOGON_SESSION_EXISTS", StatusBadLogonSessionState: "STATUS_BAD_LOGON_SESSION_STATE",
	})
}
