package io

import "gont/ex"

// WorkItem is IO_WORKITEM: a driver's routine to be called in a worker thread. While it
// is queued the device cannot go, nor the driver be unloaded.
type WorkItem struct {
	device  *Device
	routine func(d *Device, context any)
	context any
	item    *ex.WorkItem
}

// NewWorkItem is IoAllocateWorkItem: it allocates, for who queues it later where nobody
// may.
func NewWorkItem(d *Device, routine func(d *Device, context any)) *WorkItem {
	w := &WorkItem{device: d, routine: routine}
	w.item = ex.NewWorkItem(func(any) {
		d, context := w.device, w.context
		w.routine(d, context) // w may be queued again from here on
		d.release()
	}, nil)
	return w
}

// Queue is IoQueueWorkItem: the routine is called at PASSIVE_LEVEL with the device and
// context. DISPATCH_LEVEL or below. Precondition: w is in no queue.
func (w *WorkItem) Queue(t ex.WorkQueueType, context any) {
	database.Lock()
	w.device.references++
	database.Unlock()
	w.context = context
	ex.QueueWorkItem(w.item, t)
}
