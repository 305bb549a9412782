// What is to be done about one device, and about one instance.
import OctopusRecords

extension Reconciler {
  // MARK: A device

  /// Sees that its drivers, and no others, have this device.
  mutating func reconcile(_ id: DeviceID) {
    let device = devices[id]
    // One that is only remembered keeps what it has.
    if let device, device.isRemembered { return markInstances(of: id) }
    let drivers = device?.drivers ?? []
    for driver in drivers where driver.instances == .perDevice {
      let key = InstanceKey(driver: driver.name, device: id)
      if numbers[key] == nil { create(key, driver) }
    }
    markInstances(of: id)
    assign(id, to: drivers.filter { $0.instances == .one })
  }

  private mutating func markInstances(of id: DeviceID) {
    dirtyInstances.formUnion(onDevice[id] ?? [])
  }

  /// Gives a device to the processes of these drivers, each of which has many, and takes it from all
  /// others.
  private mutating func assign(_ id: DeviceID, to drivers: [Driver]) {
    for number in sharedOwners(of: id)
    where !drivers.contains(where: { $0.name == instances[number]!.key.driver }) {
      // It has one: it is an owner.
      let assignment = instances[number]!.assignments.removeValue(forKey: id)!
      actions.append(.withdraw(InstanceRecord.assignmentName(assignment, number)))
      changed.insert(number)
      dirtyInstances.insert(number)
      owners[id]?.remove(number)
      if owners[id]?.isEmpty ?? false { owners[id] = nil }
    }
    for driver in drivers where keeper(of: id, from: driver) == nil { assign(id, to: driver) }
  }

  /// The instance because of which a driver cannot have a device yet: of two that shadow others only one
  /// has it at a time, and each has it once.
  private func keeper(of id: DeviceID, from driver: Driver) -> Instance? {
    for number in (onDevice[id] ?? []).sorted() {
      let other = instances[number]!
      let isRival = driver.shadows && other.driver.shadows || other.key.driver == driver.name
      if other.isAlive, isRival { return other }
    }
    return nil
  }

  private mutating func assign(_ id: DeviceID, to driver: Driver) {
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
        instance.key.device.map { devices[$0].map { $0.absence != nil } ?? true } ?? false
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
    return device.isRemembered || device.drivers.contains { $0.name == driver.name }
  }

  /// Why it cannot start yet.
  private func blocker(of instance: Instance) -> String? {
    if instance.saved.isHeld { return "it was stopped by command" }
    if !isConnected { return "octopusd is not there" }
    if let id = instance.key.device {
      if devices[id]?.isRemembered ?? true { return "its device's record is not there" }
      if let other = keeper(of: id, from: instance.driver) {
        return "\(other.key.driver) still has the device"
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
    let arguments: [String]
    do throws(ArgumentTemplate.Unusable) {
      arguments = try launch.arguments(for: device)
    } catch {
      return enter(number, .failed, error.message)
    }
    var variables = ["KALUGA_INSTANCE": InstanceRecord.name(number)]
    if let device, let id = instance.key.device {
      variables["KALUGA_DEVICE"] = device.name
      variables["KALUGA_SYSPATH"] = id.syspath.escaped
    } else {
      variables["KALUGA_DEVICES"] =
        "r'^kaluga\\.assignment\\.' { instance: '\(InstanceRecord.name(number))' }"
    }
    if instance.saved.fingerprint != 0 { instances[number]!.saved.restarts += 1 }
    instances[number]!.saved.fingerprint = launch.fingerprint
    instances[number]!.saved.stopMilliseconds = instance.driver.stopMilliseconds
    instances[number]!.isAlive = true
    enter(number, .starting, "")
    save(number)
    actions.append(
      .start(
        StartRequest(
          number: number, device: instance.key.device,
          order: launch.order(arguments: arguments, variables: variables))))
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
