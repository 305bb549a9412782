import HeapModule
import OctopusRecords
// Brings what runs in line with what should: devices × best driver on one side, processes on the other.
import OctopusSystem

/// The whole of Kaluga's judgement: no I/O, no clock. The same inputs at the same times give the same
/// actions.
///
/// Every input changes what is known, and marks the devices and instances that this concerns; each of
/// these is then looked at anew, whatever came before. So nothing is forgotten, and nothing done twice.
package struct Reconciler: ~Copyable {
  /// How long a driver is kept whose device's record has gone, while the device may be there, unless
  /// another time is wanted.
  package static let usualGrace: Int64 = 5_000
  /// Waits before restarts, in milliseconds, each twice the one before.
  package static let firstBackOff: Int64 = 100
  package static let longestBackOff: Int64 = 30_000
  /// One that ran so long has not failed again, but anew.
  package static let goodRun: Int64 = 10_000

  let grace: Int64
  var matcher: Matcher
  package var catalogue: Catalogue
  var isConnected = false
  var isLeaving = false
  var devices: [DeviceID: Device] = [:]
  /// Those that are kept for a while though no record tells of them. It is worth looking whether they are
  /// still to be found: the kernel says that a device goes a moment before it is gone.
  package var remembered: Set<DeviceID> = []
  /// Which device a record is of.
  var recordOwners: [ByteString: DeviceID] = [:]
  /// Records that were there before octopusd went, and have not been seen again.
  var unconfirmed: Set<ByteString> = []
  var conditions: [Query: Bool] = [:]
  var instances: [Int: Instance] = [:]
  var numbers: [InstanceKey: Int] = [:]
  /// The instances of each device: that of its driver, and those of drivers that it had.
  var onDevice: [DeviceID: Set<Int>] = [:]
  /// The instances for all devices that have this one.
  var owners: [DeviceID: Set<Int>] = [:]
  /// The instances that wait for a record.
  var waiting: [Query: Set<Int>] = [:]
  var nextNumber: Int

  private var deadlines = Heap<Deadline>()
  var dirtyDevices: Set<DeviceID> = []
  var dirtyInstances: Set<Int> = []
  /// Those whose record, or whose saved state, is not what it was.
  var changed: Set<Int> = []
  var actions: [Action] = []
  var now: Int64 = 0

  private struct Deadline: Comparable {
    enum Owner: Hashable {
      case device(DeviceID)
      case instance(Int)
    }
    let time: Int64
    let owner: Owner
    static func < (left: Deadline, right: Deadline) -> Bool { left.time < right.time }
  }

  /// - Parameters:
  ///   - found: what an earlier one left behind.
  ///   - nextNumber: above every number that was given.
  package init(
    _ catalogue: Catalogue, found: [FoundInstance] = [], nextNumber: Int = 0,
    grace: Int64 = usualGrace, now: Int64
  ) {
    self.grace = grace
    self.catalogue = catalogue
    matcher = Matcher(catalogue)
    self.now = now
    self.nextNumber = max(nextNumber, 1 + (found.map(\.saved.number).max() ?? -1))
    for found in found { adopt(found) }
  }

  /// What follows from one input.
  package mutating func step(_ input: Input, now: Int64) -> [Action] {
    self.now = max(self.now, now)
    take(input)
    expire()
    settle()
    defer { actions = [] }
    return actions
  }

  /// When to be told of the time at the latest.
  package var nextDeadline: Int64? { deadlines.min?.time }

  /// Whether no process is there.
  package var isAtRest: Bool { instances.values.allSatisfy { !$0.isAlive } }

  /// What drivers wait for.
  package var wantedConditions: Set<Query> { Set(catalogue.drivers.flatMap(\.after)) }

  mutating func schedule(_ time: Int64, device: DeviceID) {
    deadlines.insert(Deadline(time: time, owner: .device(device)))
  }

  mutating func schedule(_ time: Int64, instance: Int) {
    deadlines.insert(Deadline(time: time, owner: .instance(instance)))
  }

  private mutating func expire() {
    while let deadline = deadlines.min, deadline.time <= now {
      deadlines.removeMin()
      switch deadline.owner {
      case .device(let id):
        // Unless it was put off.
        guard let time = devices[id]?.deadline, time <= now else { continue }
        remove(id)
      case .instance(let number):
        // It looks itself whether its time has come.
        dirtyInstances.insert(number)
      }
    }
  }

  /// Looks at all that is marked, until nothing is.
  private mutating func settle() {
    while true {
      while !dirtyDevices.isEmpty {
        let ids = dirtyDevices.sorted()
        dirtyDevices = []
        for id in ids { reconcile(id) }
      }
      if dirtyInstances.isEmpty { break }
      let numbers = dirtyInstances.sorted()
      dirtyInstances = []
      for number in numbers { advance(number) }
    }
    for number in changed.sorted() {
      guard let instance = instances[number] else { continue }
      let device = instance.key.device.flatMap { devices[$0]?.record }
      actions.append(.publish(InstanceRecord.of(instance, device: device)))
    }
    changed = []
  }
}
