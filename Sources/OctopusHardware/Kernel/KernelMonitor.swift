// The stream of the kernel's events, through libudev.
import CUdev
import Dispatch
import Glibc
import OctopusSystem

/// Receives the kernel's events about some subsystems, from when it is made.
final class KernelMonitor {
  enum Reception {
    case event(UdevDevice)
    /// The kernel has dropped events: the buffer was full.
    case lost
    case nothing
  }

  private let handle: OpaquePointer
  private let source: ReadSource

  /// `wake` is called when there is something to receive; then not again before ``rearm()``.
  init(
    _ udev: Udev, subsystems: [String], buffer: Int32, wake: @escaping @Sendable () -> Void
  ) throws(SystemError) {
    let what = "listen to the kernel's events"
    guard let handle = udev_monitor_new_from_netlink(udev.handle, "kernel") else {
      throw SystemError(what)
    }
    for subsystem in subsystems {
      udev_monitor_filter_add_match_subsystem_devtype(handle, subsystem, nil)
    }
    // If the kernel allows less, events are lost sooner, and lead to scans.
    udev_monitor_set_receive_buffer_size(handle, buffer)
    let result = udev_monitor_enable_receiving(handle)
    guard result >= 0 else {
      udev_monitor_unref(handle)
      throw SystemError(what, code: -result)
    }
    self.handle = handle
    // The source is the last user: its descriptor may be closed only after it has been cancelled.
    nonisolated(unsafe) let monitor = handle
    source = ReadSource(
      udev_monitor_get_fd(handle), DispatchQueue(label: "octopus.kernel-events"),
      onCancel: { udev_monitor_unref(monitor) },
      handler: { source in
        source.pause()
        wake()
      })
  }

  /// Does not wait.
  func receive() -> Reception {
    while true {
      if let device = udev_monitor_receive_device(handle) {
        return .event(UdevDevice(owning: device))
      }
      switch errno {
      case EINTR: continue
      case ENOBUFS: return .lost
      default: return .nothing
      }
    }
  }

  func rearm() { source.resume() }
}
