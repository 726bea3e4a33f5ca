// Offsets of Context, TrapFrame and PCR; TestOffsets compares them with the Go types.

#define CTX_Rax 0
#define CTX_Rcx 8
#define CTX_Rdx 16
#define CTX_Rbx 24
#define CTX_Rsp 32
#define CTX_Rbp 40
#define CTX_Rsi 48
#define CTX_Rdi 56
#define CTX_R8 64
#define CTX_R9 72
#define CTX_R10 80
#define CTX_R11 88
#define CTX_R12 96
#define CTX_R13 104
#define CTX_R14 112
#define CTX_R15 120
#define CTX_Rip 128
#define CTX_Rflags 136
#define CTX_FsBase 144
#define CTX_GsBase 152
#define CTX_Vector 160
#define CTX_ErrorCode 168
#define CTX_Cr2 176
#define CTX_Partial 184
#define CTX_Mxcsr 192
#define CTX_Fx 208

#define TF_Rax 0
#define TF_Rcx 8
#define TF_Rdx 16
#define TF_Rbx 24
#define TF_Rsp 32
#define TF_Rbp 40
#define TF_Rsi 48
#define TF_Rdi 56
#define TF_R8 64
#define TF_R9 72
#define TF_R10 80
#define TF_R11 88
#define TF_R12 96
#define TF_R13 104
#define TF_R14 112
#define TF_R15 120
#define TF_Rip 128
#define TF_Rflags 136
#define TF_Cs 144
#define TF_Vector 152
#define TF_ErrorCode 160
#define TF_Cr2 168

#define PCR_Self 0
#define PCR_UserRsp 8
#define PCR_KernelRsp 16
#define PCR_Ctx 24
#define PCR_KernelFs 32
#define PCR_GsOwner 40
#define PCR_Ticks 48
#define PCR_Spurious 56
#define PCR_LastBad 64
#define PCR_ApicEoi 72
#define PCR_Number 80
#define PCR_Faults 88
#define PCR_Pending 96
#define PCR_Woken 104
#define PCR_FlushWanted 112
#define PCR_FlushDone 120
#define PCR_FlushGlobal 128
#define PCR_Root 136
#define PCR_Requests 144
#define PCR_Started 152
#define PCR_ApicID 184
#define PCR_Online 160
#define PCR_TaskSp 168
#define PCR_TaskFn 176
#define PCR_Seen 192
#define PCR_Loaded 200
#define PCR_TickRip 224
#define PCR_Claimed 232
#define PCR_TscAsk 264
#define PCR_Tsc 272
#define PCR_TscDelta 280
#define PCR_DeviceBits 288
#define PCR_Lines 320
#define PCR_DeviceCount 328
#define PCR_KdState 336
#define PCR_KdHold 344
#define PCR_KdAsked 352
#define PCR_KdPassed 360
#define PCR_KdFrame 368
#define PCR_KdStack 376
#define PCR_KdNmiStack 384

#define DF_Ss 176
#define DF_FsBase 184
#define DF_GsBase 192
#define DF_Dr6 200
#define DF_Cr3 208
#define DF_Swapped 216
#define DF_Pass 224
#define DF_Fx 240

#define LINE_Kind 0
#define LINE_Register 4
#define LINE_Window 8
#define LINE_Count 16
// Kinds of lines (line.go).
#define KIND_EDGE 1
#define KIND_LEVEL 2
#define KIND_PIC_EDGE 3
#define KIND_PIC_LEVEL 4

// arc's structures
#define LPB_Extension 192
#define EXT_KernelHeapPage 80
#define EXT_KernelHeapPages 88

#define MSR_FS_BASE 0xC0000100
#define MSR_GS_BASE 0xC0000101
#define MSR_KERNEL_GS_BASE 0xC0000102

#define VECTOR_CLOCK 0xD1
#define VECTOR_PIC_CLOCK 0x20
#define VECTOR_RTC_CLOCK 0x28
#define VECTOR_REQUEST 0xE1
#define VECTOR_ERROR 0xE3
#define VECTOR_RESCUE 0xD2

// haltMode
#define HALT_PLAIN 0
#define HALT_NO_C1E 1
#define HALT_NOT 2
#define VECTOR_SYSCALL 0x100

// FXSAVE area: XMM registers start at 160.
#define CTX_Xmm(n) (CTX_Fx+160+16*n)

#define PHYSMAP 0xFFFF800000000000
#define WINDOW_START 0xFFFFFFFF80000000
#define WINDOW_END 0xFFFFFFFFE0000000

// ICR of the xAPIC in its page (ApicVirtual).
#define APIC_ICR 0xFFFFFFFFFFFE0300
#define APIC_ESR 0xFFFFFFFFFFFE0280
#define APIC_LVT_ERROR 0xFFFFFFFFFFFE0370
// The HPET's main counter in its page (hpetVirtual).
#define HPET_COUNTER 0xFFFFFFFFFFFE10F0

// An application processor's ProcessorBlock; FaultStack is TrapStack's end.
#define PB_Gdtr 616
#define PB_Idtr 632
#define PB_FaultStack 8840
