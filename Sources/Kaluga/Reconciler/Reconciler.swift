// The reconciler: brings the processes that run in line with the devices and the catalogue.
import HeapModule
import OctopusRecords
import OctopusSystem

/// A state machine that makes all decisions of Kaluga. It does no I/O and reads no clock: the same
/// inputs at the same times give the same actions.
///
/// An input changes the state, and marks the devices and instances that it affects. Each marked one
/// is then compared with what it should be, whatever the input was.
package struct Reconciler: ~Copyable {
  /// The default of how long a driver is kept after its device's record has gone, in milliseconds.
  package static let usualGrace: Int64 = 5_000
  /// Delays before restarts, in milliseconds. Each is twice the one before.
  package static let firstBackOff: Int64 = 100
  package static let longestBackOff: Int64 = 30_000
  /// After a run of this time, in milliseconds, the delays begin with the first again.
  package static let goodRun: Int64 = 10_000

  let grace: Int64
  var matcher: Matcher
  package var catalogue: Catalogue
  var isConnected = false
  var isLeaving = false
  var devices: [DeviceID: Device] = [:]
  /// Devices without a record, which are kept for a while. The caller must look whether they still
  /// exist: the kernel's event may come a moment before the device is gone.
  package var orphaned: Set<DeviceID> = []
  /// The device of each record, by name.
  var recordOwners: [ByteString: DeviceID] = [:]
  /// Records of the last session that have not been seen in this one.
  var unconfirmed: Set<ByteString> = []
  var conditions: [Query: Bool] = [:]
  var instances: [Int: Instance] = [:]
  var numbers: [InstanceKey: Int] = [:]
  /// The instances of each device: those of its drivers, and of former ones that have not ended.
  var onDevice: [DeviceID: Set<Int>] = [:]
  /// By device: the instances for all devices to which it is assigned.
  var owners: [DeviceID: Set<Int>] = [:]
  /// The instances that wait for each query.
  var waiting: [Query: Set<Int>] = [:]
  var nextNumber: Int

  private var deadlines = Heap<Deadline>()
  var dirtyDevices: Set<DeviceID> = []
  var dirtyInstances: Set<Int> = []
  /// Instances whose record must be published again.
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
  ///   - recovered: the instances of an earlier Kaluga.
  ///   - nextNumber: above every number that was used.
  package init(
    _ catalogue: Catalogue, recovered: [RecoveredInstance] = [], nextNumber: Int = 0,
    grace: Int64 = usualGrace, now: Int64
  ) {
    self.grace = grace
    self.catalogue = catalogue
    matcher = Matcher(catalogue)
    self.now = now
    self.nextNumber = max(nextNumber, 1 + (recovered.map(\.saved.number).max() ?? -1))
    for instance in recovered { reattach(instance) }
  }

  /// Takes an input, and returns the actions that follow.
  package mutating func step(_ input: Input, now: Int64) -> [Action] {
    self.now = max(self.now, now)
    take(input)
    expire()
    reconcileMarked()
    defer { actions = [] }
    return actions
  }

  /// When to take `Input.time` at the latest.
  package var nextDeadline: Int64? { deadlines.min?.time }

  /// Whether there is no process.
  package var isAtRest: Bool { instances.values.allSatisfy { !$0.hasProcess } }

  /// The queries of `after` of all drivers.
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
        // `advance` compares its deadline with the time.
        dirtyInstances.insert(number)
      }
    }
  }

  /// Reconciles the marked devices and instances until none is marked.
  private mutating func reconcileMarked() {
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
