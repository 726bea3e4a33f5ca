package nt

// Statuses of what ends a program or the system from the prompt.
const (
	StatusVariableNotFound        Status = 0xC0000100
	StatusControlCExit            Status = 0xC000013A
	StatusSystemProcessTerminated Status = 0xC000021A
)

func init() {
	statusNames[StatusVariableNotFound] = "STATUS_VARIABLE_NOT_FOUND"
	statusNames[StatusControlCExit] = "STATUS_CONTROL_C_EXIT"
	statusNames[StatusSystemProcessTerminated] = "STATUS_SYSTEM_PROCESS_TERMINATED"
}
