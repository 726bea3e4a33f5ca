package nt

import (
	"testing"
	"unsafe"
)

// TestLayout: structures that ring 3 sees have NT's sizes and offsets.
func TestLayout(t *testing.T) {
	var k KUserSharedData
	var o ObjectAttributes
	var m MemoryBasicInformation
	var p SystemPerformanceInformation
	for _, c := range []struct {
		name      string
		got, want uintptr
	}{
		{"KUSER_SHARED_DATA.InterruptTime", unsafe.Offsetof(k.InterruptTime), 8},
		{"KUSER_SHARED_DATA.SystemTime", unsafe.Offsetof(k.SystemTime), 0x14},
		{"KUSER_SHARED_DATA.NtSystemRoot", unsafe.Offsetof(k.NtSystemRoot), 0x30},
		{"KUSER_SHARED_DATA.NtProductType", unsafe.Offsetof(k.NtProductType), 0x264},
		{"KUSER_SHARED_DATA.NtMajorVersion", unsafe.Offsetof(k.NtMajorVersion), 0x26C},
		{"KUSER_SHARED_DATA.KdDebuggerEnabled", unsafe.Offsetof(k.KdDebuggerEnabled), 0x2D4},
		{"KUSER_SHARED_DATA.SafeBootMode", unsafe.Offsetof(k.SafeBootMode), 0x2EC},
		{"KUSER_SHARED_DATA.TickCount", unsafe.Offsetof(k.TickCount), 0x320},
		{"KUSER_SHARED_DATA.TscBase", unsafe.Offsetof(k.TscBase), 0x800},
		{"OBJECT_ATTRIBUTES", unsafe.Sizeof(o), 48},
		{"UNICODE_STRING", unsafe.Sizeof(UnicodeString{}), 16},
		{"MEMORY_BASIC_INFORMATION", unsafe.Sizeof(m), 48},
		{"SYSTEM_BASIC_INFORMATION", unsafe.Sizeof(SystemBasicInformation{}), 64},
		{"RTL_TIME_ZONE_INFORMATION", unsafe.Sizeof(TimeZoneInformation{}), 172},
		{"KUSER_SHARED_DATA.TimeZoneID", unsafe.Offsetof(k.TimeZoneID), 0x240},
		{"KUSER_SHARED_DATA.SuiteMask", unsafe.Offsetof(k.SuiteMask), 0x2D0},
		{"SYSTEM_TIMEOFDAY_INFORMATION", unsafe.Sizeof(SystemTimeOfDayInformation{}), 48},
		{"PROCESS_BASIC_INFORMATION", unsafe.Sizeof(ProcessBasicInformation{}), 48},
		{"EXCEPTION_RECORD", unsafe.Sizeof(ExceptionRecord{}), 152},
		{"EXCEPTION_RECORD.ExceptionInformation", unsafe.Offsetof(ExceptionRecord{}.Information), 32},
		{"Record in an ExceptionFrame", unsafe.Offsetof(ExceptionFrame{}.Record), 0x4D0},
		{"CONTEXT", unsafe.Sizeof(Context{}), 0x4D0},
		{"CONTEXT.ContextFlags", unsafe.Offsetof(Context{}.ContextFlags), 0x30},
		{"CONTEXT.SegCs", unsafe.Offsetof(Context{}.SegCs), 0x38},
		{"CONTEXT.EFlags", unsafe.Offsetof(Context{}.EFlags), 0x44},
		{"CONTEXT.Dr0", unsafe.Offsetof(Context{}.Dr0), 0x48},
		{"CONTEXT.Rax", unsafe.Offsetof(Context{}.Rax), 0x78},
		{"CONTEXT.Rsp", unsafe.Offsetof(Context{}.Rsp), ContextRspAt},
		{"CONTEXT.Rbp", unsafe.Offsetof(Context{}.Rbp), ContextRbpAt},
		{"CONTEXT.R14", unsafe.Offsetof(Context{}.R14), ContextR14At},
		{"CONTEXT.Rip", unsafe.Offsetof(Context{}.Rip), ContextRipAt},
		{"CONTEXT.FltSave", unsafe.Offsetof(Context{}.FltSave), 0x100},
		{"CONTEXT.VectorRegister", unsafe.Offsetof(Context{}.VectorRegister), 0x300},
		{"VM_COUNTERS", unsafe.Sizeof(VMCounters{}), 88},
		{"VM_COUNTERS.PagefileUsage", unsafe.Offsetof(VMCounters{}.PagefileUsage), 72},
		{"KERNEL_USER_TIMES", unsafe.Sizeof(KernelUserTimes{}), 32},
		{"SYSTEM_PROCESSOR_PERFORMANCE_INFORMATION", unsafe.Sizeof(SystemProcessorPerformanceInformation{}), 48},
		{"SYSTEM_PERFORMANCE_INFORMATION", unsafe.Sizeof(p), 0x138},
		{"SYSTEM_PERFORMANCE_INFORMATION.AvailablePages", unsafe.Offsetof(p.AvailablePages), 0x2C},
		{"SYSTEM_PERFORMANCE_INFORMATION.PageFaultCount", unsafe.Offsetof(p.PageFaultCount), 0x3C},
		{"SYSTEM_PERFORMANCE_INFORMATION.PagedPoolPages", unsafe.Offsetof(p.PagedPoolPages), 0x70},
		{"SYSTEM_PERFORMANCE_INFORMATION.FreeSystemPtes", unsafe.Offsetof(p.FreeSystemPtes), 0x88},
		{"SYSTEM_PERFORMANCE_INFORMATION.CcFastReadNoWait", unsafe.Offsetof(p.CcFastReadNoWait), 0xB0},
		{"SYSTEM_PERFORMANCE_INFORMATION.CcDataPages", unsafe.Offsetof(p.CcDataPages), 0x124},
		{"SYSTEM_PERFORMANCE_INFORMATION.ContextSwitches", unsafe.Offsetof(p.ContextSwitches), 0x128},
		{"SYSTEM_PERFORMANCE_INFORMATION.SystemCalls", unsafe.Offsetof(p.SystemCalls), 0x134},
		{"SYSTEM_FILECACHE_INFORMATION", unsafe.Sizeof(SystemFileCacheInformation{}), 64},
		{"SYSTEM_FILECACHE_INFORMATION.MinimumWorkingSet", unsafe.Offsetof(SystemFileCacheInformation{}.MinimumWorkingSet), 24},
		{"SYSTEM_PROCESSOR_INFORMATION", unsafe.Sizeof(SystemProcessorInformation{}), 12},
		{"SYSTEM_MEMORY_LIST_INFORMATION", unsafe.Sizeof(SystemMemoryListInformation{}), 0xA8},
		{"SYSTEM_MEMORY_LIST_INFORMATION.PageCountByPriority", unsafe.Offsetof(SystemMemoryListInformation{}.PageCountByPriority), 0x28},
		{"SYSTEM_POOLTAG", unsafe.Sizeof(SystemPooltag{}), 40},
		{"SYSTEM_POOLTAG.PagedUsed", unsafe.Offsetof(SystemPooltag{}.PagedUsed), 0x10},
		{"SYSTEM_POOLTAG.NonPagedUsed", unsafe.Offsetof(SystemPooltag{}.NonPagedUsed), 0x20},
		{"SECTION_IMAGE_INFORMATION", unsafe.Sizeof(SectionImageInformation{}), 64},
		{"SYSTEM_INTERRUPT_INFORMATION", unsafe.Sizeof(SystemInterruptInformation{}), 24},
		{"SYSTEM_LOOKASIDE_INFORMATION", unsafe.Sizeof(SystemLookasideInformation{}), 32},
		{"FILE_IO_COMPLETION_INFORMATION", unsafe.Sizeof(FileIoCompletionInformation{}), 32},
		{"SYSTEM_HANDLE_TABLE_ENTRY_INFO", unsafe.Sizeof(SystemHandle{}), 24},
		{"OBJECT_BASIC_INFORMATION", unsafe.Sizeof(ObjectBasicInformation{}), 56},
		{"OBJECT_TYPE_INFORMATION", unsafe.Sizeof(ObjectTypeInformation{}), 0x68},
		{"OBJECT_TYPE_INFORMATION.ValidAccessMask", unsafe.Offsetof(ObjectTypeInformation{}.ValidAccessMask), 0x54},
		{"SYSTEM_PROCESS_INFORMATION", unsafe.Sizeof(SystemProcessInformation{}), 0x100},
		{"SYSTEM_PROCESS_INFORMATION.ImageName", unsafe.Offsetof(SystemProcessInformation{}.ImageName), 0x38},
		{"SYSTEM_PROCESS_INFORMATION.HandleCount", unsafe.Offsetof(SystemProcessInformation{}.HandleCount), 0x60},
		{"SYSTEM_PROCESS_INFORMATION.VirtualSize", unsafe.Offsetof(SystemProcessInformation{}.VirtualSize), 0x78},
		{"SYSTEM_PROCESS_INFORMATION.WorkingSetSize", unsafe.Offsetof(SystemProcessInformation{}.WorkingSetSize), 0x90},
		{"VM_COUNTERS_EX", unsafe.Sizeof(VMCountersEx{}), 96},
		{"SYSTEM_THREAD_INFORMATION", unsafe.Sizeof(SystemThreadInformation{}), 0x50},
		{"SYSTEM_THREAD_INFORMATION.Priority", unsafe.Offsetof(SystemThreadInformation{}.Priority), 0x38},
		{"THREAD_BASIC_INFORMATION", unsafe.Sizeof(ThreadBasicInformation{}), 48},
	} {
		if c.got != c.want {
			t.Errorf("%s: %#x, NT has %#x", c.name, c.got, c.want)
		}
	}
}
