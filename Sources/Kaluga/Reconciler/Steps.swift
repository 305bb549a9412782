// The inputs and the actions of the reconciler.
import OctopusRecords

/// An event that the reconciler takes.
package enum Input: Sendable {
  /// A device's record was set. If the device is not in sysfs, it says why.
  case device(Record, Absence?)
  /// A device that was to be started for is not in sysfs.
  case absent(DeviceID, Absence)
  /// A record was deleted. `exists`: its device is still in sysfs.
  case gone(name: String, exists: Bool)
  /// An orphaned device is not in sysfs any more.
  case vanished(DeviceID)
  /// A session has begun: all records follow, and then `listed`.
  case connected
  case listed
  case disconnected
  case catalogue(Catalogue)
  /// Whether a record matches a query of `after`.
  case condition(Query, isMet: Bool)
  /// The process of an instance is on record.
  case started(Int, process: Int32)
  case ready(Int)
  case ended(Int, Ending)
  case stop(Int)
  case start(Int)
  case restart(Int)
  /// Kaluga ends: all drivers are stopped, and none is started.
  case leave
  /// A deadline may have passed.
  case time
}

/// Something that the caller must do. Actions are carried out in order.
package enum Action: Sendable {
  case start(StartRequest)
  /// Send SIGTERM, or SIGKILL, to the process group of an instance.
  case terminate(Int)
  case kill(Int)
  case save(SavedInstance)
  /// Delete what is saved of an instance.
  case forget(Int)
  case publish(Record)
  /// Delete the record of this name.
  case delete(String)
  /// Log a message.
  case report(String)
}

/// A process to be started.
package struct StartRequest: Sendable, Hashable {
  package var number: Int
  /// The device that must be there when it is started; nil if the process is for several.
  package var device: DeviceID?
  package var order: GuardOrder
}

/// An instance that an earlier Kaluga has left in the state directory.
package struct RecoveredInstance: Sendable {
  package enum Process: Sendable {
    case running(pid: Int32, isReady: Bool)
    /// It has ended while there was no Kaluga.
    case ended(Ending)
  }

  package var saved: SavedInstance
  /// Nil if there was none.
  package var process: Process?

  package init(_ saved: SavedInstance, _ process: Process?) {
    (self.saved, self.process) = (saved, process)
  }
}
