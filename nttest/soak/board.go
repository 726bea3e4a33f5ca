//go:build ntuser

package main

import (
	"fmt"
	"strings"
	"sync/atomic"
	"time"
	"unsafe"

	"gont/nt"
	"gont/ntdll"
)

// slot is what a worker tells.
type slot struct {
	rounds atomic.Uint64
	step   atomic.Uint64 // of the round: its kinds' own numbers
	length atomic.Uint64 // of text, when it has failed
	text   [1000]byte
}

// board is the section that all share: a word that ends the work, and the slots.
type board struct {
	stop  *atomic.Uint64
	slots []*slot
}

const (
	boardName = `\Soak`
	boardSize = 0x10000
	slotSize  = 0x400
)

func newBoard() (*board, error) {
	h, s := ntdll.NtCreateSection(ntdll.NewAttributes(boardName, 0, 0), nt.StandardAll|0x1F, boardSize, nt.PageReadWrite, nt.SecCommit)
	if !s.OK() {
		return nil, fmt.Errorf("NtCreateSection: %w", s)
	}
	return mapBoard(h)
}

func openBoard() (*board, error) {
	h, s := ntdll.NtOpenSection(nt.SectionMapRead|nt.SectionMapWrite, ntdll.NewAttributes(boardName, 0, 0))
	if !s.OK() {
		return nil, fmt.Errorf("NtOpenSection: %w", s)
	}
	return mapBoard(h)
}

func mapBoard(h nt.Handle) (*board, error) {
	base, _, s := ntdll.NtMapViewOfSection(h, nt.CurrentProcess, 0, 0, 0, 0, nt.ViewUnmap, 0, nt.PageReadWrite)
	if !s.OK() {
		return nil, fmt.Errorf("NtMapViewOfSection: %w", s)
	}
	b := &board{stop: word(base)}
	for i := range kinds {
		b.slots = append(b.slots, (*slot)(address(base+uint64(i+1)*slotSize)))
	}
	return b, nil
}

// address makes a pointer to memory that is not Go's.
func address(a uint64) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&a)) }

func word(a uint64) *atomic.Uint64 { return (*atomic.Uint64)(address(a)) }

// fail is a worker's last word.
func (s *slot) fail(err error) {
	s.length.Store(uint64(copy(s.text[:], err.Error())))
}

// failure is what the worker has said, "" if nothing.
func (s *slot) failure() string { return string(s.text[:min(s.length.Load(), uint64(len(s.text)))]) }

// worker is a process at work, as this program sees it.
type worker struct {
	kind   string
	slot   *slot
	p      ntdll.Process
	rounds uint64
	moved  time.Time // when the rounds were last seen to have changed
}

// period has all workers work for a while and end, and returns their rounds.
func period(b *board, o settings, talk bool) (sum uint64, err error) {
	b.stop.Store(0)
	var workers []*worker
	begin := time.Now()
	for i, k := range kinds {
		s := b.slots[i]
		s.rounds.Store(0)
		command := fmt.Sprintf("soak worker %d %d", i, o.seed)
		if k.name == o.stand {
			command += " stand"
		}
		p, st := ntdll.RtlCreateUserProcess("smss.exe", command)
		if !st.OK() {
			return 0, fmt.Errorf("RtlCreateUserProcess: %w", st)
		}
		workers = append(workers, &worker{kind: k.name, slot: s, p: p, moved: begin})
		ntdll.NtResumeThread(p.Thread)
	}
	for said := begin; time.Since(begin) < o.length; {
		ntdll.NtDelayExecution(false, -second/2)
		for _, w := range workers {
			if err := w.look(o.patience); err != nil {
				return 0, err
			}
		}
		if talk && time.Since(said) >= every {
			said = time.Now()
			fmt.Printf("SOAK %d s: %s\n", time.Since(begin)/time.Second, progress(workers))
		}
	}
	b.stop.Store(1)
	for _, w := range workers {
		limit := -int64(o.patience / 100)
		if s := ntdll.NtWaitForSingleObject(w.p.Handle, false, &limit); s != nt.StatusSuccess {
			return 0, w.stands(fmt.Sprintf("does not end: %v", s))
		}
		i, _ := ntdll.NtQueryInformationProcess(w.p.Handle)
		if i.ExitStatus != nt.StatusSuccess {
			return 0, fmt.Errorf("worker %s ended with %v: %s", w.kind, i.ExitStatus, w.slot.failure())
		}
		n := w.slot.rounds.Load()
		if sum += n; n == 0 {
			return 0, fmt.Errorf("worker %s has not done a single round", w.kind)
		}
		ntdll.NtClose(w.p.Handle)
		ntdll.NtClose(w.p.Thread)
	}
	return sum, nil
}

// look notices a worker that has ended, and one that stands still.
func (w *worker) look(patience time.Duration) error {
	now := int64(0)
	if s := ntdll.NtWaitForSingleObject(w.p.Handle, false, &now); s == nt.StatusSuccess {
		i, _ := ntdll.NtQueryInformationProcess(w.p.Handle)
		return fmt.Errorf("worker %s ended with %v: %s", w.kind, i.ExitStatus, w.slot.failure())
	}
	if n := w.slot.rounds.Load(); n != w.rounds {
		w.rounds, w.moved = n, time.Now()
	}
	if time.Since(w.moved) > patience {
		return w.stands(fmt.Sprintf("has not moved for %v", patience))
	}
	return nil
}

// stands names a worker that does not go on, and its threads.
func (w *worker) stands(what string) error {
	text := fmt.Sprintf("worker %s %s; round %d, step %d", w.kind, what, w.slot.rounds.Load(), w.slot.step.Load())
	list, _ := ntdll.QueryProcesses()
	for _, p := range list {
		if p.UniqueProcessID != w.p.ID.UniqueProcess {
			continue
		}
		for _, t := range p.Threads {
			text += fmt.Sprintf("; thread %d: state %d, wait reason %d, priority %d", t.ClientID.UniqueThread, t.ThreadState, t.WaitReason, t.Priority)
		}
	}
	return fmt.Errorf("%s", text)
}

// progress is a line about all of them.
func progress(workers []*worker) string {
	var list []string
	for _, w := range workers {
		list = append(list, fmt.Sprintf("%s %d", w.kind, w.slot.rounds.Load()))
	}
	var p nt.SystemPerformanceInformation
	ntdll.QuerySystem(nt.SystemPerformanceInformationClass, &p)
	return fmt.Sprintf("%s; %d MB committed, %d MB available", strings.Join(list, ", "), p.CommittedPages>>8, p.AvailablePages>>8)
}
