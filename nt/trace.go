package nt

// GUID is a globally unique identifier, in the order of its bytes in memory.
type GUID [16]byte

// Functions of NtTraceControl. Input and output are this system's own.
const (
	TraceStart  = 1 // in: TraceRequest, with the name behind it in UTF-16; out: TraceSession
	TraceStop   = 2 // in: TraceRequest
	TraceQuery  = 3 // in: TraceRequest; out: TraceSession
	TraceEnable = 4 // in: TraceRequest; the provider's GUID
	TraceRead   = 5 // in: TraceRequest; out: records, each with an EventHeader
	TraceList   = 6 // out: TraceProvider, one for each provider
)

// TraceRequest is NtTraceControl's input.
type TraceRequest struct {
	Session    uint32 // its number; not for TraceStart
	BufferSize uint32 // bytes; for TraceStart
	Provider   GUID   // for TraceEnable
}

// TraceSession says how a session is.
type TraceSession struct {
	ID, BufferSize uint32
	Waiting        uint32 // bytes that have not been read
	Providers      uint32
	Written, Lost  uint64 // events
}

// TraceProvider is an entry of TraceList.
type TraceProvider struct {
	ID   GUID
	Name [32]byte // ASCII, zeros behind it
}

// EventHeader begins each record; Size-EventHeaderSize bytes of data follow.
type EventHeader struct {
	Size      uint16
	Event     uint16 // the provider's number for it; EventRundown: of before the session
	Provider  uint16 // place in TraceList
	Processor uint16
	Time      uint64 // system time
}

// EventHeaderSize is the size of an EventHeader, bytes.
const EventHeaderSize = 16

// EventRundown marks what a provider tells of the time before a session.
const EventRundown = 0x8000

// The system's providers.
var (
	BootProvider    = GUID{'G', 'o', 'N', 'T', 'b', 'o', 'o', 't', 15: 1}
	ProcessProvider = GUID{'G', 'o', 'N', 'T', 'p', 'r', 'o', 'c', 15: 1}
	DriverProvider  = GUID{'G', 'o', 'N', 'T', 'd', 'r', 'v', 15: 1}
)

// Events of the providers; their data is text but for a process's id, eight bytes, in front.
const (
	EventStep         = 1 // boot: a step's TRACE line
	EventProcessStart = 1
	EventProcessEnd   = 2
	EventDriverLoaded = 1
	EventDriverFailed = 2
)
