package systemfiles

import (
	"bytes"
	"fmt"
	"strings"
	"sync/atomic"

	"gont/cc"
	"gont/ex"
	"gont/io"
	"gont/io/kfile"
	"gont/ke"
	"gont/nt"
)

// The boot prefetcher (SPEC P1.24): what the last start has used of files is read ahead, in threads of their own, while this
// start goes on; and what this start uses is written for the next one.

const (
	// mostTrace is how large a trace may be that is read, bytes.
	mostTrace = 4 << 20
	// prefetchers is how many threads read ahead: who opens a file waits for its directories.
	prefetchers = 4
	// traceTime is how long after phase 1 the use of files still counts as the start's, 100 ns: ten seconds.
	traceTime = 100_000_000
)

// prefetchBoot starts to read ahead what the last start has used. It is called before anything else is
// read from the boot volume, and waits for the trace's file alone. damaged is what there is to be said of a file that
// is no trace, "" for nothing: such a file has no other effect, and is written anew.
func prefetchBoot() (damaged string) {
	prefetched, tracer.written = nil, nil
	if !cc.Prefetching() {
		return ""
	}
	b, s := kfile.ReadFile(bootTrace, mostTrace)
	if !s.OK() {
		return "" // the first start; or others will say what is wrong with the volume
	}
	t, err := cc.DecodeTrace(b)
	if err != nil {
		return fmt.Sprintf("P1.24: %s is damaged and is not used", bootTrace)
	}
	prefetched = ex.StartTask("CcPfBootWorker", func() { Note("P1.24: " + prefetchTrace(t)) })
	return ""
}

// prefetched ends when all that the trace has is read; nil when there is none.
var prefetched *ex.Task

// prefetchTrace reads ahead what a trace has, and returns what it has read. Volumes that are not there or
// have another serial number, and files that are not there, are left out.
func prefetchTrace(t *cc.Trace) string {
	begin := ke.InterruptTime()
	var pages, reads, files atomic.Int64
	var volumes []string
	for _, v := range t.Volumes {
		p := io.VolumePrefetch{Serial: v.Serial, Fetch: true}
		for _, r := range v.Table {
			p.Table = append(p.Table, io.SectorRun{First: r.Page, Count: r.Count})
		}
		if volumePrefetch(v.Device, &p).OK() {
			volumes = append(volumes, v.Device)
			reads.Add(int64(p.Reads))
		}
	}
	known := func(path string) bool {
		for _, d := range volumes {
			if strings.HasPrefix(path, d+`\`) {
				return true
			}
		}
		return false
	}
	var next atomic.Int64
	work := func() {
		for i := next.Add(1) - 1; i < int64(len(t.Files)); i = next.Add(1) - 1 {
			f := &t.Files[i]
			if !known(f.Path) {
				continue
			}
			if n, r := prefetchFile(f); r > 0 {
				pages.Add(int64(n))
				reads.Add(int64(r))
				files.Add(1)
			}
		}
	}
	var others [prefetchers - 1]*ex.Task
	for i := range others {
		others[i] = ex.StartTask("CcPfBootWorker", work)
	}
	work()
	for _, o := range others {
		o.Wait(forever)
	}
	return fmt.Sprintf("the last start has used %d pages of %d files; %d pages of %d files were read ahead, in %d reads and %d ms",
		t.Pages(), len(t.Files), pages.Load(), files.Load(), reads.Load(), (ke.InterruptTime()-begin)/10_000)
}

const forever = 1 << 60 // 100 ns

// volumePrefetch sends FSCTL_FILE_PREFETCH to a volume's file system.
func volumePrefetch(device string, p *io.VolumePrefetch) nt.Status {
	f, s := kfile.Open(device+`\`, kfile.Options{Access: nt.FileReadAttributes | nt.Synchronize, Disposition: nt.FileOpen,
		Create: nt.FileDirectoryFile, Share: nt.FileShareValid})
	if !s.OK() {
		return s
	}
	defer f.Close()
	return f.Object().RequestKernel(func(l *io.StackLocation) {
		l.Major, l.Minor, l.Code, l.Argument = io.FileSystemControl, io.UserFsRequest, nt.FsctlFilePrefetch, p
	}, nil)
}

// prefetchFile reads pages of a file ahead. The open is one of its attributes alone, which is in the way of nobody's
// sharing.
func prefetchFile(u *cc.Used) (pages, reads int) {
	f, s := kfile.Open(u.Path, kfile.Options{Access: nt.FileReadAttributes | nt.Synchronize, Disposition: nt.FileOpen, Share: nt.FileShareValid})
	if !s.OK() {
		return 0, 0
	}
	defer f.Close()
	area, _, s := f.Object().Map(0)
	if !s.OK() {
		return 0, 0
	}
	runs := make([][2]int, len(u.Ranges))
	for i, r := range u.Ranges {
		runs[i] = [2]int{int(r.Page), int(r.Count)}
	}
	return area.Prefetch(runs)
}

// tracer is what writeTrace has to remember. turn is held by who writes the file.
var tracer = struct {
	turn    *ke.Event
	written []byte
	timer   *ke.Timer
}{turn: ke.NewEvent(nt.SynchronizationEvent, true)}

// devices is where volumes' devices are.
const devices = `\Device\`

// writeTrace writes what the start has used so far, if that is another trace than was written last; last ends the
// tracing. A start that was not traced, or has used nothing, leaves the file as it is.
func writeTrace(last bool) {
	ke.WaitForSingleObject(tracer.turn, ke.KernelMode, false, nil)
	defer tracer.turn.Set()
	t := cc.TraceBoot(`\NTOSBOOT.PF`)
	if t == nil {
		return
	}
	if last {
		cc.EndTrace()
	}
	if len(t.Files) == 0 {
		return
	}
	seen := map[string]bool{}
	for _, f := range t.Files {
		name, _, _ := strings.Cut(strings.TrimPrefix(f.Path, devices), `\`)
		device := devices + name
		if seen[device] {
			continue
		}
		seen[device] = true
		var p io.VolumePrefetch
		if !volumePrefetch(device, &p).OK() {
			continue
		}
		v := cc.UsedVolume{Device: device, Serial: p.Serial}
		for _, r := range p.Table {
			v.Table = append(v.Table, cc.Range{Page: r.First, Count: r.Count})
		}
		t.Volumes = append(t.Volumes, v)
	}
	b := t.Encode()
	if bytes.Equal(b, tracer.written) {
		return
	}
	s := kfile.MakeDirectory(prefetch)
	if s.OK() {
		s = kfile.WriteFile(bootTrace, b)
	}
	if !s.OK() {
		Say(fmt.Sprintf("%s cannot be written: %v.", bootTrace, s))
		return
	}
	tracer.written = b
	Note(fmt.Sprintf("P1.24: the start has used %d pages of %d files; the trace has %d bytes", t.Pages(), len(t.Files), len(b)))
}

// endTraceLater ends the tracing after traceTime.
func endTraceLater() {
	if !cc.Tracing() {
		return
	}
	item := ex.NewWorkItem(func(any) { writeTrace(true) }, nil)
	tracer.timer = ke.NewTimer(nt.SynchronizationTimer)
	tracer.timer.SetDpc(-traceTime, 0, ke.NewDpc(func(any) { ex.QueueWorkItem(item, ex.DelayedWorkQueue) }))
}
