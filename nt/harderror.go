package nt

// Options of NtRaiseHardError: which answers make sense.
const (
	OptionAbortRetryIgnore = iota
	OptionOk
	OptionOkCancel
	OptionRetryCancel
	OptionYesNo
	OptionYesNoCancel
	OptionShutdownSystem // no answer: the system stops
	OptionOkNoWait
	OptionCancelTryContinue
)

// ResponseReturnToCaller is NtRaiseHardError's response where nobody has been asked.
const ResponseReturnToCaller = 0

// Variables of NtSetSystemEnvironmentValue. They count for one start.
const (
	LastKnownGoodVariable = "LastKnownGood" // TRUE, FALSE: start the last known good control set
	BootNextVariable      = "BootNext"      // the number of an entry of the boot menu, from 1
)
