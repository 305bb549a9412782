// The kernel's events about devices, as they come.
import CUdev
import Dispatch
import Glibc
import OctopusSystem

/// Listens to the kernel's events about some subsystems, from when it is made.
final class KernelMonitor {
  enum Reception {
    case event(UdevDevice)
    /// More came than the kernel kept for us.
    case lost
    case nothing
  }

  private let handle: OpaquePointer
  private let readiness: Readiness

  /// `wake` is called when there is something to receive; then not again before ``rearm()``.
  init(
    _ udev: Udev, subsystems: [String], buffer: Int32, wake: @escaping @Sendable () -> Void
  ) throws(HardwareError) {
    let what = "cannot listen to the kernel's events"
    guard let handle = udev_monitor_new_from_netlink(udev.handle, "kernel") else {
      throw HardwareError(what, errno: errno)
    }
    for subsystem in subsystems {
      udev_monitor_filter_add_match_subsystem_devtype(handle, subsystem, nil)
    }
    // As much as it may have; with less, more is scanned.
    udev_monitor_set_receive_buffer_size(handle, buffer)
    let result = udev_monitor_enable_receiving(handle)
    guard result >= 0 else {
      udev_monitor_unref(handle)
      throw HardwareError(what, errno: -result)
    }
    self.handle = handle
    // Used by nobody else once the source has ended, which is when the descriptor may be closed.
    nonisolated(unsafe) let monitor = handle
    readiness = Readiness(udev_monitor_get_fd(handle), wake: wake) { udev_monitor_unref(monitor) }
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

  func rearm() { readiness.rearm() }
}

/// Says once that a descriptor can be read.
// A source may be used from every thread; only its type does not say so.
private final class Readiness: @unchecked Sendable {
  private let source: any DispatchSourceRead
  private let isSuspended = Mutex(false)

  init(
    _ descriptor: CInt, wake: @escaping @Sendable () -> Void,
    end: @escaping @Sendable () -> Void
  ) {
    source = DispatchSource.makeReadSource(
      fileDescriptor: descriptor, queue: DispatchQueue(label: "octopus.kernel-events"))
    source.setEventHandler { [weak self] in
      guard let self else { return }
      isSuspended.withLock {
        $0 = true
        source.suspend()
      }
      wake()
    }
    source.setCancelHandler(handler: end)
    source.resume()
  }

  deinit {
    source.cancel()
    rearm()
  }

  func rearm() {
    isSuspended.withLock {
      if $0 { source.resume() }
      $0 = false
    }
  }
}
