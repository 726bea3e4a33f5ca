package disk

import (
	"fmt"

	"gont/ex"
	"gont/io/storage"
	"gont/ke"
	"gont/nt"
)

// Who watches the console is told of requests that the disk could not do, whatever the one that
// asked makes of it: each of the first mostReported, and then one in reportPause, with how many
// there were meanwhile.
const (
	mostReported = 10
	reportPause  = 10 * oneSecond
)

// failures are the requests of a disk that have failed. The disk's lock guards them.
type failures struct {
	item   *ex.WorkItem
	queued bool

	// The latest one.
	function storage.Function
	sector   uint64
	count    uint32
	status   nt.Status

	since  int // how many have not been told
	limit  limit
	resets limit // of the lines that say that the disk is reset
}

// limit is of lines of one kind.
type limit struct {
	lines int
	last  uint64 // interrupt time of the last one
}

// over says whether there is to be no line now.
func (l *limit) over() bool {
	return l.lines >= mostReported && ke.InterruptTime() < l.last+reportPause
}

// line counts one.
func (l *limit) line() { l.lines, l.last = l.lines+1, ke.InterruptTime() }

// failed notes that a packet has failed after all tries. The disk's lock is held; when it is true, the
// caller queues the work item behind it.
func (f *failures) failed(p *packet, s nt.Status) (queue bool) {
	f.function, f.sector, f.count, f.status = p.request.Function, p.request.Sector, p.request.Count, s
	f.since++
	if f.queued || f.limit.over() {
		return false
	}
	f.queued = true
	return true
}

// report tells of the latest failure. PASSIVE_LEVEL.
func (d *disk) report() {
	d.lock.Lock()
	f := d.failures
	d.failures.queued, d.failures.since = false, 0
	d.failures.limit.line()
	d.lock.Unlock()
	what := "a flush"
	if f.function != storage.Flush {
		what = fmt.Sprintf("%s sectors %d to %d", map[storage.Function]string{storage.Read: "reading", storage.Write: "writing"}[f.function], f.sector, f.sector+uint64(f.count)-1)
	}
	line := fmt.Sprintf("Disk %d (%s): %s failed %d times: %v.", d.number, d.port.Name, what, mostTries, f.status)
	if f.since > 1 {
		line += fmt.Sprintf(" So did %d other requests.", f.since-1)
	}
	Say(line)
}

// sayReset tells that the disk is reset. PASSIVE_LEVEL.
func (d *disk) sayReset() {
	d.lock.Lock()
	l := &d.failures.resets
	tell := !l.over()
	if tell {
		l.line()
	}
	d.lock.Unlock()
	if tell {
		Say(fmt.Sprintf("Disk %d (%s) is reset.", d.number, d.port.Name))
	}
}
