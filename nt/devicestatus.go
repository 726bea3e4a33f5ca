package nt

// Statuses of devices and their drivers.
const (
	StatusDeviceBusy               Status = 0x80000011
	StatusDeviceConfigurationError Status = 0xC0000182
)

func init() {
	statusNames[StatusDeviceBusy] = "STATUS_DEVICE_BUSY"
	statusNames[StatusDeviceConfigurationError] = "STATUS_DEVICE_CONFIGURATION_ERROR"
}
