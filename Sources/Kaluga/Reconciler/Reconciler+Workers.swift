// What is to be done about one device, and about one instance.
import OctopusRecords

extension Reconciler {
  // MARK: A device

  /// Sees that its driver, and no other, has this device.
  mutating func reconcile(_ id: DeviceID) {
    let device = devices[id]
    // One that is only remembered keeps what it has.
    if let device, device.isRemembered { return markInstances(of: id) }
    let driver = device?.candidates.first
    let isShared = driver?.instances == .one
    if let driver, !isShared {
      let key = InstanceKey(driver: driver.name, device: id)
      if numbers[key] == nil { create(key, driver) }
    }
    markInstances(of: id)
    assign(id, to: isShared ? driver : nil)
  }

  private mutating func markInstances(of id: DeviceID) {
    dirtyInstances.formUnion(onDevice[id] ?? [])
  }

  /// Gives a device to a process that has many, once nobody else has it, and takes it from the others.
  private mutating func assign(_ id: DeviceID, to driver: Driver?) {
    for number in sharedOwners(of: id) where instances[number]!.key.driver != driver?.name {
      // It has one: it is an owner.
      let assignment = instances[number]!.assignments.removeValue(forKey: id)!
      actions.append(.withdraw(InstanceRecord.assignmentName(assignment, number)))
      changed.insert(number)
      dirtyInstances.insert(number)
      owners[id]?.remove(number)
      if owners[id]?.isEmpty ?? false { owners[id] = nil }
    }
    guard let driver, !(onDevice[id] ?? []).contains(where: { instances[$0]!.isAlive }) else {
      return
    }
    let key = InstanceKey(driver: driver.name, device: nil)
    let number = numbers[key] ?? create(key, driver)
    if instances[number]!.assignments[id] == nil {
      instances[number]!.assignments[id] = instances[number]!.nextAssignment
      instances[number]!.nextAssignment += 1
      owners[id, default: []].insert(number)
      changed.insert(number)
    }
    publish(instances[number]!.assignments[id]!, of: number, id)
    dirtyInstances.insert(number)
  }

  private func sharedOwners(of id: DeviceID) -> [Int] { (owners[id] ?? []).sorted() }

  mutating func publish(_ assignment: Int, of number: Int, _ id: DeviceID) {
    guard let record = devices[id]?.record else { return }
    actions.append(
      .publish(InstanceRecord.assignment(assignment, of: instances[number]!, record)))
  }

  // MARK: An instance

  @discardableResult
  private mutating func create(_ key: InstanceKey, _ driver: Driver) -> Int {
    let number = nextNumber
    nextNumber += 1
    add(Instance(saved: SavedInstance(number: number, key: key, since: now), driver: driver))
    dirtyInstances.insert(number)
    changed.insert(number)
    return number
  }

  private mutating func add(_ instance: Instance) {
    instances[instance.number] = instance
    numbers[instance.key] = instance.number
    if let id = instance.key.device { onDevice[id, default: []].insert(instance.number) }
    index(instance.number, [], instance.driver.after)
  }

  private mutating func drop(_ number: Int) {
    let instance = instances.removeValue(forKey: number)!
    numbers[instance.key] = nil
    index(number, instance.driver.after, [])
    if let id = instance.key.device {
      onDevice[id]?.remove(number)
      if onDevice[id]?.isEmpty ?? false { onDevice[id] = nil }
    }
    actions.append(.withdraw(InstanceRecord.name(number)))
    actions.append(.forget(number))
  }

  /// Does the next thing that is to be done about an instance.
  mutating func advance(_ number: Int) {
    guard let instance = instances[number] else { return }
    if instance.isAlive { return advanceLiving(number) }
    if isLeaving {
      if !instance.saved.isHeld { actions.append(.forget(number)) }
      return
    }
    guard isWanted(instance) else { return drop(number) }
    if instance.state == .backingOff, let deadline = instance.deadline, deadline <= now {
      enter(number, .waiting, instance.reason)
    }
    guard instances[number]!.state == .waiting else { return }
    if let blocker = blocker(of: instances[number]!) {
      if instance.reason != blocker { enter(number, .waiting, blocker) }
    } else {
      start(number)
    }
  }

  private mutating func advanceLiving(_ number: Int) {
    let instance = instances[number]!
    if instance.state == .stopping {
      guard let deadline = instance.deadline, deadline <= now, !instance.isKilled else { return }
      instances[number]!.isKilled = true
      instances[number]!.deadline = nil
      actions.append(.kill(number))
    } else if isLeaving {
      stop(number, "kaluga ends")
    } else if !isWanted(instance) {
      stop(
        number,
        instance.key.device.map { devices[$0] == nil } ?? false
          ? "its device has gone" : "it is not the device's driver any more")
    } else if instance.saved.isHeld {
      stop(number, "it was stopped by command")
    } else if instance.saved.fingerprint != instance.driver.launch.fingerprint {
      stop(number, "the catalogue has changed")
    }
  }

  /// Whether its driver should have what it has.
  private func isWanted(_ instance: Instance) -> Bool {
    guard let driver = catalogue[instance.key.driver] else { return false }
    guard let id = instance.key.device else {
      return driver.instances == .one
        && (!instance.assignments.isEmpty || instance.keptUntil ?? 0 > now)
    }
    guard driver.instances == .perDevice, let device = devices[id] else { return false }
    return device.isRemembered || device.candidates.first?.name == driver.name
  }

  /// Why it cannot start yet.
  private func blocker(of instance: Instance) -> String? {
    if instance.saved.isHeld { return "it was stopped by command" }
    if !isConnected { return "octopusd is not there" }
    if let id = instance.key.device {
      if devices[id]?.isRemembered ?? true { return "its device's record is not there" }
      let others = onDevice[id] ?? []
      if let other = others.sorted().first(where: { instances[$0]!.isAlive }) {
        return "\(instances[other]!.key.driver) still has the device"
      }
    }
    for query in instance.driver.after where !(conditions[query] ?? false) {
      return "it waits for \(query)"
    }
    return nil
  }

  private mutating func start(_ number: Int) {
    let instance = instances[number]!
    let device = instance.key.device.flatMap { devices[$0]?.record }
    let launch = instance.driver.launch
    var arguments: [String] = []
    for template in launch.exec {
      do throws(ArgumentTemplate.Missing) {
        arguments.append(try template.filled(from: device))
      } catch {
        return enter(number, .failed, "the device has no attribute '\(error.attribute)'")
      }
    }
    var environment = launch.environment
    environment["KALUGA_INSTANCE"] = InstanceRecord.name(number)
    if let device, let id = instance.key.device {
      environment["KALUGA_DEVICE"] = device.name
      environment["KALUGA_SYSPATH"] = id.syspath
    } else {
      environment["KALUGA_DEVICES"] =
        "r'^kaluga\\.assignment\\.' { instance: '\(InstanceRecord.name(number))' }"
    }
    if instance.saved.fingerprint != 0 { instances[number]!.saved.restarts += 1 }
    instances[number]!.saved.fingerprint = launch.fingerprint
    instances[number]!.saved.stopMilliseconds = launch.stopMilliseconds
    instances[number]!.isAlive = true
    enter(number, .starting, "")
    save(number)
    actions.append(
      .start(
        ProcessOrder(
          number: number, arguments: arguments, environment: environment, launch: launch)))
  }

  mutating func stop(_ number: Int, _ reason: String) {
    guard let instance = instances[number], instance.isAlive, instance.state != .stopping
    else { return }
    enter(number, .stopping, reason)
    let deadline = now + instance.saved.stopMilliseconds
    instances[number]!.deadline = deadline
    schedule(deadline, instance: number)
    actions.append(.terminate(number))
  }

  mutating func enter(_ number: Int, _ state: State, _ reason: String) {
    if instances[number]!.state != state { instances[number]!.saved.since = now }
    instances[number]!.state = state
    instances[number]!.reason = reason
    instances[number]!.deadline = nil
    changed.insert(number)
  }

  mutating func save(_ number: Int) { actions.append(.save(instances[number]!.saved)) }

  // MARK: Taking over

  private static let nowhere = Place(file: "", line: 0)

  mutating func adopt(_ found: FoundInstance) {
    let key = found.saved.key
    let driver =
      catalogue[key.driver]
      ?? Driver(
        name: key.driver, place: Self.nowhere, programPlace: Self.nowhere, launch: Launch(exec: []))
    var instance = Instance(saved: found.saved, driver: driver)
    if let id = key.device {
      devices[id] = devices[id] ?? Device(deadline: Device.never)
    } else {
      instance.keptUntil = Device.never
    }
    if let process = found.process {
      instance.isAlive = true
      instance.process = process
      instance.state = found.isReady ? .running : .starting
    }
    add(instance)
    if found.process == nil, let ending = found.ending, !found.saved.isHeld {
      instances[found.saved.number]!.state = .running
      judge(found.saved.number, ending)
    }
    changed.insert(found.saved.number)
    dirtyInstances.insert(found.saved.number)
  }
}
