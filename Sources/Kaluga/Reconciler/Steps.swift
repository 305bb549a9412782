// What the reconciler is told, and what it wants done.
import OctopusRecords

/// Something that has happened.
package enum Input: Sendable {
  /// A device's record is there, or has changed; and why the device is not there, if it is not.
  case device(Record, Absence?)
  /// A device was looked for again, and is not there though its record is.
  case absent(DeviceID, Absence)
  /// A record has gone; whether its device is still to be found.
  case gone(name: String, exists: Bool)
  /// A device of which there is no record is not to be found any more.
  case vanished(DeviceID)
  /// octopusd is there: all records follow, and then `listed`.
  case connected
  case listed
  case disconnected
  case catalogue(Catalogue)
  /// Whether a record matches that drivers wait for.
  case condition(Query, isMet: Bool)
  /// A process is there, and what it is known by.
  case started(Int, process: Int32)
  case ready(Int)
  case ended(Int, Ending)
  case stop(Int)
  case start(Int)
  case restart(Int)
  /// Everything is to end, and nothing to begin.
  case leave
  /// It is later than it was.
  case time
}

/// Something to be done, in this order.
package enum Action: Sendable {
  case start(StartRequest)
  /// To its whole process group.
  case terminate(Int)
  case kill(Int)
  case save(SavedInstance)
  /// Nothing of it needs to be kept.
  case forget(Int)
  case publish(Record)
  case withdraw(String)
  /// To be said to people.
  case report(String)
}

/// A process to be started.
package struct StartRequest: Sendable, Hashable {
  package var number: Int
  /// The device that must be there when it is started; nil if the process is for several.
  package var device: DeviceID?
  package var order: GuardOrder
}

/// What was found of an instance by a Kaluga that takes over.
package struct FoundInstance: Sendable {
  package var saved: SavedInstance
  /// Of a process that runs.
  package var process: Int32?
  package var isReady = false
  /// How it ended meanwhile.
  package var ending: Ending?

  package init(
    _ saved: SavedInstance, process: Int32? = nil, isReady: Bool = false, ending: Ending? = nil
  ) {
    (self.saved, self.process, self.isReady, self.ending) = (saved, process, isReady, ending)
  }
}
