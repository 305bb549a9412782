// What each input changes in the reconciler's state.
import OctopusRecords
import OctopusSystem

extension Reconciler {
  mutating func take(_ input: Input) {
    switch input {
    case .device(let record, let absence): deviceSet(record, absence)
    case .absent(let id, let absence): setAbsence(absence, of: id)
    case .gone(let name, let exists): deviceGone(ByteString(name), exists: exists)
    case .vanished(let id): if devices[id]?.records.isEmpty ?? false { remove(id) }
    case .connected:
      isConnected = true
      unconfirmed = Set(recordOwners.keys)
    case .listed: listed()
    case .disconnected:
      isConnected = false
      orphaned = []
      for id in devices.keys where devices[id]!.deadline != nil {
        devices[id]!.deadline = Device.never
      }
    case .catalogue(let catalogue): replace(catalogue)
    case .condition(let query, let isMet):
      guard conditions.updateValue(isMet, forKey: query) != isMet else { return }
      dirtyInstances.formUnion(waiting[query] ?? [])
    case .started(let number, let process):
      guard instances[number]?.hasProcess ?? false else { return }
      instances[number]!.process = process
      changed.insert(number)
    case .ready(let number): ready(number)
    case .ended(let number, let ending): ended(number, ending)
    case .stop(let number): hold(number, true)
    case .start(let number):
      hold(number, false)
      retry(number, "")
    case .restart(let number):
      hold(number, false)
      if instances[number]?.hasProcess ?? false {
        stop(number, "it is started again")
      } else {
        retry(number, "")
      }
    case .leave:
      isLeaving = true
      dirtyInstances.formUnion(instances.keys)
    case .time: break
    }
  }

  // MARK: Devices

  private mutating func deviceSet(_ record: Record, _ absence: Absence?) {
    let name = ByteString(record.name)
    unconfirmed.remove(name)
    let id = DeviceID(record)
    if let before = recordOwners[name], before != id {
      // Another server numbers records anew, so the former device may still exist: not if this is
      // the same device at another path, or another device at its path.
      let isOther = before.inode != id?.inode && before.syspath != id?.syspath
      release(name, of: before, exists: isOther)
    }
    guard let id else { return }
    recordOwners[name] = id
    var device = devices[id] ?? Device()
    device.records[name] = record
    device.deadline = nil
    orphaned.remove(id)
    if device.record != record {
      device.record = record
      device.candidates = matcher.drivers(for: record)
      for number in onDevice[id] ?? [] { changed.insert(number) }
      dirtyDevices.insert(id)
    }
    devices[id] = device
    setAbsence(absence, of: id)
  }

  private mutating func setAbsence(_ absence: Absence?, of id: DeviceID) {
    guard let device = devices[id], let record = device.record, device.absence != absence
    else { return }
    devices[id]!.absence = absence
    dirtyDevices.insert(id)
    if let absence, let best = device.candidates.first {
      actions.append(.report("\(best.name) is not started for \(record.name): \(absence)"))
    }
  }

  private mutating func deviceGone(_ name: ByteString, exists: Bool) {
    unconfirmed.remove(name)
    if let id = recordOwners[name] { release(name, of: id, exists: exists) }
  }

  /// Removes a record of a device.
  private mutating func release(_ name: ByteString, of id: DeviceID, exists: Bool) {
    recordOwners[name] = nil
    guard devices[id] != nil else { return }
    devices[id]!.records[name] = nil
    if devices[id]!.records.isEmpty {
      if exists { startGrace(id) } else { remove(id) }
    } else if devices[id]!.record.map({ ByteString($0.name) }) == name {
      // Any other would do. The lowest, so that the same inputs have the same outcome.
      let other = devices[id]!.records.min { $0.key < $1.key }!.value
      devices[id]!.record = other
      devices[id]!.candidates = matcher.drivers(for: other)
      for number in onDevice[id] ?? [] { changed.insert(number) }
      dirtyDevices.insert(id)
    }
  }

  /// Keeps an orphaned device, which has no record any more, for a while.
  mutating func startGrace(_ id: DeviceID) {
    guard isConnected else {
      devices[id]!.deadline = Device.never
      return
    }
    let deadline = now + grace
    orphaned.insert(id)
    devices[id]!.deadline = deadline
    schedule(deadline, device: id)
  }

  mutating func remove(_ id: DeviceID) {
    guard let device = devices.removeValue(forKey: id) else { return }
    orphaned.remove(id)
    for name in device.records.keys { recordOwners[name] = nil }
    dirtyDevices.insert(id)
  }

  private mutating func listed() {
    for name in unconfirmed.sorted() { deviceGone(name, exists: true) }
    for id in devices.keys.sorted() where devices[id]!.records.isEmpty { startGrace(id) }
    // A driver that ended because octopusd did need not back off.
    for number in instances.keys.sorted() {
      changed.insert(number)
      if instances[number]!.state == .backingOff { retry(number, instances[number]!.reason) }
      if instances[number]!.state == .waiting { dirtyInstances.insert(number) }
      if instances[number]!.keptUntil == Device.never {
        instances[number]!.keptUntil = now + grace
        schedule(now + grace, instance: number)
      }
      for (device, assignment) in instances[number]!.assignments.sorted(by: { $0.value < $1.value })
      {
        publish(assignment, of: number, device)
      }
    }
  }

  private mutating func replace(_ catalogue: Catalogue) {
    self.catalogue = catalogue
    matcher = Matcher(catalogue)
    for id in devices.keys {
      if let record = devices[id]!.record { devices[id]!.candidates = matcher.drivers(for: record) }
    }
    dirtyDevices.formUnion(devices.keys)
    for (number, instance) in instances {
      dirtyInstances.insert(number)
      guard let driver = catalogue[instance.key.driver] else { continue }
      instances[number]!.driver = driver
      index(number, instance.driver.after, driver.after)
      if driver.launch.fingerprint != instance.driver.launch.fingerprint,
        [.failed, .done].contains(instance.state)
      {
        retry(number, "")
      }
    }
  }

  // MARK: Instances

  /// Indexes an instance by the queries that it waits for.
  mutating func index(_ number: Int, _ before: [Query], _ after: [Query]) {
    for query in before {
      waiting[query]?.remove(number)
      if waiting[query]?.isEmpty ?? false { waiting[query] = nil }
    }
    for query in after { waiting[query, default: []].insert(number) }
  }

  private mutating func ready(_ number: Int) {
    guard instances[number]?.state == .starting else { return }
    enter(number, .running, "")
  }

  private mutating func hold(_ number: Int, _ isHeld: Bool) {
    guard let instance = instances[number], instance.saved.isHeld != isHeld else { return }
    instances[number]!.saved.isHeld = isHeld
    save(number)
    dirtyInstances.insert(number)
    if isHeld, !instance.hasProcess { enter(number, .waiting, "it was stopped by command") }
  }

  /// Starts an instance afresh, without the back-off of earlier failures.
  mutating func retry(_ number: Int, _ reason: String) {
    guard let instance = instances[number], !instance.hasProcess else { return }
    instances[number]!.saved.failures = 0
    enter(number, .waiting, reason)
    dirtyInstances.insert(number)
  }

  private mutating func ended(_ number: Int, _ ending: Ending) {
    guard let instance = instances[number], instance.hasProcess else { return }
    instances[number]!.hasProcess = false
    instances[number]!.process = nil
    instances[number]!.isKilled = false
    dirtyInstances.insert(number)
    // Another driver may have waited for the device.
    if let id = instance.key.device { dirtyDevices.insert(id) }
    if instance.state == .stopping {
      enter(number, .waiting, "")
    } else {
      applyRestartPolicy(number, ending)
    }
  }

  /// Decides what follows the end of a process that was not stopped.
  mutating func applyRestartPolicy(_ number: Int, _ ending: Ending) {
    let instance = instances[number]!
    if now - instance.saved.since >= Self.goodRun, instance.state == .running {
      instances[number]!.saved.failures = 0
    }
    let reason = ending.description
    switch instance.driver.restart {
    case .never where ending.isSuccess, .onFailure where ending.isSuccess:
      enter(number, .done, reason)
    case .never: enter(number, .failed, reason)
    case .onFailure, .always:
      let failures = instances[number]!.saved.failures
      let wait = min(Self.longestBackOff, Self.firstBackOff << Int64(min(failures, 20)))
      instances[number]!.saved.failures += 1
      enter(number, .backingOff, reason)
      instances[number]!.deadline = now + wait
      schedule(now + wait, instance: number)
      save(number)
    }
  }
}
