package nt

// The codes of memory management alone, with NT's values.
const (
	StatusWasLocked             Status = 0x40000019
	StatusPartialCopy           Status = 0x8000000D
	StatusUnableToDeleteSection Status = 0xC000001B
	StatusInvalidFileForSection Status = 0xC0000020
	StatusAlreadyCommitted      Status = 0xC0000021
	StatusNotLocked             Status = 0xC000002A
	StatusSectionTooBig         Status = 0xC0000040
	StatusSectionNotImage       Status = 0xC0000049
	StatusSectionProtection     Status = 0xC000004E
	StatusSectionNotExtended    Status = 0xC0000087
	StatusFreeVMNotAtBase       Status = 0xC000009F
	StatusMemoryNotAllocated    Status = 0xC00000A0
	StatusWorkingSetQuota       Status = 0xC00000A1
	StatusInvalidParameter1     Status = 0xC00000EF
	StatusInvalidParameter2     Status = 0xC00000F0
	StatusInvalidParameter3     Status = 0xC00000F1
	StatusInvalidParameter4     Status = 0xC00000F2
	StatusInvalidParameter5     Status = 0xC00000F3
	StatusInvalidParameter6     Status = 0xC00000F4
	StatusInvalidParameter7     Status = 0xC00000F5
	StatusInvalidParameter8     Status = 0xC00000F6
	StatusInvalidParameter9     Status = 0xC00000F7
	StatusStackOverflow         Status = 0xC00000FD
	StatusCommitmentLimit       Status = 0xC000012D
	StatusDeviceDataError       Status = 0xC000009C
	StatusInPageError           Status = 0xC0000006
	StatusTooManyPagingFiles    Status = 0xC0000097
	StatusMappedAlignment       Status = 0xC0000220
	StatusMappedFileSizeZero    Status = 0xC000011E
	StatusUserMappedFile        Status = 0xC0000243
)

func init() {
	for s, name := range map[Status]string{
		StatusWasLocked: "STATUS_WAS_LOCKED", StatusPartialCopy: "STATUS_PARTIAL_COPY",
		StatusUnableToDeleteSection: "STATUS_UNABLE_TO_DELETE_SECTION", StatusInvalidFileForSection: "STATUS_INVALID_FILE_FOR_SECTION",
		StatusNotLocked: "STATUS_NOT_LOCKED", StatusSectionTooBig: "STATUS_SECTION_TOO_BIG",
		StatusSectionNotImage: "STATUS_SECTION_NOT_IMAGE", StatusSectionProtection: "STATUS_SECTION_PROTECTION",
		StatusSectionNotExtended: "STATUS_SECTION_NOT_EXTENDED", StatusFreeVMNotAtBase: "STATUS_FREE_VM_NOT_AT_BASE",
		StatusMemoryNotAllocated: "STATUS_MEMORY_NOT_ALLOCATED", StatusWorkingSetQuota: "STATUS_WORKING_SET_QUOTA",
		StatusInvalidParameter1: "STATUS_INVALID_PARAMETER_1", StatusInvalidParameter2: "STATUS_INVALID_PARAMETER_2",
		StatusInvalidParameter3: "STATUS_INVALID_PARAMETER_3", StatusInvalidParameter4: "STATUS_INVALID_PARAMETER_4",
		StatusInvalidParameter5: "STATUS_INVALID_PARAMETER_5", StatusInvalidParameter6: "STATUS_INVALID_PARAMETER_6",
		StatusInvalidParameter7: "STATUS_INVALID_PARAMETER_7", StatusInvalidParameter8: "STATUS_INVALID_PARAMETER_8",
		StatusInvalidParameter9: "STATUS_INVALID_PARAMETER_9",
		StatusStackOverflow:     "STATUS_STACK_OVERFLOW", StatusCommitmentLimit: "STATUS_COMMITMENT_LIMIT",
		StatusInPageError: "STATUS_IN_PAGE_ERROR", StatusDeviceDataError: "STATUS_DEVICE_DATA_ERROR", StatusTooManyPagingFiles: "STATUS_TOO_MANY_PAGING_FILES",
		StatusMappedFileSizeZero: "STATUS_MAPPED_FILE_SIZE_ZERO", StatusUserMappedFile: "STATUS_USER_MAPPED_FILE",
		StatusAlreadyCommitted: "STATUS_ALREADY_COMMITTED", StatusMappedAlignment: "STATUS_MAPPED_ALIGNMENT",
	} {
		statusNames[s] = name
	}
}
