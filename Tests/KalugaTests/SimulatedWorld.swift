// Devices, processes and octopusd as the reconciler knows them, without any being there; and what
// must hold of them at every moment.

import Generators
import OctopusRecords
import OctopusSystem
import Testing

@testable import Kaluga

struct SimulatedWorld: ~Copyable {
  struct Process {
    var request: StartRequest
    var key: InstanceKey
    var hasStarted = false
    var isReady = false
    var isTerminated = false
    var isKilled = false
    /// Whether no other that is so may have its device meanwhile.
    var isExclusive: Bool
  }

  var reconciler: Reconciler
  var catalogue: Catalogue
  var now: Int64 = 1_000_000
  var isConnected = false
  /// The records that there are, by name.
  var records: [String: Record] = [:]
  var met: Set<Query> = []
  var processes: [Int: Process] = [:]
  var endings: [Int: Ending] = [:]
  var saved: [Int: SavedInstance] = [:]
  /// What Kaluga has published.
  var published: [String: Record] = [:]
  var starts = 0
  /// Devices of which there are records, and that are not there.
  var absent: Set<DeviceID> = []
  var reports: [String] = []

  init(_ catalogue: Catalogue) {
    self.catalogue = catalogue
    reconciler = Reconciler(catalogue, now: now)
  }

  mutating func step(_ input: Input) {
    var inputs = [input]
    while !inputs.isEmpty {
      for action in reconciler.step(inputs.removeFirst(), now: now) { perform(action, &inputs) }
    }
    let running = processes.values.filter(\.isExclusive).compactMap(\.key.device)
    #expect(running.count == Set(running).count, "two processes for one device")
  }

  private mutating func perform(_ action: Action, _ inputs: inout [Input]) {
    switch action {
    case .start(let request):
      #expect(processes[request.number] == nil, "started twice")
      #expect(isConnected, "started while octopusd is away")
      // An instance is saved before it is started.
      guard let key = saved[request.number]?.key else {
        Issue.record("not saved")
        return
      }
      #expect(!saved[request.number]!.isHeld, "started though it was stopped")
      for query in catalogue[key.driver]!.after { #expect(met.contains(query), "not met") }
      if let device = request.device, absent.contains(device) {
        inputs += [
          .ended(request.number, .unstartable("\(Self.absence)")), .absent(device, Self.absence),
        ]
        return
      }
      processes[request.number] = Process(
        request: request, key: key, isExclusive: catalogue[key.driver]!.shadows)
      endings[request.number] = nil
      starts += 1
    case .terminate(let number):
      // Of two processes of one device that is not there, the second may be ended before it is told
      // so.
      let isToldOfItsEnd = inputs.contains {
        if case .ended(number, _) = $0 { true } else { false }
      }
      #expect(processes[number] != nil || isToldOfItsEnd, "a signal to nobody")
      processes[number]?.isTerminated = true
    case .kill(let number):
      #expect(processes[number]?.isTerminated ?? false, "killed without a warning")
      processes[number]?.isKilled = true
    case .save(let instance): saved[instance.number] = instance
    case .forget(let number):
      #expect(processes[number] == nil, "forgotten while it runs")
      (saved[number], endings[number]) = (nil, nil)
    case .publish(let record): published[record.name] = record
    case .delete(let name): published[name] = nil
    case .report(let text): reports.append(text)
    }
  }

  // MARK: What happens in the world

  mutating func set(_ record: Record) {
    records[record.name] = record
    if isConnected { see(record) }
  }

  private mutating func see(_ record: Record) {
    let isAbsent = DeviceID(record).map { absent.contains($0) } ?? false
    step(.device(record, isAbsent ? Self.absence : nil))
  }

  static let absence = Absence("it is not there")

  /// Sets all records again: so Kaluga is told which devices are not there.
  mutating func setAll() {
    for record in records.values.sorted(by: { $0.name < $1.name }) { set(record) }
  }

  mutating func remove(_ name: String, exists: Bool) {
    records[name] = nil
    if isConnected { step(.gone(name: name, exists: exists)) }
  }

  mutating func connect() {
    isConnected = true
    step(.connected)
    for record in records.values.sorted(by: { $0.name < $1.name }) { see(record) }
    step(.listed)
  }

  mutating func disconnect() {
    isConnected = false
    step(.disconnected)
  }

  mutating func read(_ catalogue: Catalogue) {
    self.catalogue = catalogue
    for (number, process) in processes where catalogue[process.key.driver]?.shadows == false {
      processes[number]!.isExclusive = false
    }
    step(.catalogue(catalogue))
  }

  mutating func setCondition(_ query: Query, _ isMet: Bool) {
    if isMet { met.insert(query) } else { met.remove(query) }
    step(.condition(query, isMet: isMet))
  }

  mutating func end(_ number: Int, _ ending: Ending) {
    guard processes.removeValue(forKey: number) != nil else { return }
    endings[number] = ending
    step(.ended(number, ending))
  }

  /// Another Kaluga takes over, with what the state directory and the processes say.
  mutating func killKaluga() {
    let recovered = saved.values.sorted { $0.number < $1.number }.map { saved in
      RecoveredInstance(
        saved,
        processes[saved.number].map {
          .running(pid: Int32(saved.number + 100), isReady: $0.isReady)
        } ?? endings[saved.number].map { .ended($0) })
    }
    reconciler = Reconciler(catalogue, recovered: recovered, now: now)
    published = [:]
    isConnected = false
    for query in met { step(.condition(query, isMet: true)) }
  }

  mutating func pass(_ time: Int64) {
    let until = now + time
    while let deadline = reconciler.nextDeadline, deadline <= until {
      now = max(now, deadline)
      step(.time)
    }
    now = until
    step(.time)
  }

  /// Each process does what it is to do; none fails.
  mutating func calm() {
    for _ in 0..<8 {
      for number in processes.keys.sorted() {
        if processes[number]!.isTerminated { end(number, .status(15)) }
      }
      for number in processes.keys.sorted() {
        processes[number]!.hasStarted = true
        step(.started(number, process: Int32(number + 100)))
        processes[number]!.isReady = true
        step(.ready(number))
      }
      pass(Reconciler.longestBackOff)
    }
  }

  // MARK: What must be

  /// What should run, by looking at everything.
  func wanted() -> Set<InstanceKey> {
    var wanted: Set<InstanceKey> = []
    for record in records.values {
      guard let id = DeviceID(record) else { continue }
      for driver in drivers(for: record) {
        wanted.insert(
          InstanceKey(driver: driver.name, device: driver.instances == .one ? nil : id))
      }
    }
    return wanted
  }

  private func drivers(for record: Record) -> [Driver] {
    if DeviceID(record).map({ absent.contains($0) }) ?? true { return [] }
    let fitting = catalogue.drivers.enumerated().filter { Self.fits($0.element, record) }
    let best = fitting.filter(\.element.shadows)
      .min { ($1.element.priority, $0.offset) < ($0.element.priority, $1.offset) }
    return fitting.map(\.element).filter { !$0.shadows || $0.name == best?.element.name }
  }

  static func fits(_ driver: Driver, _ record: Record) -> Bool {
    guard driver.match?.matches(record) ?? true else { return false }
    guard !driver.modalias.isEmpty else { return true }
    guard let alias = record["modalias"]?.text else { return false }
    return driver.modalias.contains { ModaliasGlob($0).matches(ModaliasGlob.folded(alias)) }
  }

  /// In a calm world: what runs is what should, but for those that cannot.
  func expectCalm(_ seed: UInt64) {
    let wanted = wanted()
    #expect(Set(saved.values.map(\.key)).isSubset(of: wanted), "kept for nothing, seed \(seed)")
    let running = Set(processes.values.map(\.key))
    for key in wanted.symmetricDifference(running) {
      guard wanted.contains(key), let number = reconciler.numbers[key],
        let record = published[InstanceRecord.name(number)]
      else {
        Issue.record("\(key) runs, seed \(seed)")
        continue
      }
      let driver = catalogue[key.driver]!
      let isHeld = saved[number]?.isHeld ?? false
      let canStart = driver.after.allSatisfy { met.contains($0) } && !isHeld
      #expect(
        ["failed", "done"].contains(record["state"]?.text)
          || !canStart && record["state"]?.text == "waiting", "\(record), seed \(seed)")
    }
    for process in processes.values {
      let fingerprint = catalogue[process.key.driver]?.launch.fingerprint
      #expect(
        saved[process.request.number]?.fingerprint == fingerprint, "an old launch, seed \(seed)")
    }
    expectRecords(wanted, seed)
  }

  private func expectRecords(_ wanted: Set<InstanceKey>, _ seed: UInt64) {
    let instances = published.values.filter { $0.name.hasPrefix(InstanceRecord.prefix) }
    #expect(instances.count == wanted.count, "records, seed \(seed)")
    // Each device of a driver of many is assigned once.
    let shared = Set(catalogue.drivers.filter { $0.instances == .one }.map(\.name))
    var devices: [DeviceID: String] = [:]
    for record in records.values { devices[DeviceID(record)!] = record.name }
    let assigned = published.values.filter { $0.name.hasPrefix(InstanceRecord.assignments) }
    let expected = devices.keys.flatMap { id in
      drivers(for: records[devices[id]!]!).filter { shared.contains($0.name) }
    }
    #expect(assigned.count == expected.count, "assignments, seed \(seed)")
    for record in instances where record["state"]?.text == "running" {
      let process = processes[InstanceRecord.number(record.name)!]
      #expect(process != nil && record["pid"] != nil, "\(record), seed \(seed)")
    }
  }
}
